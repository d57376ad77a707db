"""Two models side by side: how far each matrix moved from one to the other, and where the movement sits."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from backend.contracts.base import Contract, ModelName
from backend.contracts.regions import RegionQuestion, region_model
from backend.contracts.vocabulary import AnalysisKind, MatrixKind


class ComparisonRequest(Contract):
    """How far every matrix moved from model A (`model`) to model B (`other`): a checkpoint, a revision, a sibling.

    Matrices are compared where name and shape agree; the others are listed with the reason. With `region`, a region
    of A, the share of the squared movement inside it is told beside its share of the parameters.
    """

    kind: Literal[AnalysisKind.COMPARISON] = AnalysisKind.COMPARISON
    model: ModelName
    other: ModelName
    region: RegionQuestion | None = None

    @model_validator(mode="after")
    def _two_models(self) -> Self:
        if self.other == self.model:
            raise ValueError(f"both models are {self.model!r}; compare it with another one")
        if self.region and region_model(self.region) != self.model:
            raise ValueError(f"the region is of {region_model(self.region)!r}, model A is {self.model!r}")
        return self


class MatrixMovement(Contract):
    """One matrix of A and of B. Numbers are None where they are not defined or not finite."""

    matrix: str
    layer: int | None
    kind: MatrixKind
    n_parameters: int
    norm: float | None
    """||A||, Frobenius."""
    moved: float | None
    """||B - A||, Frobenius."""
    relative: float | None
    """||B - A|| / ||A||; None where A is zero."""
    largest: float | None
    """max |B - A|."""
    largest_at: tuple[int, ...]
    """Where: (out, in) or (i,)."""
    cosine: float | None
    """Of A and B as vectors."""
    n_changed: int
    """Parameters that differ at all."""
    n_inside: int | None = None
    """Parameters in the region; None without a region, or where it does not cover this matrix."""
    moved_inside: float | None = None
    """||B - A|| over the parameters in the region."""


class NotCompared(Contract):
    """A matrix that only one model has, or that differs in shape."""

    matrix: str
    left: tuple[int, ...] | None
    """Shape in A; None: A has none."""
    right: tuple[int, ...] | None
    reason: str


class ComparisonSummary(Contract):
    """`matrices` in the order of A. Of the whole: the same numbers over all compared matrices together."""

    kind: Literal[AnalysisKind.COMPARISON] = AnalysisKind.COMPARISON
    matrices: tuple[MatrixMovement, ...]
    not_compared: tuple[NotCompared, ...]
    relative: float | None
    largest: float | None
    share_inside: float | None = None
    """Share of the squared movement inside the region, of the matrices that it covers."""
    share_of_parameters: float | None = None
    """Share of those matrices' parameters that the region holds: what chance would give."""


class SharedScale(Contract):
    """`GET /compare/scale`: one range of colours for several pictures of one matrix."""

    low: float
    high: float
    n_subjects: int = Field(ge=1)
