"""Compare: whatever can be shown for one model, for two to four of them, and their difference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update

from backend.client import Client
from backend.contracts.models import ModelSummary
from backend.contracts.problems import KnownError
from frontend import follow, urls
from frontend.addresses import expanded
from frontend.choices.compare import CompareChoice
from frontend.panels import (
    compare_ask,
    compare_bar,
    compare_cell,
    compare_curves,
    compare_family,
    compare_maps,
    compare_moved,
    compare_movement,
    compare_pairs,
    compare_perplexity,
    compare_regions,
    compare_second,
    compare_settings,
    compare_touch,
)
from frontend.panels.compare_bar import choice_id, model_id
from frontend.results.compare import Compared, compared
from frontend.results.compare_family import families
from frontend.results.compare_seen import Seen
from frontend.shell import ShellId, page_header, problem_alert
from frontend.study import no_model
from frontend.views.compare_asked import choice_of
from frontend.views.compare_maps import Maps, maps

PATH = "/compare"
TITLE = "Compare"
ICON = "compare"
LEAD = "Two to four models beside each other: checkpoints, revisions, sizes. Every view is an address."
SECTION = "compare-section"
AGAIN = "compare-again"
BAR = "compare-bar"
BAR_AGAIN = "compare-bar-again"
FOLLOWS = SECTION
"""While it is there, `compare_follow.js` finds out what of the page another address changes."""

PANELS: dict[str, Callable[[Compared, Client], Any]] = {
    "maps": compare_maps.panel,
    "movement": compare_movement.panel,
    "regions": compare_regions.panel,
    "perplexity": compare_perplexity.panel,
    "curves": compare_curves.panel,
    "touch": compare_touch.panel,
    "settings": compare_settings.panel,
}


def layout(query: dict[str, str], api: Client) -> Any:
    """The page of one view: the models, the sections, and what the chosen section shows."""
    choice = choice_of(query, api)
    known = api.models()
    if not known:
        return no_model(TITLE, LEAD, api)
    if not choice.models:
        choice = choice._replace(models=(known[0].name,))
    return html.Div(
        [
            page_header(TITLE, LEAD),
            html.Div(bar(choice, known, api), id=BAR),
            dcc.Store(id=BAR_AGAIN),
            compare_bar.sections(choice),
            html.Div(section(choice, api), id=SECTION),
            dcc.Store(id=AGAIN),
        ]
    )


def bar(choice: CompareChoice, known: Sequence[ModelSummary], api: Client) -> html.Div:
    """The models and the slider of their family."""
    slider = compare_family.slider(choice, families(choice, known, api), known)
    return compare_bar.models(choice, known, slider)


def section(choice: CompareChoice, api: Client) -> Any:
    """What the chosen section shows; a problem, or a sentence where there is nothing to compare yet."""
    if len(choice.models) < 2:
        known = api.models()
        return compare_second.second(choice, known, families(choice, known, api))
    try:
        return PANELS[choice.section](compared(choice, api), api)
    except KnownError as error:
        return problem_alert(error.problem)


def again(search: str, model: str | None, api: Client) -> Any:
    """The section of another address on the same page."""
    try:
        return section(_choice(search, model, api), api)
    except KnownError as error:
        return problem_alert(error.problem)


def bar_again(search: str, model: str | None, api: Client) -> html.Div:
    """The models and the slider of another address."""
    return bar(_choice(search, model, api), api.models(), api)


def _choice(search: str, model: str | None, api: Client) -> CompareChoice:
    """As `layout` takes it, with the model chosen for all pages where the address names none."""
    query = expanded(urls.parse(search), api)
    return choice_of({"model": model, **query} if model else query, api)


def picked(search: str | None, api: Client) -> tuple[Any, Any, Any]:
    """The maps, their heading and what is picked on them after another matrix was picked."""
    found = _maps(search, api)
    return compare_maps.shown(found), compare_maps.heading(found), compare_cell.shown(_seen(found), api)


def cell(asked: dict[str, Any], api: Client) -> Any:
    """What was clicked on a map of the view `asked["search"]`: a cell, a block of cells, or a dimension."""
    seen = _seen(_maps(asked["search"], api))
    if "axis" in asked:
        return compare_cell.picked_dimension(seen, asked["axis"], asked["index"], api)
    return compare_cell.picked_cell(seen, asked, api)


def moved(shown: dict[str, Any], api: Client) -> Any:
    """The rows and columns that differ most in the matrix that is shown."""
    return compare_moved.moved(_seen(_maps(shown["address"].partition("?")[2], api)), api)


def _maps(search: str | None, api: Client) -> Maps:
    return maps(compared(choice_of(expanded(urls.parse(search), api), api), api))


def _seen(found: Maps) -> Seen:
    return Seen(found.choice, found.members)


def register(app: Dash, api: Client) -> None:
    """Connect the models, the sections' choices, what they ask for, and the maps."""
    _register_choices(app)

    @app.callback(
        Output(SECTION, "children"),
        Input(AGAIN, "data"),
        State(ShellId.MODEL, "data"),
        prevent_initial_call=True,
    )
    def _again(search: str | None, model: str | None) -> Any:
        return again(search, model, api) if search else no_update

    @app.callback(
        Output(compare_maps.SHOWN, "data"),
        Output(compare_maps.HEADING, "children"),
        Output(compare_cell.PICKED, "children", allow_duplicate=True),
        Input(compare_maps.PICKED, "data"),
        prevent_initial_call=True,
    )
    def _picked(search: str | None) -> Any:
        return picked(search, api) if search else (no_update,) * 3

    @app.callback(Output(compare_cell.PICKED, "children"), Input(compare_cell.ASKED, "data"), prevent_initial_call=True)
    def _cell(asked: dict[str, Any] | None) -> Any:
        return cell(asked, api) if asked else no_update

    @app.callback(Output(compare_moved.MOVED, "children"), Input(compare_maps.SHOWN, "data"))
    def _moved(shown: dict[str, Any] | None) -> Any:
        return moved(shown, api) if shown else no_update

    @app.callback(
        *(Output(follow.job_id(prefix), "data") for prefix in compare_ask.PREFIXES),
        Output(compare_ask.PROBLEM, "children"),
        Input(compare_ask.ASK, "n_clicks"),
        State(compare_ask.REQUESTS, "data"),
        running=[(Output(compare_ask.ASK, "loading"), True, False)],
        prevent_initial_call=True,
    )
    def _ask(clicks: int | None, asked: list[dict[str, Any]] | None) -> Any:
        return compare_ask.submit(asked, api) if clicks else (no_update,) * (compare_ask.N_SLOTS + 1)

    for prefix in compare_ask.PREFIXES:
        follow.register(app, api, prefix)
    _register_sections(app, api)
    _register_family(app, api)


