"""Figures of views are drawn for a light ground; here they come to a dark one: template, marks, lines, and those
scales that begin at the ground or have it in their middle. Numbers in cells follow: plotly writes them for their cell.
"""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from frontend import theme
from frontend.figures.heat_figure import ground_scale

DARK_OF = {
    "#22262e": "#d5d8de", "#33363d": "#e8e8ea", "#667080": "#9aa1ac", "#8a93a3": "#9aa1ac", "#475fb0": "#96a5da",
    "#c8500e": "#e8743b", "#0072b2": "#4fb3e8", "#7d5bb5": "#b9a5e0", "#1f8a5b": "#5fc08d", "#2b8a57": "#6cc5b0",
    "#a5820b": "#e6c453", "#b8457f": "#f08fc0", "#c2413b": "#ef8379",
}  # fmt: skip
"""What `frontend.figures` give marks and lines on a light ground, and on a dark one. `report.js` reads it too."""
PAINTED = ("marker", "line")
SCALES = tuple((scale(False), scale(True)) for scale in (ground_scale, theme.diverging))
"""Scales whose light or whose middle is the ground: on a light one, and on a dark one."""


def templates() -> dict[str, Any]:
    """By name of the look, as JSON."""
    return {name: theme.figure_template(name == "dark").to_plotly_json() for name in ("light", "dark")}


def looking(figure: go.Figure, *, dark: bool) -> go.Figure:
    """A copy of the figure as it looks on the ground of the page."""
    told = bare(figure)
    data = [_painted(trace, inside=False) for trace in told["data"]] if dark else told["data"]
    return go.Figure(data, told["layout"] | {"template": theme.figure_template(dark)})


def bare(figure: go.Figure) -> dict[str, Any]:
    """The figure as JSON holds it, without a look, as wide as its place; its labels make the room they need."""
    told: dict[str, Any] = figure.to_plotly_json()
    layout = {name: value for name, value in told["layout"].items() if name not in ("template", "width")}
    for name, axis in ({"xaxis": {}, "yaxis": {}} | layout).items():
        if name.startswith(("xaxis", "yaxis")):
            layout[name] = axis | {"automargin": True}
    return {"data": told["data"], "layout": layout}


def _painted(value: Any, *, inside: bool) -> Any:
    if isinstance(value, dict):
        return {
            name: _scale(part) if name == "colorscale" else _painted(part, inside=inside or name in PAINTED)
            for name, part in value.items()
        }
    if isinstance(value, list | tuple):
        return [_painted(part, inside=inside) for part in value]
    return DARK_OF.get(value, value) if inside and isinstance(value, str) else value


def _scale(stops: Any) -> Any:
    told = [list(stop) for stop in stops]
    return next((dark for light, dark in SCALES if light == told), stops)
