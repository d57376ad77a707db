"""What a result of the Dimensions page answers: figures and tables by language, looks for the address, texts."""

from __future__ import annotations

from typing import Any

from dash import ALL, MATCH, ClientsideFunction, Dash, Input, Output, State, ctx, no_update

from backend.client import Client
from backend.contracts.requests import StructuredRemovalRequest
from backend.contracts.results import StructuredRemovalSummary, SweepSummary
from frontend import follow, urls
from frontend.choices.dimensions_view import DimensionsView
from frontend.choices.region_source import stored_regions
from frontend.figures.structured import heads_figure, structured_figure
from frontend.figures.sweep import scan_dots, sweep_bars
from frontend.panels import dimensions_scan, dimensions_structured, dimensions_sweep, dimensions_text
from frontend.panels.dimensions_shown import figure_id, language_id, table_id
from frontend.panels.dimensions_structured import condition_id
from frontend.provenance import shown_id
from frontend.shell import ShellId


def register(app: Dash, api: Client) -> None:
    """Connect everything that can be clicked or chosen in a result."""
    follow.register(app, api, dimensions_text.PREFIX)
    _register_tables(app, api)
    _register_figures(app, api)
    _register_looks(app, api)
    _register_texts(app, api)


def figure(kind: str, key: str, language: str | None, scheme: str | None, api: Client) -> Any:
    """One figure of a result, in the colours of the page."""
    summary, dark = api.manifest(key).summary, scheme == "dark"
    match kind, summary:
        case "structured", StructuredRemovalSummary():
            return structured_figure(summary, language or "", dark=dark)
        case "heads", StructuredRemovalSummary():
            return heads_figure(summary.heads, dark=dark)
        case "sweep", SweepSummary():
            return sweep_bars(summary, language or "", dark=dark)
        case "scan", SweepSummary():
            return scan_dots(summary, language or "", dark=dark)
    return no_update


def table(kind: str, key: str, language: str, api: Client) -> Any:
    """The table of a result in one language."""
    manifest = api.manifest(key)
    if isinstance(manifest.summary, StructuredRemovalSummary):
        return dimensions_structured.table(manifest.summary, language)
    return (dimensions_sweep if kind == "sweep" else dimensions_scan).table(manifest, language)


def head_clicked(key: str, click: dict[str, Any], api: Client) -> str:
    """Where the Atlas shows the head that was clicked: the rows of q, k, v, the columns of o."""
    request = api.manifest(key).request
    assert isinstance(request, StructuredRemovalRequest)
    layer, kind, head = click["points"][0]["customdata"][:3]
    model = request.ranking.region.region.scores.model
    size = api.model(model).shape.head_size
    span = f"{head * size}-{(head + 1) * size}"
    window = {"columns": span} if kind == "attn.o" else {"rows": span}
    regions = stored_regions(model, api, ranked_only=True)
    region = next((row.key for row in regions if row.request == request.ranking.region), None)
    return urls.link("atlas", model=model, matrix=f"{layer}.{kind}", result=region, **window)


def looked_at(key: str, api: Client, **changed: Any) -> dict[str, Any]:
    """What is chosen in a result, for the address: only what is not usual."""
    manifest = api.manifest(key)
    state = DimensionsView.first(manifest)._replace(**changed).state(manifest)
    return {name: state[name] for name in changed}


def _register_tables(app: Dash, api: Client) -> None:
    for kind in ("structured", "sweep", "scan"):

        @app.callback(
            Output(table_id(kind, MATCH), "children"),
            Input(language_id(kind, MATCH), "value"),
            State(language_id(kind, MATCH), "id"),
            prevent_initial_call=True,
        )
        def _table(language: str, found: dict[str, str], kind: str = kind) -> Any:
            return table(kind, found["key"], language, api)

    @app.callback(
        Output(table_id("taken", MATCH), "children"),
        Input(condition_id(MATCH), "value"),
        State(condition_id(MATCH), "id"),
    )
    def _taken(place: str, found: dict[str, str]) -> Any:
        return dimensions_structured.taken(api.manifest(found["key"]), place, api)


