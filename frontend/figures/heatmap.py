"""One window of a matrix as a plotly heatmap: what the canvas of the page shows, for reports, notebooks and exports.

Colours, their range and the words are the page's (`reducers.LOOKS`, `assets/matrix_tiles.js`). Knows nothing of where
the tile came from: weights, regions, differences and similarity maps are drawn alike.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from backend.contracts.results import TileHeader
from backend.contracts.vocabulary import Reducer
from frontend import theme
from frontend.figures.numbers import counted, percent, significant
from frontend.figures.reducers import LOOKS, Look
from frontend.figures.telling import tell

MOST_PIXELS = 256
"""Rows and columns to ask a tile for: 256 x 256 float32 values are 350 kB of JSON. Smaller windows are exact."""
_HEIGHT, _VECTOR_HEIGHT = 520, 170


class HeatAxis(NamedTuple):
    """What runs along one side of the picture."""

    title: str
    """In the plural: `residual dimensions`."""
    groups: tuple[tuple[int, int, str], ...] = ()
    """(start, stop, label): blocks that are named instead of numbered, as languages of a similarity map."""


def heatmap(
    values: np.ndarray,
    header: TileHeader,
    *,
    reducer: Reducer,
    rows: HeatAxis,
    columns: HeatAxis,
    name: str,
    title: str,
    limits: tuple[float, float] | None = None,
    dark: bool = False,
) -> go.Figure:
    """`values` [height, width] of a tile with true row and column numbers on the axes.

    `limits`: values of the first and last colour, where several pictures share a scale; else as the page finds them.
    """
    look = LOOKS[reducer]
    low, high = limits or colour_range(values, look)
    painted, bar = _painted(np.asarray(values, dtype=np.float32), look, (low, high))
    figure = go.Figure(
        go.Heatmap(
            z=painted,
            x0=header.column_start + (header.column_block - 1) / 2,
            dx=header.column_block,
            y0=header.row_start + (header.row_block - 1) / 2,
            dy=header.row_block,
            colorscale=look.colours["dark" if dark else "light"] if isinstance(look.colours, dict) else look.colours,
            colorbar={"title": {"text": look.measure, "side": "right"}, "thickness": 12, "outlinewidth": 0} | bar,
            hovertemplate=_hover(header, look),
            **_ends(look, low, high),
        )
    )
    figure.update_layout(
        template=theme.figure_template(dark),
        height=_HEIGHT if header.height > 1 else _VECTOR_HEIGHT,
        margin={"l": 64, "r": 16, "t": 24, "b": 48},
    )
    figure.update_xaxes(**_axis(columns, header.column_start, header.column_block * header.width), showgrid=False)
    figure.update_yaxes(
        **_axis(rows, header.row_start, header.row_block * header.height), autorange="reversed", showgrid=False
    )
    if header.n_rows == 1:
        figure.update_yaxes(visible=False)
    said = _described(values, header, look, rows, columns, title)
    return tell(figure, name=name, title=title, description=said)


def colour_range(values: np.ndarray, look: Look) -> tuple[float, float]:
    """Values of the first and the last colour: outliers may lie beyond, but not hide the rest.

    The rule of `assets/matrix_tiles.js` (`domain`), so that the page and the figure look the same.
    """
    flat = np.asarray(values, dtype=np.float64).ravel()
    flat = flat[np.isfinite(flat)]
    flat = np.abs(flat) if look.scale == "signed" else flat[flat > 0] if look.scale == "log" else flat
    ordered = np.sort(flat)
    high = _quantile(ordered, 0.999) or _quantile(ordered, 1) or 1.0
    if look.scale == "signed":
        return -high, high
    if look.scale == "log":
        return _quantile(ordered, 0.02) or high * 1e-6, high
    return (0.0 if look.unit == "share" else min(_quantile(ordered, 0.001), high * 0.999)), high


def _quantile(ordered: np.ndarray, share: float) -> float:
    return float(ordered[min(len(ordered) - 1, int(share * len(ordered)))]) if len(ordered) else 0.0


def _painted(values: np.ndarray, look: Look, ends: tuple[float, float]) -> tuple[np.ndarray, dict[str, Any]]:
    """What is coloured, and the ticks of the bar: powers of ten are coloured by their exponent."""
    if look.scale != "log":
        return values, {"tickformat": ".3~%"} if look.unit == "share" else {"exponentformat": "power"}
    exponents = np.log10(np.maximum(np.nan_to_num(values), ends[0])).astype(np.float32)
    first, last = (math.log10(end) for end in ends)
    step = max(1, math.ceil((last - first) / 6))
    ticks = list(range(math.ceil(first), math.floor(last) + 1, step))
    if len(ticks) < 2:
        return exponents, {"tickvals": [first, last], "ticktext": [significant(end, 2) for end in ends]}
    return exponents, {"tickvals": ticks, "ticktext": [f"10<sup>{tick}</sup>" for tick in ticks]}


def _ends(look: Look, low: float, high: float) -> dict[str, float]:
    if look.scale == "log":
        low, high = math.log10(low), math.log10(high)
    return {"zmin": low, "zmax": high if high > low else low + 1}


def _hover(header: TileHeader, look: Look) -> str:
    about = "" if header.exact else "about "
    value = "10<sup>%{z:.2f}</sup>" if look.scale == "log" else "%{z:.3~%}" if look.unit == "share" else "%{z:.4g}"
    return f"{about}row %{{y:.0f}}, column %{{x:.0f}}<br>{look.measure} {value}<extra></extra>"


def _axis(axis: HeatAxis, start: int, size: int) -> dict[str, Any]:
    # The title stands beyond the labels, however long they are: names of languages are longer than numbers.
    settings: dict[str, Any] = {"title": {"text": axis.title, "standoff": 10}, "automargin": True}
    shown = [(max(a, start), min(b, start + size), label) for a, b, label in axis.groups]
    shown = [group for group in shown if group[1] > group[0]]
    if shown:
        places = [(a + b - 1) / 2 for a, b, _ in shown]
        return settings | {"tickvals": places, "ticktext": [label for *_, label in shown]}
    return settings | {"tickformat": "d"}


def _described(
    values: np.ndarray, header: TileHeader, look: Look, rows: HeatAxis, columns: HeatAxis, title: str
) -> str:
    finite = np.asarray(values, dtype=np.float64)
    finite = np.where(np.isfinite(finite), finite, 0.0)
    size = np.abs(finite) if look.scale == "signed" else finite
    i, j = np.unravel_index(int(size.argmax()), size.shape)
    pixel = "one cell" if header.exact else f"{header.row_block} by {header.column_block} cells"
    down = _span("rows", header.row_start, header.row_block * header.height, header.n_rows, rows)
    across = _span("columns", header.column_start, header.column_block * header.width, header.n_columns, columns)
    where = _place("column", int(j), header.column_start, header.column_block, header.n_columns)
    if header.n_rows > 1:
        where = _place("row", int(i), header.row_start, header.row_block, header.n_rows) + ", " + where
    sides = across if header.n_rows == 1 else f"{down} by {across}"
    return (
        f"Heatmap of {title}: {sides}; one pixel is {pixel}. "
        f"{look.measure[0].upper()}{look.measure[1:]} from {_written(finite.min(), look)} to "
        f"{_written(finite.max(), look)}{', colours on a logarithmic scale' if look.scale == 'log' else ''}; "
        f"the largest{' by size' if look.scale == 'signed' else ''} is at {where}."
    )


def _span(what: str, start: int, size: int, whole: int, axis: HeatAxis) -> str:
    stop = min(start + size, whole)
    return f"{what} {counted(start)} to {counted(stop - 1)} of {counted(whole)} ({axis.title})"


def _place(what: str, index: int, start: int, block: int, whole: int) -> str:
    first = start + index * block
    last = min(first + block, whole) - 1
    return f"{what} {first}" if last == first else f"{what}s {first} to {last}"


def _written(value: float, look: Look) -> str:
    return percent(value) if look.unit == "share" else significant(float(value), 3)
