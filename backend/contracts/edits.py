"""Changes to the weights of a model: single parameters, dimensions, whole regions."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from backend.contracts.base import Contract
from backend.contracts.neurons import DeactivateNeurons, KeyNeuronsRequest
from backend.contracts.regions import RegionQuestion, RegionRequest
from backend.contracts.specs import LayerRange, Seed
from backend.contracts.vocabulary import DimensionSetting, EditAction, MatrixKind, Rank, Side


class ScalarTarget(Contract):
    """One parameter: `matrix` is a matrix name (`1.norm.input`), `index` is (out, in) or (i,)."""

    target: Literal["scalar"] = "scalar"
    matrix: str = Field(min_length=1, max_length=80)
    index: tuple[Annotated[int, Field(ge=0)], ...] = Field(min_length=1, max_length=2)


class DimensionTarget(Contract):
    """One index of one side, in the kinds and layers named; none named means all that have the side.

    For `head` and `neuron` sides `index` is the channel in each matrix's own side.
    """

    target: Literal["dimension"] = "dimension"
    side: Literal[Side.RESIDUAL, Side.HEAD, Side.NEURON] = Side.RESIDUAL
    index: int = Field(ge=0)
    kinds: tuple[MatrixKind, ...] = ()
    layers: LayerRange | None = None


class Edit(Contract):
    """What to write where. `factor` belongs to `scale`, `value` to `set`, `seed` to `random`."""

    where: Annotated[ScalarTarget | DimensionTarget, Field(discriminator="target")]
    action: EditAction
    factor: float | None = None
    value: float | None = None
    seed: Seed = 0

    @model_validator(mode="after")
    def _operands(self) -> Self:
        for name, action in (("factor", EditAction.SCALE), ("value", EditAction.SET)):
            given = getattr(self, name) is not None
            if given != (self.action is action):
                raise ValueError(
                    f"action {self.action.value!r} {'takes no' if given else 'needs a'} {name!r}; "
                    f"{name!r} belongs to action {action.value!r}"
                )
        return self


class DimensionRanking(Contract):
    """Dimensions ranked by how many parameters of a region they hold (Tables 3, 7, 8)."""

    region: RegionRequest
    setting: DimensionSetting = DimensionSetting.HEAD
    shared: bool = Field(
        False, description="One ranking for all matrices of the setting (by side); else one per matrix, as the paper."
    )


class RemoveRegion(Contract):
    """Set all parameters of a region to zero."""

    change: Literal["region"] = "region"
    region: RegionQuestion


class ApplyEdits(Contract):
    """Change single parameters or dimensions."""

    change: Literal["edits"] = "edits"
    edits: tuple[Edit, ...] = Field(min_length=1, max_length=64)


class RemoveDimensions(Contract):
    """Set the `count` dimensions of one rank to zero in every matrix of a setting (structured removal)."""

    change: Literal["dimensions"] = "dimensions"
    ranking: DimensionRanking
    rank: Rank = Rank.TOP
    count: int = Field(1, ge=1, le=100_000)
    seed: Seed = Field(0, description="Belongs to rank `random`; for the others it is always 0.")

    @model_validator(mode="before")
    @classmethod
    def _seed_of_random_only(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("rank", Rank.TOP) != Rank.RANDOM:
            return {name: value for name, value in given.items() if name != "seed"}
        return given


Change = Annotated[RemoveRegion | ApplyEdits | RemoveDimensions | DeactivateNeurons, Field(discriminator="change")]
"""What is done to the weights while something is measured; undone exactly afterwards."""


class NamedChange(Contract):
    """A change as one column of a table or a grid."""

    name: str = Field(min_length=1, max_length=60)
    change: Change


def region_of(change: Change) -> RegionQuestion | None:
    """The region whose stored result a change reads; None for plain edits and neurons."""
    match change:
        case RemoveRegion():
            return change.region
        case RemoveDimensions():
            return change.ranking.region
        case ApplyEdits() | DeactivateNeurons():
            return None


def source_of(change: Change) -> RegionQuestion | KeyNeuronsRequest | None:
    """The question whose stored result a change reads: a region, or key neurons; None for plain edits."""
    return change.neurons if isinstance(change, DeactivateNeurons) else region_of(change)
