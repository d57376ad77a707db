"""Neurons: which belong to a language, what it loses without them, where they lie (paper B, Eq. 10-14, Tables 1, 4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from dash import ALL, MATCH, Dash, Input, Output, State, html, no_update

from backend.client import Client
from backend.contracts.problems import KnownError
from backend.contracts.requests import (
    DEFAULT_CORPUS,
    DeactivationRequest,
    EnrichmentRequest,
    KeyNeuronsRequest,
    Request,
)
from backend.contracts.results import Manifest
from backend.contracts.vocabulary import JobState
from frontend import follow
from frontend.choices.neurons import NeuronsChoice, NeuronsView
from frontend.panels import neurons_form, neurons_form_handlers
from frontend.panels.neurons_form import FIELDS, FormId
from frontend.panels.neurons_form_handlers import choice_of
from frontend.panels.stored_requests import stored_requests
from frontend.panels.stored_results import empty_id
from frontend.provenance import shown_id
from frontend.results import neurons_deactivation_handlers, neurons_list_handlers, neurons_regions_handlers
from frontend.results.neurons import figure, figure_id, result
from frontend.shell import ShellId, page_header, problem_alert
from frontend.study import following_or_stored, no_model, wanted_model

PATH = "/neurons"
TITLE = "Neurons"
ICON = "languages"
LEAD = "Which neurons belong to one language, what it loses without them, and where they lie."
PREFIX = "neurons-job"
RESULT = "neurons-result"
STORED = "neurons-stored"
KINDS = (KeyNeuronsRequest, DeactivationRequest, EnrichmentRequest)


class Opened(NamedTuple):
    """What an address leads to."""

    manifest: Manifest | None = None
    """Of the key neurons."""
    view: NeuronsView = NeuronsView()
    request: KeyNeuronsRequest | None = None
    following: str | None = None


def layout(query: dict[str, str], api: Client) -> Any:
    """The page: form on the left; the job under way, the result and the stored ones on the right."""
    model = wanted_model(query, api)
    if model is None:
        return no_model(TITLE, LEAD, api)
    corpora = api.corpora()
    shown = following_or_stored(query, api.results(kind="key_neurons", model=model), KINDS, api)
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
    return html.Div(
        [
            page_header(TITLE, LEAD),
            html.Div(
                [neurons_form.form(choice, corpora), html.Div(content, className="study-results")], className="study"
            ),
        ]
    )


def opened_by(request: Request, key: str | None, view: NeuronsView, api: Client) -> Opened:
    """The key neurons that a request is about or is built on, and what of them is looked at.

    Where they are not stored yet, the job itself is followed.
    """
    if isinstance(request, KeyNeuronsRequest):
        neurons = request
    else:
        assert isinstance(request, DeactivationRequest | EnrichmentRequest)
        neurons = request.neurons
        is_matrix = isinstance(request, DeactivationRequest)
        view = view._replace(off=key) if is_matrix else view._replace(enriched=key)
    rows = api.results(kind="key_neurons", model=neurons.activations.model)
    stored_key = next((row.key for row in rows if row.request == neurons), None)
    if stored_key is None:
        return Opened(None, view, neurons, key)
    return Opened(api.manifest(stored_key), view, neurons)


def stored(model: str, shown: str | None, api: Client) -> Any:
    """The list of stored key neurons of a model."""
    return stored_requests("neurons", "Stored key neurons", api.results(kind="key_neurons", model=model), shown, told)


def told(request: KeyNeuronsRequest) -> str:
    """What makes this request differ from others."""
    lines = request.activations.lines
    asked = f"{' '.join(request.languages)} · lines {lines.start} to {lines.stop or 'end'} · z > {request.threshold:g}"
    return asked + (" · with BOS" if request.activations.add_bos else "")


def submit(choice: NeuronsChoice, api: Client) -> tuple[Any, Any, Any]:
    """Ask for the key neurons: what to follow, a problem, what the address keeps."""
    try:
        job = api.submit(choice.request())
    except KnownError as error:
        return no_update, problem_alert(error.problem), no_update
    followed = {"key": job.key, "done": job.state is JobState.DONE}
    return followed, None, NeuronsView().state() | choice.state() | {"result": job.key}


def show(ended: dict[str, Any] | None, model: str, api: Client, *, shown: Sequence[str] = ()) -> tuple[Any, Any]:
    """What a job left behind, and the list with it; a result that stands there already is not drawn again."""
    if not ended or ended["state"] != JobState.DONE or ended["key"] in shown:
        return no_update, no_update
    opened = opened_by(api.manifest(ended["key"]).request, ended["key"], NeuronsView(), api)
    return result(opened.manifest, opened.view, api), stored(model, ended["key"], api)


def arrive(empties: Sequence[Any], model: str, api: Client) -> tuple[Any, Any]:
    """When any job changed: an empty place is drawn again, with the newest result if there is one now."""
    if not empties:
        return no_update, no_update
    rows = api.results(kind="key_neurons", model=model)
    newest = rows[0].key if rows else None
    return result(api.manifest(newest) if newest else None, NeuronsView(), api), stored(model, newest, api)


def register(app: Dash, api: Client) -> None:
    """Connect form, job, result and figures."""
    follow.register(app, api, PREFIX)
    neurons_form_handlers.register(app)
    neurons_list_handlers.register(app, api)
    neurons_deactivation_handlers.register(app, api)
    neurons_regions_handlers.register(app, api)

    @app.callback(
        Output(follow.job_id(PREFIX), "data", allow_duplicate=True),
        Output(FormId.PROBLEM, "children", allow_duplicate=True),
        Output(ShellId.QUERY, "data", allow_duplicate=True),
        Input(FormId.FIND, "n_clicks"),
        State(FormId.MODEL, "data"),
        *(State(element, prop) for element, prop in FIELDS.values()),
        running=[(Output(FormId.FIND, "loading"), True, False)],
        prevent_initial_call=True,
    )
    def _submit(clicks: int | None, model: str, *values: Any) -> Any:
        return submit(choice_of(model, values), api) if clicks else (no_update,) * 3

    @app.callback(
        Output(RESULT, "children"),
        Output(STORED, "children"),
        Input(follow.ended_id(PREFIX), "data"),
        State(FormId.MODEL, "data"),
        State(shown_id(ALL), "id"),
        prevent_initial_call=True,
    )
    def _show(ended: Any, model: str, shown: list[dict[str, str]]) -> Any:
        return show(ended, model, api, shown=[one["key"] for one in shown])

    @app.callback(
        Output(RESULT, "children", allow_duplicate=True),
        Output(STORED, "children", allow_duplicate=True),
        Input(follow.CHANGED, "data"),
        State(empty_id(ALL), "id"),
        State(FormId.MODEL, "data"),
        prevent_initial_call=True,
    )
    def _arrive(_change: Any, empties: list[Any], model: str) -> Any:
        return arrive(empties, model, api)

    @app.callback(
        Output(figure_id(MATCH, MATCH), "figure"),
        Input(ShellId.SCHEME, "data"),
        State(figure_id(MATCH, MATCH), "id"),
    )
    def _figure(scheme: str | None, one: dict[str, str]) -> Any:
        return figure(one["name"], one["key"], scheme, api)
