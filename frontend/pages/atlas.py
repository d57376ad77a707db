"""Atlas: every matrix of a model at a glance, any of them down to the single cell."""

from __future__ import annotations

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update

from backend.client import Client
from backend.contracts.models import ModelDescription
from backend.contracts.problems import KnownError
from backend.contracts.results import ResultRow
from frontend import shell
from frontend.choices.atlas import AtlasChoice, completed, matrix_of
from frontend.choices.painted import paintable, request_of
from frontend.figures.grid import grid_spec
from frontend.figures.kinds import matrix_title
from frontend.figures.matrix import matrix_spec, source_of
from frontend.figures.reducers import LOOKS
from frontend.figures.sides import dimension_label
from frontend.panels import atlas_cell, atlas_choices, atlas_dimensions
from frontend.shell import ShellId, term
from frontend.study import no_model

PATH = "/atlas"
TITLE = "Atlas"
ICON = "atlas"
LEAD = "Every matrix of the model, layer by layer. Pick one, zoom in to single weights, see which dimensions stand out."
_TOOLS = (("in", "+", "Zoom in"), ("out", "−", "Zoom out"), ("reset", "Whole", "Show the whole matrix"))


def layout(query: dict[str, str], api: Client) -> Any:
    """The page of one view; without an opened model it says where to open one."""
    choice = AtlasChoice.of_query(query)
    if not choice.model:
        models = api.models()
        if not models:
            return no_model(TITLE, LEAD, api)
        choice = choice._replace(model=models[0].name)
    model, results = api.model(choice.model), paintable(api, choice.model)
    choice = completed(choice, model, results)
    kind = request_of(results, choice.key)
    assert choice.reducer is not None
    painted = choice.key or atlas_choices.WEIGHTS
    choices = atlas_choices.bar(atlas_choices.painted_options(results), painted, kind, choice.reducer)
    return html.Div(
        [
            html.Div([shell.page_header(TITLE, LEAD), choices], className="map-top-row"),
            dcc.Store(id="atlas-choice", data=choice.store()),
            *[dcc.Store(id=f"atlas-{name}") for name in ("matrix-spec", "grid-spec", "cell", "dimension", "marked")],
            html.Div([_overview(model, results), _map(), _rail()], className="map-page"),
        ]
    )


def _overview(model: ModelDescription, results: tuple[ResultRow, ...]) -> html.Section:
    return html.Section(
        [
            html.H2(term("Matrix kind", "Layers by kinds"), className="map-heading"),
            html.Div(id="atlas-grid", className="map-grid"),
            html.Div(id="atlas-reducer-hint", className="map-note"),
            html.Div(atlas_choices.regions_link(model.name, results), id="atlas-regions-link"),
            html.Div(
                [html.Kbd("↑"), html.Kbd("↓"), " layer  ", html.Kbd("←"), html.Kbd("→"), " kind"], className="map-keys"
            ),
        ],
        className="atlas-card map-overview",
    )


def _map() -> html.Section:
    tools = [
        html.Button(text, className="map-tool", title=title, **{"data-matrix-tool": name, "aria-label": title})
        for name, text, title in _TOOLS
    ]
    head = html.Div([html.Div(id="atlas-heading"), html.Div(tools, className="map-tools")], className="map-head")
    return html.Section([head, html.Div(id="atlas-matrix", className="map-matrix")], className="atlas-card map-main")


def _rail() -> html.Aside:
    return html.Aside(
        [
            html.Section(
                [html.H2("Picked", className="map-heading"), html.Div(atlas_cell.empty(), id="atlas-picked")],
                className="atlas-card",
            ),
            html.Section(
                [
                    html.H2(term("Dimension", "Top dimensions"), className="map-heading"),
                    html.Div(id="atlas-dimensions"),
                ],
                className="atlas-card",
            ),
        ],
        className="map-rail",
    )


def describe(data: dict[str, Any], *, api: Client) -> tuple[Any, ...]:
    """Matrix spec, grid spec, heading, reducer options, reducer and its hint of a choice."""
    asked = AtlasChoice.of_store(data)
    model, results = api.model(asked.model), paintable(api, asked.model)
    choice = completed(asked, model, results)
    view = matrix_of(model, choice)
    assert choice.reducer is not None
    source = source_of(model.name, choice.key)
    spec = matrix_spec(view, source=source, reducer=choice.reducer, rows=choice.rows, columns=choice.columns)
    stores = {"cell": "atlas-cell", "dimension": "atlas-dimension"}
    grid = grid_spec(model, source=source, reducer=choice.reducer, selected=view.name)
    return (
        {**spec, "stores": stores, "choice": choice.store()},
        grid,
        [html.H2(matrix_title(view).capitalize(), className="map-title"), atlas_cell.about(view)],
        atlas_choices.reducer_options(request_of(results, choice.key)),
        choice.reducer.value,
        LOOKS[choice.reducer].sentence,
    )


