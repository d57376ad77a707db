"""Languages: how alike sentences look inside the model, by language and by meaning (paper B, Eq. 5 to 9)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from dash import Dash, State, html, no_update

from backend.client import Client
from backend.contracts.problems import KnownError
from backend.contracts.requests import DEFAULT_CORPUS, SimilarityRequest
from backend.contracts.vocabulary import JobState
from frontend import follow, study
from frontend.choices.languages import LanguagesChoice
from frontend.choices.languages_view import MapView
from frontend.panels import languages_form, languages_form_handlers
from frontend.panels.languages_form import FIELDS, FormId
from frontend.panels.languages_form_handlers import choice_of
from frontend.panels.stored_results import stored_results
from frontend.results import languages_handlers
from frontend.results.languages import result
from frontend.shell import page_header, problem_alert
from frontend.study import following_or_stored, no_model, wanted_model

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
    rows = api.results(kind="similarity", model=model)
    shown = following_or_stored(query, rows, (SimilarityRequest,), api)
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
    return html.Div(
        [
            page_header(TITLE, LEAD),
            html.Div(
                [languages_form.form(choice, corpora), html.Div(content, className="study-results")], className="study"
            ),
        ]
    )


def stored(model: str, shown: str | None, api: Client) -> Any:
    """The list of similarity maps of a model."""
    return stored_results("languages", "Stored similarity maps", api.results(kind="similarity", model=model), shown)


def submit(choice: LanguagesChoice, api: Client) -> tuple[Any, Any, Any]:
    """Ask for the map: what to follow, a problem, what the address keeps."""
    try:
        job = api.submit(choice.request())
    except KnownError as error:
        return no_update, problem_alert(error.problem), no_update
    followed = {"key": job.key, "done": job.state is JobState.DONE}
    return followed, None, MapView().address() | choice.state() | {"result": job.key}


def show(ended: dict[str, Any] | None, model: str, api: Client, *, shown: Sequence[str] = ()) -> tuple[Any, Any]:
    """The map that a job left behind, and the list with it; one that stands there already is not drawn again."""
    if not ended or ended["state"] != JobState.DONE or ended["key"] in shown:
        return no_update, no_update
    return result(api.manifest(ended["key"]), MapView(), api), stored(model, ended["key"], api)


def arrive(empties: Sequence[Any], model: str, api: Client) -> tuple[Any, Any]:
    """When any job changed: an empty place is drawn again, with the newest result if there is one now."""
    if not empties:
        return no_update, no_update
    rows = api.results(kind="similarity", model=model)
    newest = rows[0].key if rows else None
    return result(api.manifest(newest) if newest else None, MapView(), api), stored(model, newest, api)


def register(app: Dash, api: Client) -> None:
    """Connect form, job, map and figures."""
    follow.register(app, api, PREFIX)
    languages_form_handlers.register(app)
    languages_handlers.register(app, api)

    model = State(FormId.MODEL, "data")
    study.register_submit(
        app,
        FormId.COMPARE,
        lambda model, *values: submit(choice_of(model, values), api),
        [model, *(State(element, prop) for element, prop in FIELDS.values())],
        followed=follow.job_id(PREFIX),
        problem=FormId.PROBLEM,
    )
    study.register_show(app, PREFIX, model, partial(show, api=api))
    study.register_arrive(app, PREFIX, model, partial(arrive, api=api))
