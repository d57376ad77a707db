"""What the deactivation matrix answers: it is measured, fills column by column, and shows the texts of a cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, no_update

from backend.client import Client
from backend.contracts.problems import KnownError
from backend.contracts.vocabulary import JobState
from frontend import follow
from frontend.choices.neurons_deactivation import DeactivationChoice
from frontend.fields import filled
from frontend.panels import neurons_deactivation as panel
from frontend.panels.neurons_deactivation import FIELDS, PREFIX, TEXTS_PREFIX
from frontend.results.neurons import SHOWN
from frontend.results.neurons_deactivation import OFF, downloads
from frontend.results.neurons_list_handlers import Shown
from frontend.shell import ShellId, problem_alert
from frontend.study import to_remember
from frontend.views.neurons_opened import asked_texts, found, matrix_of

_LISTS = ("switched", "measured")


def choice_of(values: Sequence[Any]) -> DeactivationChoice:
    """The form, from the values of `FIELDS` in their order."""
    fields: dict[str, Any] = dict(zip(FIELDS, map(filled, values), strict=True))
    return DeactivationChoice(**fields | {name: fields[name] or () for name in _LISTS})


def submit(choice: DeactivationChoice, shown: Shown, api: Client) -> tuple[Any, Any, Any, Any]:
    """Ask for the matrix: what to follow, its key, a problem, what the address keeps."""
    try:
        if not choice.switched:
            raise KnownError(
                "invalid_request", "no language is chosen whose neurons are turned off", title="That cannot be asked",
                hint="Open “Languages, lines, random draws” and choose one or more.", field="deactivated",
            )  # fmt: skip
        job = api.submit(choice.request(found(api.manifest(shown["key"])).request))
    except KnownError as error:
        return no_update, no_update, problem_alert(error.problem), no_update
    followed = {"key": job.key, "done": job.state is JobState.DONE}
    return followed, job.key, None, {"result": shown["key"], "off": job.key, "read": None}


def drawn(key: str | None, whole: str, shown: Shown, api: Client) -> tuple[Any, Any, Any]:
    """The table as far as it is, the key once it is whole, its files; nothing new once it stands there."""
    if not key or key == whole:
        return (no_update,) * 3
    matrix = matrix_of(key, found(api.manifest(shown["key"])).summary, api)
    if matrix is None:
        return (no_update,) * 3
    return panel.table(matrix.view), key if matrix.is_stored else "", downloads(matrix, api)


def read(off: str, language: str, key: str, shown: Shown, api: Client) -> tuple[Any, Any, Any, Any]:
    """Ask for the texts of a cell: what to follow, heading, key of texts that are there, address."""
    place = {"read": [off, language]}
    try:
        matrix = matrix_of(key, found(api.manifest(shown["key"])).summary, api)
        if matrix is None:
            raise KnownError("unknown_key", f"the matrix {key} is gone", hint="Measure it again.", status=404)
        job = api.submit(asked_texts(matrix, (off, language), api))
    except KnownError as error:
        return None, problem_alert(error.problem), None, place
    done = job.state is JobState.DONE
    return {"key": job.key, "done": done}, panel.texts_head((off, language)), job.key if done else None, place


def register(app: Dash, api: Client) -> None:
    """Connect form, table and texts."""
    follow.register(app, api, PREFIX)
    follow.register(app, api, TEXTS_PREFIX)

    @app.callback(
        Output(follow.job_id(PREFIX), "data"),
        Output(OFF, "data"),
        Output(panel.PROBLEM, "children"),
        Output(ShellId.QUERY, "data", allow_duplicate=True),
        Input(panel.RUN, "n_clicks"),
        State(SHOWN, "data"),
        *(State(element, "value") for element in FIELDS.values()),
        running=[(Output(panel.RUN, "loading"), True, False)],
        prevent_initial_call=True,
    )
    def _submit(clicks: int | None, shown: Shown, *values: Any) -> Any:
        return submit(choice_of(values), shown, api) if clicks else (no_update,) * 4

    @app.callback(
        Output(panel.NOTE, "children"),
        Output(ShellId.QUERY, "data", allow_duplicate=True),
        *(Input(element, "value") for element in FIELDS.values()),
        State(SHOWN, "data"),
        State(panel.DRAWN, "data"),
        State(ShellId.QUERY, "data"),
        prevent_initial_call=True,
    )
    def _note(*values: Any) -> Any:
        *fields, shown, drawn, written = values
        choice = choice_of(fields)
        told = panel.note(choice, found(api.manifest(shown["key"])).request)
        return told, to_remember(choice._asdict(), drawn, written)

    @app.callback(
        Output(panel.TABLE, "children"),
        Output(panel.TABLE, "data-key"),
        Output("neurons-off-downloads", "children"),
        Input(OFF, "data"),
        Input(follow.CHANGED, "data"),
        Input(ShellId.TICK, "n_intervals"),
        State(panel.TABLE, "data-key"),
        State(SHOWN, "data"),
    )  # at first too: its job may have ended since the page was read
    def _drawn(key: str | None, _change: Any, _tick: Any, whole: str, shown: Shown) -> Any:
        return drawn(key, whole, shown, api)

    _register_texts(app, api)


def _register_texts(app: Dash, api: Client) -> None:
    @app.callback(
        Output(follow.job_id(TEXTS_PREFIX), "data"),
        Output(panel.TEXTS_HEAD, "children"),
        Output(panel.TEXTS_KEY, "data"),
        Output(ShellId.QUERY, "data", allow_duplicate=True),
        Input(panel.READ, "data"),
        State(OFF, "data"),
        State(SHOWN, "data"),
        running=[(Output(panel.TEXTS_HEAD, "className"), "is-loading", "")],
        prevent_initial_call=True,
    )
    def _read(at: dict[str, Any] | None, key: str, shown: Shown) -> Any:
        return read(at["off"], at["read"], key, shown, api) if at else (no_update,) * 4

    @app.callback(
        Output(panel.TEXTS_KEY, "data", allow_duplicate=True),
        Input(follow.ended_id(TEXTS_PREFIX), "data"),
        prevent_initial_call=True,
    )
    def _written(ended: dict[str, str] | None) -> Any:
        return ended["key"] if ended and ended["state"] == JobState.DONE else no_update

    # The second input never changes: without it Dash would leave texts unpainted that the address named, since
    # `_read`, which also writes the first one, answers "nothing new" when the page is drawn.
    app.clientside_callback(
        ClientsideFunction("neurons", "texts"),
        Output(panel.TEXTS, "title"),
        Input(panel.TEXTS_KEY, "data"),
        Input(panel.TEXTS_PLACE, "id"),
    )
    app.clientside_callback(
        ClientsideFunction("neurons", "mark"),
        Output(panel.TABLE, "title"),
        Input(panel.READ, "data"),
        prevent_initial_call=True,
    )