def _register_family(app: Dash, api: Client) -> None:
    @app.callback(
        Output(BAR, "children"), Input(BAR_AGAIN, "data"), State(ShellId.MODEL, "data"), prevent_initial_call=True
    )
    def _bar(search: str | None, model: str | None) -> Any:
        return bar_again(search, model, api) if search else no_update

    @app.callback(
        Output(compare_family.FIGURE, "figure"),
        Input(compare_family.SHOWN, "data"),
        Input(ShellId.SCHEME, "data"),
    )
    def _family(shown: dict[str, Any] | None, scheme: str | None) -> Any:
        return compare_family.drawn(shown, scheme, api)

    @app.callback(
        Output(compare_family.OPENING, "children"),
        Input(compare_family.OPEN, "n_clicks"),
        State(compare_family.SOURCES, "data"),
        running=[(Output(compare_family.OPEN, "loading"), True, False)],
        prevent_initial_call=True,
    )
    def _open(clicks: int | None, sources: list[str]) -> Any:
        return compare_family.open_all(sources, api) if clicks else no_update


def _register_sections(app: Dash, api: Client) -> None:
    @app.callback(
        Output(compare_pairs.FIGURE, "figure"),
        Input(compare_pairs.DATA, "data"),
        Input(ShellId.SCHEME, "data"),
    )
    def _pairs(data: dict[str, Any] | None, scheme: str | None) -> Any:
        return compare_pairs.redrawn(data, scheme)

    @app.callback(
        Output(compare_curves.FIGURE, "figure"),
        Input(compare_curves.DATA, "data"),
        Input(ShellId.SCHEME, "data"),
    )
    def _curves(data: list[dict[str, Any]] | None, scheme: str | None) -> Any:
        return compare_curves.redrawn(data, scheme)

    @app.callback(
        Output(ShellId.LOCATION, "href", allow_duplicate=True),
        Output(compare_touch.PROBLEM, "children"),
        Input(compare_touch.BUTTON, "n_clicks"),
        State(compare_touch.MODELS, "data"),
        *(State(compare_touch.field(name), "value") for name in compare_touch.FIELDS),
        running=[(Output(compare_touch.BUTTON, "loading"), True, False)],
        prevent_initial_call=True,
    )
    def _touch(clicks: int | None, view: dict[str, str], *values: Any) -> Any:
        if not clicks:
            return no_update, no_update
        address, problem = compare_touch.submit(dict(zip(compare_touch.FIELDS, values, strict=True)), view, api)
        return address or no_update, problem


def _register_choices(app: Dash) -> None:
    app.clientside_callback(
        ClientsideFunction("compare_page", "follow"),
        Output(SECTION, "data-followed"),
        Input(ShellId.LOCATION, "search"),
    )
    app.clientside_callback(
        ClientsideFunction("compare_page", "models"),
        Output(ShellId.LOCATION, "href", allow_duplicate=True),
        Input(model_id(ALL), "value"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("compare_page", "chooses"),
        Output(ShellId.LOCATION, "href", allow_duplicate=True),
        Input(choice_id(ALL, drawn=ALL, usual=ALL, forgets=ALL), "value"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("compare_page", "step"),
        Output(ShellId.LOCATION, "href", allow_duplicate=True),
        Input(compare_family.STEP, "value"),
        State(compare_family.STEPS, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("compare_page", "opened"),
        Output(BAR_AGAIN, "data"),
        Input(ShellId.ENDED, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("compare_page", "again"),
        Output(AGAIN, "data"),
        *(Input(follow.ended_id(prefix), "data") for prefix in compare_ask.PREFIXES),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("compare_page", "touchForm"),
        Output(compare_touch.FORM, "className"),
        *(Input(compare_touch.field(name), "value") for name in ("target", "action", "sampling", "spread")),
    )
    app.clientside_callback(
        ClientsideFunction("compare_page", "mark"),
        Output(compare_cell.AT, "id"),
        Input(compare_cell.AT, "data"),
    )
    app.clientside_callback(
        ClientsideFunction("compare_page", "show"),
        Output(compare_maps.SHOWN, "id"),
        Input(compare_maps.SHOWN, "data"),
    )