def top_dimensions(data: dict[str, Any], *, api: Client) -> Any:
    """The listed top dimensions of the matrix in view."""
    choice = AtlasChoice.of_store(data)
    reducer = choice.reducer.value if choice.reducer else ""
    try:
        return atlas_dimensions.listing(api.marginals(**choice.source(), matrix=choice.matrix or "", reducer=reducer))
    except KnownError as error:
        return shell.problem_alert(error.problem)


def picked_cell(picked: dict[str, Any], data: dict[str, Any], *, api: Client) -> tuple[Any, Any]:
    """The panel of a clicked cell (or of the largest cell of a clicked block), and the mark for the map."""
    choice = AtlasChoice.of_store(data)
    view = matrix_of(api.model(choice.model), choice._replace(matrix=picked["matrix"]))
    block: dict[str, Any] = {name: picked[name] for name in ("row_stop", "column_stop") if name in picked}
    if block and choice.reducer:
        block["reducer"] = choice.reducer.value
    try:
        found = api.cell(**choice.source(), matrix=view.name, row=picked["row"], column=picked["column"], **block)
    except KnownError as error:
        return shell.problem_alert(error.problem), no_update
    n_rows, n_columns = (picked.get(f"{name}_stop", picked[name] + 1) - picked[name] for name in ("row", "column"))
    row, column = (found.row, found.column) if len(view.shape) == 2 else (0, found.row)
    mark = {"matrix": view.name, "row": row, "column": column}
    return atlas_cell.cell(choice.model, view, found, n_cells=n_rows * n_columns), mark


def picked_dimension(picked: dict[str, Any], data: dict[str, Any], *, api: Client) -> Any:
    """The panel of a dimension clicked in a marginal or in the list."""
    choice = AtlasChoice.of_store(data)
    view = matrix_of(api.model(choice.model), choice)
    axis, index = int(picked["axis"]), int(picked["index"])
    label = dimension_label(view, axis, index)
    return atlas_cell.dimension(choice.model, view, axis, index, label)


def register(app: Dash, api: Client) -> None:
    """Connect choices, overview, map and panels."""

    @app.callback(
        Output("atlas-matrix-spec", "data"),
        Output("atlas-grid-spec", "data"),
        Output("atlas-heading", "children"),
        Output("atlas-reducer", "data"),
        Output("atlas-reducer", "value"),
        Output("atlas-reducer-hint", "children"),
        Input("atlas-choice", "data"),
    )
    def _describe(data: dict[str, Any]) -> Any:
        return describe(data, api=api)

    @app.callback(Output("atlas-dimensions", "children"), Input("atlas-matrix-spec", "data"), prevent_initial_call=True)
    def _dimensions(spec: dict[str, Any]) -> Any:
        return top_dimensions(spec["choice"], api=api)

    @app.callback(
        Output("atlas-picked", "children"),
        Output("atlas-marked", "data"),
        Input("atlas-cell", "data"),
        State("atlas-matrix-spec", "data"),
        prevent_initial_call=True,
    )
    def _cell(picked: dict[str, Any] | None, spec: dict[str, Any]) -> Any:
        return picked_cell(picked, spec["choice"], api=api) if picked else (no_update, no_update)

    @app.callback(
        Output("atlas-picked", "children", allow_duplicate=True),
        Input("atlas-dimension", "data"),
        State("atlas-matrix-spec", "data"),
        prevent_initial_call=True,
    )
    def _dimension(picked: dict[str, Any] | None, spec: dict[str, Any]) -> Any:
        return picked_dimension(picked, spec["choice"], api=api) if picked else no_update

    @app.callback(
        Output("atlas-painted", "data"),
        Input(ShellId.ENDED, "data"),
        State("atlas-choice", "data"),
        prevent_initial_call=True,
    )
    def _refresh(_ended: Any, data: dict[str, Any]) -> Any:
        return atlas_choices.painted_options(paintable(api, data["model"]))

    _register_clientside(app)


def _register_clientside(app: Dash) -> None:
    app.clientside_callback(
        ClientsideFunction("atlas_page", "selects"),
        Output("atlas-choice", "data"),
        Input("atlas-painted", "value"),
        Input("atlas-reducer", "value"),
        State("atlas-choice", "data"),
        prevent_initial_call=True,
    )
    for function, output, source in (
        ("showMatrix", "atlas-matrix", "atlas-matrix-spec"),
        ("showGrid", "atlas-grid", "atlas-grid-spec"),
        ("mark", "atlas-picked", "atlas-marked"),
    ):
        app.clientside_callback(
            ClientsideFunction("atlas_page", function), Output(output, "title"), Input(source, "data")
        )
