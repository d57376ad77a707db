"""Results that are stored already, to open again; and what stands in their place while there are none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from backend.contracts.jobs import JobStatus, title_of
from backend.contracts.requests import FaithfulnessRequest, RegionRequest, RemovalRequest, Request, SimilarityRequest
from backend.contracts.results import ResultRow
from backend.contracts.vocabulary import JobState, Scope
from frontend import urls
from frontend.choices.scores import ESTIMATORS, estimator_key
from frontend.figures.numbers import percent
from frontend.job_words import progress_text
from frontend.language_names import name_of
from frontend.shell import icon

MOST_SHOWN = 12


def stored_results(page: str, title: str, rows: Sequence[ResultRow], shown: str | None) -> Any:
    """One line per result, the one on the page marked; nothing without results."""
    if not rows:
        return None
    lines = [_row(page, row, is_shown=row.key == shown) for row in rows[:MOST_SHOWN]]
    return html.Section(
        [html.H2(title, className="study-heading"), html.Div(lines, className="stored")], className="atlas-card"
    )


def told(request: Request) -> str:
    """What makes this request differ from others of its kind, in a few words."""
    match request:
        case SimilarityRequest(lines=lines, languages=languages, add_bos=bos, layers=layers):
            asked = f"{' '.join(languages)} · lines {lines.start} to {lines.stop or 'end'}"
            asked += " · with BOS" if bos else ""
            return asked + (f" · layers {layers.first} to {layers.last}" if layers else "")
        case RegionRequest(region=region) | RemovalRequest(region=region):
            scope = "over all matrices" if region.scope is Scope.GLOBAL else "in each matrix"
            estimator = estimator_key(region.scores)
            parts = [
                f"{percent(region.fraction)} {scope}",
                " ".join(region.languages),
                "" if estimator == "taylor" else ESTIMATORS[estimator].label,
                "" if region.snapshot is None else f"first {region.snapshot} samples",
                _further(request),
            ]
            return " · ".join(part for part in parts if part)
        case FaithfulnessRequest():
            names = ", ".join(ESTIMATORS[estimator_key(spec)].label for spec in request.estimators)
            return f"{name_of(request.language)} · {request.n_parameters} parameters · {names}"
        case _:
            return title_of(request)


def _further(request: RegionRequest | RemovalRequest) -> str:
    others = request.others if isinstance(request, RemovalRequest) else ()
    return f"with {', '.join(other.name for other in others)}" if others else ""


def empty(what: str, next_click: Any, jobs: Sequence[JobStatus] = ()) -> html.Div:
    """An empty place that names the next click, and what is on its way already."""
    coming = [_coming(job) for job in jobs if not job.state.ended]
    return html.Div(
        [
            icon("table", 36),
            html.Div(what, className="empty-what"),
            html.Div(next_click, className="empty-next"),
            html.Div([html.Div("On its way:", className="empty-next"), *coming]) if coming else None,
        ],
        className="empty",
        id=empty_id(0),
    )


def empty_id(number: Any) -> dict[str, Any]:
    """Id of an empty place: while there is one, a page redraws it whenever a job changes its state."""
    return {"type": "empty-place", "number": number}


def _row(page: str, row: ResultRow, *, is_shown: bool) -> dcc.Link:
    return dcc.Link(
        [
            html.Span(told(row.request), className="stored-title"),
            html.Span(f"{row.created_at:%Y-%m-%d %H:%M}", className="stored-date"),
        ],
        href=urls.link(page, model=row.model, result=row.key),
        className="stored-row is-shown" if is_shown else "stored-row",
    )


def _coming(job: JobStatus) -> html.Div:
    state = progress_text(job.progress) if job.state is JobState.RUNNING else job.state.value
    return html.Div([dcc.Link(job.title, href=urls.link("runs", job=job.key)), f": {state}"], className="empty-job")