def _register_figures(app: Dash, api: Client) -> None:
    for kind in ("structured", "sweep", "scan"):

        @app.callback(
            Output(figure_id(kind, MATCH), "figure"),
            Input(language_id(kind, MATCH), "value"),
            Input(ShellId.SCHEME, "data"),
            State(figure_id(kind, MATCH), "id"),
        )
        def _figure(language: str, scheme: str | None, found: dict[str, str], kind: str = kind) -> Any:
            return figure(kind, found["key"], language, scheme, api)

    @app.callback(
        Output(figure_id("heads", MATCH), "figure"),
        Input(ShellId.SCHEME, "data"),
        State(figure_id("heads", MATCH), "id"),
    )
    def _heads(scheme: str | None, found: dict[str, str]) -> Any:
        return figure("heads", found["key"], None, scheme, api)

    @app.callback(
        Output(ShellId.LOCATION, "href", allow_duplicate=True),
        Input(figure_id("heads", ALL), "clickData"),
        prevent_initial_call=True,
    )
    def _head(clicks: list[Any]) -> Any:
        return head_clicked(ctx.triggered_id["key"], clicks[0], api) if any(clicks) else no_update


def _register_looks(app: Dash, api: Client) -> None:
    """Language, condition and text of the result go into the address."""

    @app.callback(
        Output(ShellId.QUERY, "data", allow_duplicate=True),
        Input(language_id(ALL, ALL), "value"),
        State(language_id(ALL, ALL), "id"),
        prevent_initial_call=True,
    )
    def _language(languages: list[str], ids: list[dict[str, str]]) -> Any:
        return looked_at(ids[0]["key"], api, language=languages[0]) if ids else no_update

    @app.callback(
        Output(ShellId.QUERY, "data", allow_duplicate=True),
        Input(condition_id(ALL), "value"),
        State(condition_id(ALL), "id"),
        prevent_initial_call=True,
    )
    def _condition(places: list[str], ids: list[dict[str, str]]) -> Any:
        return looked_at(ids[0]["key"], api, taken=int(places[0])) if ids else no_update


def _register_texts(app: Dash, api: Client) -> None:
    outputs = (
        Output(follow.job_id(dimensions_text.PREFIX), "data"),
        Output(dimensions_text.SHOWN, "data"),
        Output(dimensions_text.HEAD, "children"),
    )
    clicked = (Input(figure_id(ALL, ALL), "clickData"), Input(dimensions_text.read_id(ALL), "n_clicks"))

    @app.callback(*outputs, *clicked, State(shown_id(ALL), "id"), prevent_initial_call=True)
    def _read(_clicks: list[Any], _buttons: list[Any], shown: list[dict[str, str]]) -> Any:
        index = _clicked(ctx.triggered_id, ctx.triggered[0]["value"])
        return dimensions_text.ask(shown[0]["key"], index, api) if index is not None and shown else (no_update,) * 3

    # Apart from the outputs above, which are not on every tab: Dash refuses a handler of which only some are there.
    @app.callback(Output(ShellId.QUERY, "data", allow_duplicate=True), *clicked, prevent_initial_call=True)
    def _remember_text(_clicks: list[Any], _buttons: list[Any]) -> Any:
        index = _clicked(ctx.triggered_id, ctx.triggered[0]["value"])
        return no_update if index is None else {"text": index}

    app.clientside_callback(
        ClientsideFunction("dimensions", "show_text"),
        Output(dimensions_text.BOX, "title"),
        Input(dimensions_text.SHOWN, "data"),
        prevent_initial_call=True,
    )


def _clicked(triggered: Any, value: Any) -> int | None:
    """The index behind a clicked bar, point or button; None for a figure of something else, or no click at all."""
    if not value or not isinstance(triggered, dict):
        return None
    if triggered.get("type") == "dimensions-read":
        return int(triggered["index"])
    return int(value["points"][0]["customdata"][0]) if triggered.get("kind") in ("sweep", "scan") else None
