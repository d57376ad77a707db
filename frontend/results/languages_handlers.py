"""The map of the Languages page and its curves, connected: layers, order, colours, other results, a new range."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import ALL as EVERY
from dash import ClientsideFunction, Dash, Input, Output, State, no_update

from backend.client import Client
from backend.contracts.problems import KnownError
from backend.contracts.vocabulary import JobState
from frontend import follow
from frontend.choices.languages_view import ONE, Layers, MapView, chosen_layers, layers_text
from frontend.figures.similarity import pairs_to_come
from frontend.panels.languages_curves import CurvesId
from frontend.panels.languages_layers import LayersId, offer
from frontend.panels.languages_map import MapId
from frontend.results.languages import (
    LAYERS_PREFIX,
    figure_id,
    scores,
    spec_of,
    table,
)
from frontend.shell import ShellId, problem_alert
from frontend.views.languages_figures import curves, pairs_figure, shown_order
from frontend.views.languages_maps import maps_of, request_of

_LOOK = (
    Input(LayersId.MODE, "value"),
    Input(LayersId.LAYER, "value"),
    Input(LayersId.RANGE, "value"),
)


def look(layers: Layers, spec: Mapping[str, Any], api: Client) -> tuple[Any, Any]:
    """What other layers change beside the map: its scores, and the offer of a map that is not stored."""
    maps = maps_of(api.manifest(spec["key"]), api)
    return scores(maps, layers), offer(layers, is_stored=layers_text(layers) in spec["maps"])


def ask(layers: Layers, key: str, api: Client) -> tuple[Any, Any]:
    """Ask for the map of these layers: what to follow, a problem."""
    try:
        job = api.submit(request_of(api.manifest(key), layers))
    except KnownError as error:
        return no_update, problem_alert(error.problem)
    return {"key": job.key, "done": job.state is JobState.DONE}, None


def made(ended: Mapping[str, Any] | None, spec: Mapping[str, Any], api: Client) -> Any:
    """The spec with the maps there are now, once a job has left one more."""
    if not ended or ended["state"] != JobState.DONE:
        return no_update
    manifest = api.manifest(spec["key"])
    return spec_of(manifest, maps_of(manifest, api))


def ordered(order: str, key: str, api: Client) -> list[str]:
    """The languages in another order."""
    manifest = api.manifest(key)
    return shown_order(order, manifest, maps_of(manifest, api), api)


def figure(
    name: str, key: str, layers: Layers, spec: Mapping[str, Any], shown: Mapping[str, Any], *, dark: bool, api: Client
) -> Any:
    """One figure of a result. `shown`: `order` of the languages, `beside` the keys of other results."""
    if name == "layers":
        return curves(api.manifest(key), shown["beside"] or (), layers, dark=dark, api=api)
    place = spec["maps"].get(layers_text(layers))
    if place is None:
        return pairs_to_come(len(shown["order"]), dark=dark)
    return pairs_figure(name, (place[0], place[1]), shown["order"], dark=dark, api=api)


def clicked_layer(clicks: Sequence[Mapping[str, Any] | None]) -> tuple[Any, Any]:
    """The layer of a point clicked in the curves, and the control that shows one."""
    points = [click["points"][0] for click in clicks if click and click.get("points")]
    layer = points[0]["customdata"][0] if points and points[0].get("customdata") else None
    return (layer, ONE) if isinstance(layer, int) else (no_update, no_update)


def register(app: Dash, api: Client) -> None:
    """Connect controls, map, scores, curves and pairs."""
    follow.register(app, api, LAYERS_PREFIX)
    _register_map(app, api)
    _register_figures(app, api)
    _register_new_layers(app, api)


def _register_map(app: Dash, api: Client) -> None:
    app.clientside_callback(
        ClientsideFunction("languages", "show"),
        Output(MapId.MAP, "title"),
        Input(MapId.SPEC, "data"),
        *_LOOK,
        Input(MapId.SHOWN_ORDER, "data"),
        Input(LayersId.SCALE, "value"),
    )

    @app.callback(
        Output(MapId.SCORES, "children"),
        Output(LayersId.OFFER, "children"),
        *_LOOK,
        Input(MapId.SPEC, "data"),
        prevent_initial_call=True,
    )
    def _look(mode: str, layer: int, span: list[int], spec: dict[str, Any]) -> Any:
        return look(chosen_layers(mode, layer, span, spec["n_layers"]), spec, api)

    @app.callback(
        Output(ShellId.QUERY, "data", allow_duplicate=True),
        *_LOOK,
        Input(LayersId.ORDER, "value"),
        Input(LayersId.SCALE, "value"),
        Input(CurvesId.BESIDE, "value"),
        State(MapId.SPEC, "data"),
        prevent_initial_call=True,
    )
    def _remember(*values: Any) -> Any:
        mode, layer, span, order, scale, beside, spec = values
        layers = chosen_layers(mode, layer, span, spec["n_layers"])
        is_whole = layers is None and bool(spec["asked"])
        return MapView(layers, order, scale, tuple(beside or ()), is_whole=is_whole).state()

    @app.callback(
        Output(MapId.SHOWN_ORDER, "data"),
        Input(LayersId.ORDER, "value"),
        State(MapId.SPEC, "data"),
        prevent_initial_call=True,
    )
    def _ordered(order: str, spec: dict[str, Any]) -> Any:
        return ordered(order, spec["key"], api)


def _register_figures(app: Dash, api: Client) -> None:
    @app.callback(
        Output(figure_id(EVERY, EVERY), "figure"),
        Input(ShellId.SCHEME, "data"),
        *_LOOK,
        Input(MapId.SPEC, "data"),
        Input(MapId.SHOWN_ORDER, "data"),
        Input(CurvesId.BESIDE, "value"),
        State(figure_id(EVERY, EVERY), "id"),
    )
    def _figures(scheme: str | None, *values: Any) -> Any:
        mode, layer, span, spec, order, beside, ids = values
        layers = chosen_layers(mode, layer, span, spec["n_layers"])
        shown = {"order": order, "beside": beside}
        dark = scheme == "dark"
        return [figure(one["name"], one["key"], layers, spec, shown, dark=dark, api=api) for one in ids]

    @app.callback(
        Output(CurvesId.TABLE, "children"),
        Input(CurvesId.BESIDE, "value"),
        State(MapId.SPEC, "data"),
        prevent_initial_call=True,
    )
    def _table(beside: list[str] | None, spec: dict[str, Any]) -> Any:
        return table(api.manifest(spec["key"]), beside or (), api)

    @app.callback(
        Output(LayersId.LAYER, "value"),
        Output(LayersId.MODE, "value"),
        Input(figure_id("layers", EVERY), "clickData"),
        prevent_initial_call=True,
    )
    def _click(clicks: list[dict[str, Any] | None]) -> Any:
        return clicked_layer(clicks)


def _register_new_layers(app: Dash, api: Client) -> None:
    @app.callback(
        Output(follow.job_id(LAYERS_PREFIX), "data"),
        Output(LayersId.ASK_PROBLEM, "children"),
        Input(LayersId.ASK, "n_clicks"),
        *(State(one.component_id, one.component_property) for one in _LOOK),
        State(MapId.SPEC, "data"),
        running=[(Output(LayersId.ASK, "loading"), True, False)],
        prevent_initial_call=True,
    )
    def _ask(clicks: int | None, mode: str, layer: int, span: list[int], spec: dict[str, Any]) -> Any:
        if not clicks:
            return no_update, no_update
        return ask(chosen_layers(mode, layer, span, spec["n_layers"]), spec["key"], api)

    @app.callback(
        Output(MapId.SPEC, "data"),
        Input(follow.ended_id(LAYERS_PREFIX), "data"),
        State(MapId.SPEC, "data"),
        prevent_initial_call=True,
    )
    def _made(ended: Any, spec: dict[str, Any]) -> Any:
        return made(ended, spec, api)
