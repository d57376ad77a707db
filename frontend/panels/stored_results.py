"""What a request says in a few words; and what stands in the place of results while there are none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from backend.contracts.building import model_of
from backend.contracts.jobs import JobStatus, title_of
from backend.contracts.requests import FaithfulnessRequest, RegionRequest, RemovalRequest, Request, SimilarityRequest
from backend.contracts.results import ResultRow
from backend.contracts.vocabulary import JobState, Scope
from frontend import urls
from frontend.choices.fields import bos_words
from frontend.choices.scores import ESTIMATORS, estimator_key
from frontend.figures.numbers import percent
from frontend.job_words import progress_text
from frontend.language_names import name_of
from frontend.shell import icon

MOST_MODELS = 4
"""Other models that an empty place names, those of the newest results."""


def told(request: Request) -> str:
    """What makes this request differ from others of its kind, in a few words."""
    match request:
        case SimilarityRequest(lines=lines, languages=languages, bos=bos, layers=layers):
            asked = f"{' '.join(languages)} · lines {lines.start} to {lines.stop or 'end'}"
            asked += bos_words(bos)
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


def empty(what: str, next_click: Any, jobs: Sequence[JobStatus] = (), elsewhere: Sequence[ResultRow] = ()) -> html.Div:
    """An empty place that names the next click, what is on its way already, and such results of other models."""
    coming = [_coming(job) for job in jobs if not job.state.ended]
    return html.Div(
        [
            icon("table", 36),
            html.Div(what, className="empty-what"),
            html.Div(next_click, className="empty-next"),
            html.Div([html.Div("On its way:", className="empty-next"), *coming]) if coming else None,
            _elsewhere(elsewhere),
        ],
        className="empty",
        id=empty_id(0),
    )


def empty_id(number: Any) -> dict[str, Any]:
    """Id of an empty place: while there is one, a page redraws it whenever a job changes its state."""
    return {"type": "empty-place", "number": number}


def _elsewhere(rows: Sequence[ResultRow]) -> Any:
    newest: dict[str, ResultRow] = {}
    for row in rows:
        newest.setdefault(row.model, row)
    links = [
        html.Div(
            [dcc.Link(model, href=urls.open_result(row.kind, row.key, model)), f": {_how_many(model, rows)}"],
            className="empty-job",
        )
        for model, row in list(newest.items())[:MOST_MODELS]
    ]
    return html.Div([html.Div("Stored for other models:", className="empty-next"), *links]) if links else None


def _how_many(model: str, rows: Sequence[ResultRow]) -> str:
    n = sum(row.model == model for row in rows)
    return f"{n} result{'' if n == 1 else 's'}"


def _coming(job: JobStatus) -> html.Div:
    state = progress_text(job.progress) if job.state is JobState.RUNNING else job.state.value
    model = model_of(job.request) or ""
    of = "" if not model or model in job.title else f" ({model})"
    link = dcc.Link(job.title, href=urls.link("runs", job=job.key))
    return html.Div([link, f"{of}: {state}"], className="empty-job")
