"""Estimators: which score tells what a parameter is worth? Each against Eq. 2 itself, on sampled parameters."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import dash_mantine_components as dmc
from dash import ALL, Dash, Input, Output, State, html, no_update

from backend.client import Client
from backend.contracts.problems import KnownError
from backend.contracts.requests import FaithfulnessRequest
from backend.contracts.results import FaithfulnessSummary, Manifest, ResultRow
from backend.contracts.vocabulary import JobState
from frontend import follow, urls
from frontend.choices.estimators import EstimatorsChoice
from frontend.fields import filled
from frontend.figures.estimators import scatter
from frontend.panels import estimators_form, estimators_result
from frontend.panels.estimators_form import FIELDS, FormId
from frontend.panels.estimators_result import figure_id
from frontend.panels.stored_requests import stored_requests
from frontend.panels.stored_results import empty, told
from frontend.provenance import copy_key, provenance_line
from frontend.shell import ShellId, page_header, problem_alert
from frontend.study import (
    Results,
    asked_for,
    columns,
    drawn_with,
    following_or_stored,
    no_model,
    register_arrive,
    register_show,
    register_submit,
    to_remember,
    wanted_model,
)

PATH = "/estimators"
TITLE = "Estimators"
ICON = "check"
LEAD = "A score is a guess at what happens when a parameter is zeroed. Here some of them really are."
PREFIX = "estimators"
RESULT = "estimators-result"
STORED = "estimators-stored"


def layout(query: dict[str, str], api: Client) -> Any:
    """The page: form on the left; the job under way, what it found and the stored ones on the right."""
    model = wanted_model(query, api)
    if model is None:
        return no_model(TITLE, LEAD, api)
    corpora = api.corpora()
    rows = results(model, api)
    shown = following_or_stored(query, rows, (FaithfulnessRequest,), api)
    usual = EstimatorsChoice.drawn(model, shown.request, corpora, query.get("corpus"))
    choice = EstimatorsChoice.of_query(query, usual)
    content = [
        follow.slot(PREFIX, shown.following),
        html.Div(problem_alert(shown.problem) if shown.problem else result(shown.manifest, api), id=RESULT),
        html.Div(stored(model, shown.manifest.key if shown.manifest else None, api), id=STORED),
    ]
    form = estimators_form.form(choice, corpora, drawn_with(choice.state(), query))
    return html.Div([page_header(TITLE, LEAD), columns(form, content)])


def result(manifest: Manifest | None, api: Client) -> Any:
    """Words, table and figures of a check, or the empty place."""
    if manifest is None:
        jobs = [job for job in api.jobs() if job.request.kind == "faithfulness"]
        return empty(
            "No score has been checked for this model yet",
            "Click “Check them” in the form.",
            jobs[:8],
            api.results(kind="faithfulness"),
        )
    summary, request = manifest.summary, manifest.request
    assert isinstance(summary, FaithfulnessSummary) and isinstance(request, FaithfulnessRequest)
    head = html.H2(f"{len(summary.points)} parameters zeroed, one by one", className="study-heading")
    lines = request.estimators[0].lines
    facts = (
        ("language", request.language, "Of the text that is scored and measured."),
        ("scored on", f"{lines.corpus} {lines.start} to {lines.stop or 'end'}", "Lines, counted from 0."),
        ("measured on", f"{request.n_samples} sentences", f"{summary.n_tokens} tokens; loss {summary.base_loss:.4f}."),
        ("drawn", f"{request.sampling}, seed {request.seed}", "How the parameters were chosen."),
    )
    told = html.Section(
        [
            dmc.Group([head, copy_key(manifest.key)], justify="space-between"),
            estimators_result.words(summary),
            estimators_result.table(summary),
            provenance_line(manifest, facts),
        ],
        className="atlas-card study-card",
    )
    return html.Div([told, estimators_result.figures(manifest.key, summary)], className="study-results")


def stored(model: str, shown: str | None, api: Client) -> Any:
    """The list of checks of a model."""
    return stored_requests(PREFIX, "Stored checks", results(model, api), shown, told)


def results(model: str, api: Client) -> tuple[ResultRow, ...]:
    """The checks of a model, newest first."""
    return api.results(kind="faithfulness", model=model)


CHECKS = Results(results, result, stored)


def choice_of(model: str, values: Sequence[Any]) -> EstimatorsChoice:
    """The form, from the values of `FIELDS` in their order; an emptied number is None."""
    fields: dict[str, Any] = dict(zip(FIELDS, map(filled, values), strict=True))
    return EstimatorsChoice(model)._replace(**(fields | {"estimators": fields["estimators"] or ()}))


def submit(choice: EstimatorsChoice, api: Client) -> tuple[Any, Any, Any, Any]:
    """Ask for the check: what to follow, a problem, what address and form keep."""
    try:
        job = api.submit(choice.request())
    except KnownError as error:
        return no_update, problem_alert(error.problem), no_update, no_update
    return {"key": job.key, "done": job.state is JobState.DONE}, None, *asked_for(choice.state(), job.key)


def figure(index: int, key: str, scheme: str | None, api: Client) -> Any:
    """The scatter of one estimator, in the colours of the page."""
    summary = api.manifest(key).summary
    assert isinstance(summary, FaithfulnessSummary)
    return scatter(summary, index, dark=scheme == "dark")


def register(app: Dash, api: Client) -> None:
    """Connect form, job, result and figures."""
    follow.register(app, api, PREFIX)
    _register_form(app, api)
    model = State(FormId.MODEL, "data")
    register_show(app, PREFIX, model, partial(CHECKS.show, api=api))
    register_arrive(app, PREFIX, model, partial(CHECKS.arrive, api=api))

    @app.callback(
        Output(figure_id(ALL, ALL), "figure"),
        Input(ShellId.SCHEME, "data"),
        State(figure_id(ALL, ALL), "id"),
    )
    def _figures(scheme: str | None, ids: list[dict[str, Any]]) -> Any:
        return [figure(one["index"], one["key"], scheme, api) for one in ids]


def _register_form(app: Dash, api: Client) -> None:
    fields = FIELDS.values()
    register_submit(
        app,
        FormId.CHECK,
        lambda model, *values: submit(choice_of(model, values), api),
        [State(FormId.MODEL, "data"), *(State(element, "value") for element in fields)],
        followed=follow.job_id(PREFIX),
        problem=FormId.PROBLEM,
        drawn=FormId.DRAWN,
    )

    @app.callback(
        Output(FormId.COST, "children"),
        Output(ShellId.QUERY, "data", allow_duplicate=True),
        *(Input(element, "value") for element in fields),
        State(FormId.DRAWN, "data"),
        State(ShellId.QUERY, "data"),
        prevent_initial_call=True,
    )
    def _changed(*values: Any) -> Any:
        *chosen, drawn, written = values
        choice = choice_of(drawn["model"], chosen)
        return estimators_form.cost(choice), to_remember(choice.state(), drawn, written)

    @app.callback(
        Output(ShellId.LOCATION, "href", allow_duplicate=True),
        Input(FormId.CORPUS, "value"),
        State(FormId.ESTIMATORS, "value"),
        State(FormId.DRAWN, "data"),
        prevent_initial_call=True,
    )
    def _corpus(corpus: str, estimators: list[str], drawn: dict[str, Any]) -> Any:
        if corpus == drawn["corpus"]:
            return no_update
        return urls.link("estimators", model=drawn["model"], corpus=corpus, estimators=estimators)
