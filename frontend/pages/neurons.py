"""Neurons: which belong to a language, what it loses without them, where they lie (paper B, Eq. 10-14, Tables 1, 4)."""

from __future__ import annotations

from functools import partial
from typing import Any

from dash import MATCH, Dash, Input, Output, State, html, no_update

from backend.client import Client
from backend.contracts.problems import KnownError
from backend.contracts.requests import (
    DEFAULT_CORPUS,
    KeyNeuronsRequest,
)
from backend.contracts.results import Manifest, ResultRow
from backend.contracts.vocabulary import JobState
from frontend import follow
from frontend.choices.fields import bos_words
from frontend.choices.neurons import NeuronsChoice, NeuronsView
from frontend.panels import neurons_form, neurons_form_handlers
from frontend.panels.neurons_form import FIELDS, FormId
from frontend.panels.neurons_form_handlers import choice_of
from frontend.panels.stored_requests import stored_requests
from frontend.results import neurons_deactivation_handlers, neurons_list_handlers, neurons_regions_handlers
from frontend.results.neurons import figure, figure_id, result
from frontend.shell import ShellId, page_header, problem_alert
from frontend.study import (
    Results,
    columns,
    following_or_stored,
    no_model,
    register_arrive,
    register_show,
    register_submit,
    wanted_model,
)
from frontend.views.neurons_opened import KINDS, Opened, opened_by

PATH = "/neurons"
TITLE = "Neurons"
ICON = "languages"
LEAD = "Which neurons belong to one language, what it loses without them, and where they lie."
PREFIX = "neurons"
RESULT = "neurons-result"
STORED = "neurons-stored"


def layout(query: dict[str, str], api: Client) -> Any:
    """The page: form on the left; the job under way, the result and the stored ones on the right."""
    model = wanted_model(query, api)
    if model is None:
        return no_model(TITLE, LEAD, api)
    corpora = api.corpora()
    shown = following_or_stored(query, results(model, api), KINDS, api)
    opened = Opened()
    if shown.request is not None:
        key = shown.manifest.key if shown.manifest else shown.following
        opened = opened_by(shown.request, key, NeuronsView.of_query(query), api)
    choice = NeuronsChoice.first(model, corpora, query.get("corpus") or DEFAULT_CORPUS)
    if opened.request is not None and query.get("corpus") in (None, opened.request.activations.lines.corpus):
        choice = NeuronsChoice.of_request(opened.request)
    choice = NeuronsChoice.of_query(query, choice)
    drawn = problem_alert(shown.problem) if shown.problem else result(opened.manifest, opened.view, api)
    content = [
        follow.slot(PREFIX, opened.following),
        html.Div(drawn, id=RESULT),
        html.Div(stored(model, opened.manifest.key if opened.manifest else None, api), id=STORED),
    ]
    return html.Div([page_header(TITLE, LEAD), columns(neurons_form.form(choice, corpora), content)])


def stored(model: str, shown: str | None, api: Client) -> Any:
    """The list of stored key neurons of a model."""
    return stored_requests("neurons", "Stored key neurons", results(model, api), shown, told)


def results(model: str, api: Client) -> tuple[ResultRow, ...]:
    """The key neurons of a model, newest first."""
    return api.results(kind="key_neurons", model=model)


def arrived(manifest: Manifest | None, api: Client) -> Any:
    """Key neurons as they first open, also those that a deactivation or an enrichment is about; or the empty place."""
    if manifest is None:
        return result(None, NeuronsView(), api)
    opened = opened_by(manifest.request, manifest.key, NeuronsView(), api)
    return result(opened.manifest, opened.view, api)


KEY_NEURONS = Results(results, arrived, stored)


def told(request: KeyNeuronsRequest) -> str:
    """What makes this request differ from others."""
    lines = request.activations.lines
    asked = f"{' '.join(request.languages)} · lines {lines.start} to {lines.stop or 'end'} · z > {request.threshold:g}"
    return asked + bos_words(request.activations.bos)


def submit(choice: NeuronsChoice, api: Client) -> tuple[Any, Any, Any]:
    """Ask for the key neurons: what to follow, a problem, what the address keeps."""
    try:
        job = api.submit(choice.request())
    except KnownError as error:
        return no_update, problem_alert(error.problem), no_update
    followed = {"key": job.key, "done": job.state is JobState.DONE}
    return followed, None, NeuronsView().state() | choice.state() | {"result": job.key}


def register(app: Dash, api: Client) -> None:
    """Connect form, job, result and figures."""
    follow.register(app, api, PREFIX)
    neurons_form_handlers.register(app)
    neurons_list_handlers.register(app, api)
    neurons_deactivation_handlers.register(app, api)
    neurons_regions_handlers.register(app, api)

    model = State(FormId.MODEL, "data")
    register_submit(
        app,
        FormId.FIND,
        lambda model, *values: submit(choice_of(model, values), api),
        [model, *(State(element, prop) for element, prop in FIELDS.values())],
        followed=follow.job_id(PREFIX),
        problem=FormId.PROBLEM,
    )
    register_show(app, PREFIX, model, partial(KEY_NEURONS.show, api=api))
    register_arrive(app, PREFIX, model, partial(KEY_NEURONS.arrive, api=api))

    @app.callback(
        Output(figure_id(MATCH, MATCH), "figure"),
        Input(ShellId.SCHEME, "data"),
        State(figure_id(MATCH, MATCH), "id"),
    )
    def _figure(scheme: str | None, one: dict[str, str]) -> Any:
        return figure(one["name"], one["key"], scheme, api)
