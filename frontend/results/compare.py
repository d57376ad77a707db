"""What a comparison is about, read once for a view: the models, and every stored result of theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from backend.client import Client
from backend.contracts.comparison import ComparisonRequest, ComparisonSummary
from backend.contracts.models import ModelDescription
from backend.contracts.regions import RegionQuestion
from backend.contracts.requests import Request
from backend.contracts.results import ResultRow
from backend.contracts.vocabulary import AnalysisKind
from frontend.choices.compare import Answered, CompareChoice, answered, row_of
from frontend.stored_regions import region_of_row


class Compared(NamedTuple):
    """The choice with what it is about."""

    choice: CompareChoice
    models: tuple[ModelDescription, ...]
    rows: tuple[ResultRow, ...]
    """Stored results of any of the models, newest first."""
    answered: Answered
    under_way: Mapping[Request, str]
    """Questions whose jobs had not ended when the results were about to be read: key of each job."""

    @property
    def opened(self) -> list[ResultRow]:
        """The job that opened each model, where it is still stored: whose weights are compared."""
        rows = {row.model: row for row in reversed(self.of_kinds(AnalysisKind.OPEN_MODEL))}
        return [rows[model.name] for model in self.models if model.name in rows]

    def of_kinds(self, *kinds: AnalysisKind) -> list[ResultRow]:
        """Those of some kinds."""
        return [row for row in self.rows if row.kind in kinds]


def compared(choice: CompareChoice, api: Client) -> Compared:
    """Raises the problem of a model that is not open."""
    # Before the results: a job that ends in between is then followed, and its end draws the view again.
    under_way = {job.request: job.key for job in api.jobs() if not job.state.ended}
    models = tuple(api.model(name) for name in choice.models)
    rows = tuple(row for row in api.results() if row.model in choice.models)
    return Compared(choice, models, rows, answered(rows), under_way)


def region_in(view: Compared) -> RegionQuestion | None:
    """The region of A that movement is held against."""
    row = row_of(view.rows, view.choice.region)
    return region_of_row(row) if row and row.model == view.choice.models[0] else None


def movements(view: Compared, api: Client) -> tuple[tuple[ComparisonRequest, ComparisonSummary | None], ...]:
    """For every model but A: what is asked, and its answer where there is one.

    Without a region any stored comparison of the two will do: it holds the same numbers.
    """
    return tuple((request, _summary(row, api)) for request, row in movement_rows(view))


def movement_rows(view: Compared) -> tuple[tuple[ComparisonRequest, ResultRow | None], ...]:
    """The same with the stored result in place of what it says."""
    region = region_in(view)
    first = view.choice.models[0]
    asked = [ComparisonRequest(model=first, other=other, region=region) for other in view.choice.others]
    return tuple((request, _answer(request, view.of_kinds(AnalysisKind.COMPARISON))) for request in asked)


def _answer(request: ComparisonRequest, rows: Sequence[ResultRow]) -> ResultRow | None:
    fitting = [
        row
        for row in rows
        if isinstance(row.request, ComparisonRequest)
        and (row.request.model, row.request.other) == (request.model, request.other)
        and (request.region is None or row.request.region == request.region)
    ]
    if not fitting:
        return None
    # The one without a region first, so that a view without one shows none.
    return next((row for row in fitting if row.request == request), fitting[0])


def _summary(row: ResultRow | None, api: Client) -> ComparisonSummary | None:
    summary = api.manifest(row.key).summary if row else None
    return summary if isinstance(summary, ComparisonSummary) else None
