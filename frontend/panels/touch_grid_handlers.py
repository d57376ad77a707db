"""What the grid of texts answers: columns come and go, the grid is written, its texts and files appear."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, html, no_update

from backend.client import Client
from backend.contracts.problems import KnownError
from backend.contracts.requests import GenerationGridRequest
from backend.contracts.vocabulary import AnalysisKind, JobState
from frontend import follow
from frontend.choices.grid import edit_column, grid_request, region_column
from frontend.choices.region_source import stored_regions
from frontend.choices.touch import TouchForm
from frontend.panels import touch_grid
from frontend.panels.touch_grid import PREFIX
from frontend.shell import problem_alert

Column = Mapping[str, Any]


def card(model: str, request: GenerationGridRequest | None, key: str | None, api: Client, *, running: bool) -> Any:
    """The card of a page that shows the grid `key`, or none yet."""
    columns = [column.model_dump(mode="json") for column in request.columns] if request else []
    shown, following = (None, key) if running else (key, None)
    return touch_grid.card(columns, stored_regions(model, api), shown, following)


def added(
    trigger: str | None, form: TouchForm, region: str | None, name: str | None, columns: Sequence[Column], api: Client
) -> tuple[Any, Any]:
    """The columns with one more (what the form says, or a region), and a problem."""
    try:
        if trigger == touch_grid.REGION:
            column = region_column(region or "", name or "", columns, api)
        else:
            column = edit_column(form, api.model(form.model), name or "", columns)
    except KnownError as error:
        return no_update, problem_alert(error.problem)
    return [*columns, column], None


def removed(place: int, columns: Sequence[Column]) -> list[Column]:
    """The columns without one."""
    return [column for number, column in enumerate(columns) if number != place]


def run(form: TouchForm, columns: Sequence[Column], api: Client) -> tuple[Any, Any]:
    """Submit the grid: (job to follow, problem)."""
    try:
        job = api.submit(grid_request(form, api.model(form.model), columns))
    except KnownError as error:
        return no_update, problem_alert(error.problem)
    return {"key": job.key, "done": job.state is JobState.DONE}, None


def stored(model: str, key: str | None, api: Client) -> Any:
    """The list of grids of a model."""
    return touch_grid.stored(api.results(kind=AnalysisKind.GENERATION_GRID.value, model=model), key)


def places() -> html.Div:
    """Where the list of stored grids stands."""
    return html.Div(id=touch_grid.STORED)


def register(app: Dash, api: Client, states: tuple[Any, ...], form_of: Callable[..., TouchForm]) -> None:
    """Connect the card; `states` are the fields of the Touch form and `form_of` reads them."""
    follow.register(app, api, PREFIX)

    @app.callback(
        Output(touch_grid.COLUMNS, "data"),
        Output(touch_grid.PROBLEM, "children"),
        Output(touch_grid.NAME, "value"),
        Output(touch_grid.REGION, "value"),
        Input(touch_grid.ADD, "n_clicks"),
        Input(touch_grid.REGION, "value"),
        State(touch_grid.NAME, "value"),
        State(touch_grid.COLUMNS, "data"),
        *states,
        running=[(Output(touch_grid.ADD, "loading"), True, False)],
        prevent_initial_call=True,
    )
    def _add(clicks: int | None, region: str | None, name: str | None, columns: list[Any], *fields: Any) -> Any:
        if not (region if ctx.triggered_id == touch_grid.REGION else clicks):
            return (no_update,) * 4
        found, problem = added(ctx.triggered_id, form_of(*fields), region, name, columns, api)
        return found, problem, "", None

    @app.callback(
        Output(touch_grid.COLUMNS, "data", allow_duplicate=True),
        Input(touch_grid.remove_id(ALL), "n_clicks"),
        State(touch_grid.COLUMNS, "data"),
        prevent_initial_call=True,
    )
    def _remove(clicks: list[int | None], columns: list[Any]) -> Any:
        return removed(ctx.triggered_id["place"], columns) if any(clicks) else no_update

    @app.callback(Output(touch_grid.LISTED, "children"), Input(touch_grid.COLUMNS, "data"), prevent_initial_call=True)
    def _listed(columns: list[Any]) -> Any:
        return touch_grid.listed(columns)

    @app.callback(
        Output(follow.job_id(PREFIX), "data"),
        Output(touch_grid.PROBLEM, "children", allow_duplicate=True),
        Input(touch_grid.RUN, "n_clicks"),
        State(touch_grid.COLUMNS, "data"),
        *states,
        running=[(Output(touch_grid.RUN, "loading"), True, False)],
        prevent_initial_call=True,
    )
    def _run(clicks: int | None, columns: list[Any], *fields: Any) -> Any:
        return run(form_of(*fields), columns, api) if clicks else (no_update, no_update)

    _register_shown(app, api)


def _register_shown(app: Dash, api: Client) -> None:
    @app.callback(Output(touch_grid.SHOWN, "data"), Input(follow.ended_id(PREFIX), "data"), prevent_initial_call=True)
    def _ended(ended: dict[str, Any] | None) -> Any:
        return ended["key"] if ended and ended["state"] == JobState.DONE else no_update

    @app.callback(
        Output(touch_grid.EXPORTS, "children"),
        Output(touch_grid.STORED, "children"),
        Input(touch_grid.SHOWN, "data"),
        State("touch-model", "data"),
    )
    def _shown(key: str | None, model: str) -> Any:
        return touch_grid.exports(key), stored(model, key, api)

    app.clientside_callback(
        ClientsideFunction("touch_page", "grid"),
        Output(touch_grid.TEXTS, "title"),
        Input(touch_grid.SHOWN, "data"),
    )
