"""The overview of all matrices as one figure: layers downwards, kinds across, what lies outside the layers below.

The picture of `assets/grid.js` for reports, notebooks and exports, from the same thumbnails.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from backend.contracts.models import ModelDescription
from backend.contracts.results import GridTile, GridView
from backend.contracts.vocabulary import Reducer
from frontend import theme
from frontend.figures.grid import kinds_across
from frontend.figures.numbers import percent, significant
from frontend.figures.reducers import LOOKS
from frontend.figures.telling import tell

SIDE, THIN = 16, 4
"""Pixels of a matrix each way, and of a vector across."""


class _Column(NamedTuple):
    kind: str
    label: str
    start: int
    width: int


def mosaic(view: GridView, model: ModelDescription, *, reducer: Reducer, of: str, dark: bool = False) -> go.Figure:
    """Thumbnails of every matrix, 0 to 255 within its kind. `of`: what is painted, in words."""
    look = LOOKS[reducer]
    columns = _columns(model)
    outside = [tile for tile in view.tiles if tile.layer is None]
    image = _image(view, columns, model.shape.n_layers, outside)
    scale = theme.SEQUENTIAL if look.scale == "signed" else look.colours
    figure = go.Figure(
        go.Heatmap(z=image, colorscale=scale, zmin=0, zmax=255, showscale=False, hoverinfo="skip"),
        layout={"template": theme.figure_template(dark)},
    )
    _separate(figure, columns, model.shape.n_layers, dark=dark)
    for place, tile in enumerate(outside):
        at = {"x": place * 3 * SIDE + SIDE, "y": (model.shape.n_layers + 0.5) * SIDE - 0.5}
        figure.add_annotation(text=tile.matrix, showarrow=False, xanchor="left", **at)
    figure.update_layout(height=150 + 22 * (model.shape.n_layers + bool(outside)), margin={"l": 48, "t": 64, "b": 16})
    figure.update_xaxes(
        tickvals=[column.start + (column.width - 1) / 2 for column in columns],
        ticktext=[column.label for column in columns],
        side="top", showgrid=False, zeroline=False, tickangle=-60,
    )  # fmt: skip
    figure.update_yaxes(
        title="layer",
        tickvals=[(layer + 0.5) * SIDE - 0.5 for layer in range(model.shape.n_layers)],
        ticktext=[str(layer) for layer in range(model.shape.n_layers)],
        autorange="reversed", showgrid=False, zeroline=False,
    )  # fmt: skip
    title = f"{look.label} in every matrix of {model.name}"
    return tell(figure, name="layers-by-kinds", title=title, description=_described(view, model, reducer, of))


def _columns(model: ModelDescription) -> tuple[_Column, ...]:
    found, start = [], 0
    for column in kinds_across(model):
        width = THIN if column["thin"] else SIDE
        found.append(_Column(column["kind"], column["label"], start, width))
        start += width
    return tuple(found)


def _image(view: GridView, columns: Sequence[_Column], n_layers: int, outside: Sequence[GridTile]) -> np.ndarray:
    place = {column.kind: column for column in columns}
    width = max([column.start + column.width for column in columns] + [len(outside) * 3 * SIDE])
    image = np.zeros(((n_layers + bool(outside)) * SIDE, width), dtype=np.uint8)
    for tile in view.tiles:
        column = place.get(tile.kind.value) if tile.kind and tile.layer is not None else None
        if column is not None and tile.layer is not None:
            top, left = tile.layer * SIDE, column.start
            image[top : top + SIDE, left : left + column.width] = _thumbnail(tile)[:, : column.width]
    for number, tile in enumerate(outside):
        left = number * 3 * SIDE
        image[n_layers * SIDE :, left : left + SIDE] = _thumbnail(tile)
    return image


def _thumbnail(tile: GridTile) -> np.ndarray:
    """uint8 [SIDE, SIDE]; the largest of what is pooled, a vector upright and as wide as a matrix."""
    values = np.frombuffer(base64.b64decode(tile.data), dtype=np.uint8).reshape(tile.height, tile.width)
    if tile.height == 1:
        values = values.T
    pooled = _resized(_resized(values, axis=0), axis=1)
    return np.asarray(pooled)


def _resized(values: np.ndarray, *, axis: int) -> np.ndarray:
    size = values.shape[axis]
    if size <= SIDE:
        return np.take(values, np.arange(SIDE) * size // SIDE, axis=axis)
    return np.maximum.reduceat(values, np.arange(SIDE) * size // SIDE, axis=axis)


def _separate(figure: go.Figure, columns: Sequence[_Column], n_layers: int, *, dark: bool) -> None:
    ground = "#1b1f26" if dark else "#ffffff"
    edges: list[dict[str, Any]] = [
        {"x0": column.start - 0.5, "x1": column.start - 0.5, "y0": -0.5, "y1": n_layers * SIDE - 0.5}
        for column in columns[1:]
    ]
    right = columns[-1].start + columns[-1].width - 0.5 if columns else 0
    edges += [{"x0": -0.5, "x1": right, "y0": row * SIDE - 0.5, "y1": row * SIDE - 0.5} for row in range(1, n_layers)]
    figure.update_layout(shapes=[{"type": "line", "line": {"color": ground, "width": 1.5}} | edge for edge in edges])


def _described(view: GridView, model: ModelDescription, reducer: Reducer, of: str) -> str:
    told = f"{len(view.tiles)} matrices and vectors of {model.name}, {model.shape.n_layers} layers by kind: {of}. "
    densities = {tile.matrix: tile.density for tile in view.tiles if tile.density is not None}
    if densities:
        least, most = min(densities, key=densities.__getitem__), max(densities, key=densities.__getitem__)
        return told + (
            f"The region holds between {percent(densities[least])} ({least}) and {percent(densities[most])} ({most}) "
            "of a matrix."
        )
    highs = {tile.kind: tile.high for tile in view.tiles if tile.kind and tile.layer is not None}
    if not highs:
        return told
    most_of = max(highs, key=highs.__getitem__)
    return told + (
        f"Colours run from 0 to the largest of each kind ({LOOKS[reducer].measure}), "
        f"which is {significant(highs[most_of], 3)} in {most_of.value} and "
        f"{significant(min(highs.values()), 3)} in {min(highs, key=highs.__getitem__).value}."
    )
