"""Languages: how alike sentences look inside the model, by language and by meaning (paper B, Eq. 5 to 9)."""

from __future__ import annotations

from functools import partial
from typing import Any

from dash import Dash, State, html, no_update

from backend.client import Client
from backend.contracts.problems import KnownError
from backend.contracts.requests import DEFAULT_CORPUS, SimilarityRequest
from backend.contracts.results import Manifest, ResultRow
from backend.contracts.vocabulary import JobState
from frontend import follow
from frontend.choices.languages import LanguagesChoice
from frontend.choices.languages_view import MapView
from frontend.panels import languages_form, languages_form_handlers
from frontend.panels.languages_form import FIELDS, FormId
from frontend.panels.languages_form_handlers import choice_of
from frontend.panels.stored_requests import stored_requests
from frontend.panels.stored_results import told
from frontend.results import languages_handlers
from frontend.results.languages import result
from frontend.shell import page_header, problem_alert
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

PATH = "/languages"
TITLE = "Languages"
ICON = "languages"
LEAD = "Do its neurons follow the language of a sentence, or its meaning?"
PREFIX = "languages"
RESULT = "languages-result"
STORED = "languages-stored"


def layout(query: dict[str, str], api: Client) -> Any:
    """The page: form on the left; the job under way, the map and the stored ones on the right."""
    model = wanted_model(query, api)
    if model is None:
        return no_model(TITLE, LEAD, api)
    corpora = api.corpora()
    shown = following_or_stored(query, results(model, api), (SimilarityRequest,), api)
    choice = LanguagesChoice.first(model, corpora, query.get("corpus") or DEFAULT_CORPUS)
    if isinstance(shown.request, SimilarityRequest):
        choice = LanguagesChoice.of_request(shown.request)
    choice = LanguagesChoice.of_query(query, choice)
    shown_result = (
        problem_alert(shown.problem) if shown.problem else result(shown.manifest, MapView.of_query(query), api)
    )
    content = [
        follow.slot(PREFIX, shown.following),
        html.Div(shown_result, id=RESULT),
        html.Div(stored(model, shown.manifest.key if shown.manifest else None, api), id=STORED),
    ]
    return html.Div([page_header(TITLE, LEAD), columns(languages_form.form(choice, corpora), content)])


def stored(model: str, shown: str | None, api: Client) -> Any:
    """The list of similarity maps of a model."""
    return stored_requests("languages", "Stored similarity maps", results(model, api), shown, told)


def results(model: str, api: Client) -> tuple[ResultRow, ...]:
    """The similarity maps of a model, newest first."""
    return api.results(kind="similarity", model=model)


def arrived(manifest: Manifest | None, api: Client) -> Any:
    """A map as it first opens, or the empty place."""
    return result(manifest, MapView(), api)


MAPS = Results(results, arrived, stored)


def submit(choice: LanguagesChoice, api: Client) -> tuple[Any, Any, Any]:
    """Ask for the map: what to follow, a problem, what the address keeps."""
    try:
        job = api.submit(choice.request())
    except KnownError as error:
        return no_update, problem_alert(error.problem), no_update
    followed = {"key": job.key, "done": job.state is JobState.DONE}
    return followed, None, MapView().address() | choice.state() | {"result": job.key}


def register(app: Dash, api: Client) -> None:
    """Connect form, job, map and figures."""
    follow.register(app, api, PREFIX)
    languages_form_handlers.register(app)
    languages_handlers.register(app, api)

    model = State(FormId.MODEL, "data")
    register_submit(
        app,
        FormId.COMPARE,
        lambda model, *values: submit(choice_of(model, values), api),
        [model, *(State(element, prop) for element, prop in FIELDS.values())],
        followed=follow.job_id(PREFIX),
        problem=FormId.PROBLEM,
    )
    register_show(app, PREFIX, model, partial(MAPS.show, api=api))
    register_arrive(app, PREFIX, model, partial(MAPS.arrive, api=api))
