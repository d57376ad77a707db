"""Golden values: published single-parameter cases, the requests that measure them, and an honest judgement.

The paper's text is not published, so no perplexity can be equal: what is checked are orders and ratios to Base.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple, Self

from pydantic import Field, model_validator

from backend.contracts.base import Contract, Language
from backend.contracts.models import ModelShape
from backend.contracts.problems import KnownError
from backend.contracts.requests import ApplyEdits, Edit, EvaluationSpec, PerplexityRequest, ScalarTarget
from backend.contracts.vocabulary import EditAction

FOLDER = Path(__file__).parent / "data" / "golden"


class GoldenCase(Contract):
    """One change of one scalar, what was published, and what must hold: a rise, or hardly a change."""

    change: str
    index: int = Field(ge=0)
    action: EditAction
    factor: float | None = None
    published: float
    at_least: float | None = Field(None, gt=1, description="perplexity / base")
    within: float | None = Field(None, gt=0, lt=1, description="Share by which it may differ from base.")

    @model_validator(mode="after")
    def _one_rule(self) -> Self:
        if (self.at_least is None) == (self.within is None):
            raise ValueError(f"case {self.change} of {self.index} needs exactly one of at_least and within")
        return self

    @property
    def rule(self) -> str:
        """In words."""
        return f"at least ×{self.at_least:g}" if self.at_least else f"within {(self.within or 0) * 100:g} %"

    def holds(self, ratio: float) -> bool:
        """Whether perplexity / base is as published, in order of size."""
        return ratio >= self.at_least if self.at_least else abs(ratio - 1) <= (self.within or 0)


class GoldenSet(Contract):
    """All cases of one model, which is known by its shape."""

    name: str
    model: str
    source: str
    n_layers: int
    residual_size: int
    matrix: str
    language: Language
    base: float
    cases: tuple[GoldenCase, ...] = Field(min_length=1)

    def requests(self, model: str, evaluation: EvaluationSpec) -> tuple[PerplexityRequest, ...]:
        """Base first, then the cases in their order."""
        base = PerplexityRequest(model=model, evaluation=evaluation)
        return (base, *(base.model_copy(update={"change": self._edit(case)}) for case in self.cases))

    def fits(self, shape: ModelShape) -> bool:
        """Whether a model has the shape of the one that was published."""
        return (shape.n_layers, shape.residual_size) == (self.n_layers, self.residual_size)

    def _edit(self, case: GoldenCase) -> ApplyEdits:
        where = ScalarTarget(matrix=self.matrix, index=(case.index,))
        return ApplyEdits(edits=(Edit(where=where, action=case.action, factor=case.factor),))


class Verdict(NamedTuple):
    """One case, measured."""

    case: GoldenCase
    measured: float
    """`math.inf` when it is not finite."""
    ratio: float
    holds: bool


def golden_set(name: str) -> GoldenSet:
    """A set that ships with the atlas, or one in a JSON file."""
    path = Path(name) if name.endswith(".json") else FOLDER / f"{name}.json"
    if not path.is_file():
        shipped = ", ".join(sorted(one.stem for one in FOLDER.glob("*.json")))
        raise KnownError(
            "unknown_golden",
            f"there are no golden values called {name!r}; there are {shipped}",
            hint="Give one of these, or a JSON file of cases.",
            status=404,
        )
    try:
        return GoldenSet.model_validate_json(path.read_bytes())
    except ValueError as error:
        raise KnownError("bad_golden", f"{path} holds no golden values: {error}", status=400) from None


def judged(golden: GoldenSet, base: float, measured: tuple[float, ...]) -> tuple[Verdict, ...]:
    """Every case against the measured base."""
    return tuple(
        Verdict(case, value, value / base, case.holds(value / base))
        for case, value in zip(golden.cases, measured, strict=True)
    )
