"""Regions as questions: ranked by score, combined by set algebra, or imported (paper A, 3.2 and Eq. 5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from backend.contracts.base import Contract, Language, ModelName
from backend.contracts.specs import Kinds, RegionSpec, Seed, holds
from backend.contracts.vocabulary import AnalysisKind, Selection

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class RegionRequest(Contract):
    """Select a region and count where it sits. `seed` belongs to `random`; for the others it is always 0."""

    kind: Literal[AnalysisKind.REGION] = AnalysisKind.REGION
    region: RegionSpec
    selection: Selection = Selection.TOP
    seed: Seed = 0

    @model_validator(mode="before")
    @classmethod
    def _seed_of_random_only(cls, given: Any) -> Any:
        """A seed that changes nothing must not change the key."""
        if isinstance(given, dict) and given.get("selection", Selection.TOP) != Selection.RANDOM:
            return {name: value for name, value in given.items() if name != "seed"}
        return given


class ImportRegionRequest(Contract):
    """Take a region, or an overlay of coordinates or neurons, from a file that was uploaded (`POST /imports`).

    Accepted: safetensors of masks by matrix or parameter name (bool, uint8 0/1, or packed bits as this atlas exports
    them); JSON of coordinates (`[{"matrix": "2.mlp.down", "index": [out, in]}, ...]`, or `tensor` with the name of the
    parameter and the index as stored); JSON or CSV with layer, type, row and column, as *super weights* are published;
    JSON of neurons (`{"LAYER": [index, ...]}`, or a list for each layer), each of which stands for its gate, up and
    down weights. Lists that are all pairs or all triples could mean either and are refused with the question,
    unless the upload says which (`POST /imports?form=`).
    """

    kind: Literal[AnalysisKind.IMPORT_REGION] = AnalysisKind.IMPORT_REGION
    model: ModelName
    title: str = Field(min_length=1, max_length=120)
    file: Sha256 = Field(description="SHA-256 of the uploaded file, as `POST /imports` told it.")


ImportForm = Literal["masks", "coordinates", "neurons"]
"""What an uploaded file holds."""


class ImportedFile(Contract):
    """`POST /imports`: an uploaded file, by its content; `sha256` is what an `import_region` request names."""

    sha256: Sha256
    size_bytes: int
    form: ImportForm


class RankedLeaf(Contract):
    """A region by rank of scores, within an expression."""

    op: Literal["ranked"] = "ranked"
    region: RegionRequest


class ImportedLeaf(Contract):
    """An imported region, within an expression."""

    op: Literal["imported"] = "imported"
    region: ImportRegionRequest


class Union_(Contract):  # noqa: N801  the name Union is typing's
    """Parameters in any of the parts."""

    op: Literal["union"] = "union"
    of: tuple[Expression, ...] = Field(min_length=2, max_length=64)


class Intersection(Contract):
    """Parameters in all of the parts."""

    op: Literal["intersection"] = "intersection"
    of: tuple[Expression, ...] = Field(min_length=2, max_length=64)


class Difference(Contract):
    """Parameters of the first part that are in none of the others."""

    op: Literal["difference"] = "difference"
    of: tuple[Expression, ...] = Field(min_length=2, max_length=64)


class Complement(Contract):
    """Parameters that the part does not hold, of all that its scores cover."""

    op: Literal["complement"] = "complement"
    of: Expression


Expression = Annotated[
    RankedLeaf | ImportedLeaf | Union_ | Intersection | Difference | Complement, Field(discriminator="op")
]


class CombinedRegionRequest(Contract):
    """Union, intersection, difference and complement of regions of one model (Eq. 5 is one of these)."""

    kind: Literal[AnalysisKind.COMBINED_REGION] = AnalysisKind.COMBINED_REGION
    expression: Expression
    title: str = Field("", max_length=120, description="For people; not part of the question.")

    @model_validator(mode="after")
    def _one_model(self) -> Self:
        models = sorted({region_model(leaf) for leaf in leaves(self.expression)})
        if len(models) > 1:
            raise ValueError(f"an expression combines regions of one model, this one names {', '.join(models)}")
        return self


RegionQuestion = Annotated[RegionRequest | CombinedRegionRequest | ImportRegionRequest, Field(discriminator="kind")]
"""A region, named by the request that makes it; its result is the input of whatever uses it."""


class NamedRegion(Contract):
    """A region as one column of a table."""

    name: str = Field(min_length=1, max_length=60)
    region: RegionQuestion


def leaves(expression: Expression) -> Iterator[RegionRequest | ImportRegionRequest]:
    """The regions an expression is made of, each once, in the order of their first use."""
    yield from dict.fromkeys(_all_leaves(expression))


def region_model(region: RegionQuestion) -> str:
    """Name of the model a region belongs to."""
    match region:
        case RegionRequest():
            return region.region.scores.model
        case CombinedRegionRequest():
            return region_model(next(leaves(region.expression)))
        case ImportRegionRequest():
            return region.model


def monolingual(spec: RegionSpec, language: Language, *, others: Sequence[Language]) -> CombinedRegionRequest:
    """Eq. 5: the top of `language` minus the top and the bottom of every other language, all of one fraction.

    `spec` gives scores, fraction and scope; its own languages are not used. Needs at least one other language.
    """
    alone = {name: spec.model_copy(update={"languages": (name,)}) for name in (language, *others)}
    taken_out = [
        RankedLeaf(region=RegionRequest(region=alone[other], selection=selection))
        for other in sorted(set(others) - {language})
        for selection in (Selection.TOP, Selection.BOTTOM)
    ]
    return CombinedRegionRequest(
        title=f"{language} only",
        expression=Difference(of=(RankedLeaf(region=RegionRequest(region=alone[language])), *taken_out)),
    )


def of_kinds(region: RegionQuestion, kinds: Kinds) -> RegionQuestion:
    """The same region with `kinds` in every ranked leaf; an imported one holds what its file says."""
    match region:
        case RegionRequest():
            return region.model_copy(update={"region": region.region.model_copy(update={"kinds": kinds})})
        case CombinedRegionRequest():
            return region.model_copy(update={"expression": _of_kinds(region.expression, kinds)})
        case ImportRegionRequest():
            return region


def leaf_holds(leaf: RegionRequest | ImportRegionRequest, kind: str) -> bool:
    """Whether a leaf may hold parameters of a matrix kind."""
    return isinstance(leaf, ImportRegionRequest) or holds(leaf.region.kinds, kind)


def _of_kinds(expression: Expression, kinds: Kinds) -> Expression:
    match expression:
        case RankedLeaf():
            return expression.model_copy(update={"region": of_kinds(expression.region, kinds)})
        case ImportedLeaf():
            return expression
        case Complement():
            return expression.model_copy(update={"of": _of_kinds(expression.of, kinds)})
        case _:
            return expression.model_copy(update={"of": tuple(_of_kinds(part, kinds) for part in expression.of)})


def _all_leaves(expression: Expression) -> Iterator[RegionRequest | ImportRegionRequest]:
    match expression:
        case RankedLeaf() | ImportedLeaf():
            yield expression.region
        case Complement():
            yield from _all_leaves(expression.of)
        case _:
            for part in expression.of:
                yield from _all_leaves(part)
