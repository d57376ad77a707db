"""One exact cell or one dimension, with its names on both sides, its values, and the way to touch it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html

from backend.contracts.models import MatrixView
from backend.contracts.results import CellView
from backend.contracts.vocabulary import Side
from frontend import urls
from frontend.figures.kinds import kind_words, matrix_title
from frontend.figures.sides import dimension_label, sizes
from frontend.shell import hint

TOUCHABLE = (Side.RESIDUAL, Side.HEAD, Side.NEURON)
_SIDE_HINTS = {
    Side.RESIDUAL: "One channel of the stream that runs through all layers: the same index exists in every matrix.",
    Side.HEAD: "One channel of one attention head of this layer.",
    Side.NEURON: "One neuron of this layer's MLP.",
}


def empty() -> html.Div:
    """Before anything is picked."""
    return html.Div(
        "Click a cell of the map for its exact values, or a dimension along its sides.", className="map-note"
    )


def cell(model: str, view: MatrixView, found: CellView, *, n_cells: int = 1) -> html.Div:
    """What is known about one cell. `n_cells` is the size of the pooled block it was picked from."""
    index = (found.row, found.column)[: len(view.shape)]
    rows: list[Any] = [
        _row(_side_term(view, axis), label)
        for axis, label in enumerate((found.row_label, found.column_label)[: len(view.shape)])
    ]
    rows += [_row(term, value) for term, value in _values(found)]
    note = f"The largest of the {n_cells:,} cells below that pixel." if n_cells > 1 else ""
    touch = urls.link("touch", model=model, matrix=view.name, index=index)
    return html.Div(
        [
            html.Div(matrix_title(view), className="map-picked-title"),
            html.Div(note, className="map-note") if note else None,
            html.Dl(rows, className="map-facts"),
            dmc.Anchor(dmc.Button("Touch this parameter", fullWidth=True, size="sm"), href=touch, underline="never"),
            _zoom_button(*((found.row, found.column) if len(view.shape) == 2 else (0, found.row))),
            *_dimension_links(model, view, index),
        ],
        className="map-picked",
    )


def dimension(model: str, view: MatrixView, axis: int, index: int, label: str) -> html.Div:
    """One dimension of one side, and the way to touch it."""
    side = view.sides[axis]
    return html.Div(
        [
            html.Div(label, className="map-picked-title"),
            html.Div(_SIDE_HINTS.get(side, "") if side else "", className="map-note"),
            *_dimension_links(model, view, (index,), axes=(axis,), variant="filled"),
        ],
        className="map-picked",
    )


def _dimension_links(
    model: str, view: MatrixView, index: Sequence[int], *, axes: Sequence[int] | None = None, variant: str = "light"
) -> list[Any]:
    """One button per side that can be touched as a whole."""
    found = []
    for place, axis in enumerate(axes if axes is not None else range(len(index))):
        side = view.sides[axis]
        if side not in TOUCHABLE:
            continue
        href = urls.link("touch", model=model, matrix=view.name, side=side, dimension=index[place])
        button = dmc.Button(
            f"Touch {dimension_label(view, axis, index[place])}", variant=variant, fullWidth=True, size="sm"
        )
        found.append(dmc.Anchor(button, href=href, underline="never"))
    return found


def _values(found: CellView) -> list[tuple[Any, Any]]:
    values: list[tuple[Any, Any]] = []
    if found.weight is not None:
        values.append(("weight", html.Span(f"{found.weight:.6g}", className="atlas-number")))
    if found.importance is not None:
        term = hint("importance", "|weight × gradient|: how much the loss would change without this parameter.")
        values.append((term, html.Span(f"{found.importance:.3g}", className="atlas-number")))
    if found.in_region is not None:
        inside = dmc.Badge("in the region", color="orange", variant="light", radius="sm", tt="none")
        values.append(("region", inside if found.in_region else "not in it"))
    return values


def _side_term(view: MatrixView, axis: int) -> Any:
    side = view.sides[axis] if axis < len(view.sides) else None
    words = f"{side.value} side" if side else "index"
    return hint(words, _SIDE_HINTS[side]) if side in _SIDE_HINTS else words


def _row(term: Any, value: Any) -> html.Div:
    return html.Div([html.Dt(term), html.Dd(value)])


def _zoom_button(row: int, column: int) -> html.Button:
    return html.Button("Show its neighbours", className="map-link-button", **{"data-cell": f"{row},{column}"})


def about(view: MatrixView) -> html.Div:
    """The matrix in one line: shape with its sides, and what the kind does."""
    return html.Div([sizes(view), " · ", kind_words(view.kind).sentence], className="map-note")
