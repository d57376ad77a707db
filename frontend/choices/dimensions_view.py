"""What is looked at in a result of the Dimensions page: language, condition, text; from and to the address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Self

from backend.client import Client
from backend.contracts.problems import KnownError
from backend.contracts.requests import SweepRequest
from backend.contracts.results import Manifest, PerplexityRow, StructuredCell, StructuredRemovalSummary, SweepSummary
from backend.contracts.vocabulary import AnalysisKind
from frontend.choices.sweeps import text_request
from frontend.figures.structured import MEAN, first_condition, shown_language


class DimensionsView(NamedTuple):
    """What is chosen inside of one result."""

    language: str = MEAN
    """Code, or `mean`."""
    taken: int = 0
    """Place of the condition whose dimensions are listed."""
    text: int | None = None
    """Dimension or scalar whose text is read."""

    @classmethod
    def of_query(cls, query: Mapping[str, str], manifest: Manifest) -> Self:
        """What the address names; what the result does not have is as usual."""
        usual, base = cls.first(manifest), _base(manifest)
        known = {row.language for row in base} | ({MEAN} if len(base) > 1 else set())
        language = query.get("language", "")
        text = query.get("text", "")
        return cls(
            language=language if language in known else usual.language,
            taken=next(
                (place for place, cell in enumerate(_cells(manifest)) if condition_name(cell) == query.get("taken")),
                usual.taken,
            ),
            text=int(text) if text.isdigit() and isinstance(manifest.summary, SweepSummary) else None,
        )

    @classmethod
    def first(cls, manifest: Manifest) -> Self:
        """Before anything is chosen: the only language or the mean, the largest top removal, no text."""
        summary = manifest.summary
        taken = int(first_condition(summary)) if isinstance(summary, StructuredRemovalSummary) else 0
        return cls(shown_language(_base(manifest)), taken)

    def state(self, manifest: Manifest) -> dict[str, str | int | None]:
        """For the address: None where it is usual."""
        usual, cells = self.first(manifest), _cells(manifest)
        return {
            "language": self.language if self.language != usual.language else None,
            "taken": condition_name(cells[self.taken]) if cells and self.taken != usual.taken else None,
            "text": self.text,
        }


def condition_name(cell: StructuredCell) -> str:
    """`top-3`, or `top-3-60` by the scores of the first 60 samples."""
    samples = "" if cell.snapshot is None else f"-{cell.snapshot}"
    return f"{cell.rank.value}-{cell.count}{samples}"


def text_of(manifest: Manifest, index: int | None, api: Client) -> str | None:
    """The key of the stored text under one change of a sweep."""
    request = manifest.request
    if index is None or not isinstance(request, SweepRequest):
        return None
    try:
        asked = text_request(request, index)
    except KnownError:
        return None
    rows = api.results(kind=AnalysisKind.PERTURBATION.value, model=request.model)
    return next((row.key for row in rows if row.request == asked), None)


def _base(manifest: Manifest) -> tuple[PerplexityRow, ...]:
    summary = manifest.summary
    return summary.base if isinstance(summary, StructuredRemovalSummary | SweepSummary) else ()


def _cells(manifest: Manifest) -> tuple[StructuredCell, ...]:
    return manifest.summary.cells if isinstance(manifest.summary, StructuredRemovalSummary) else ()
