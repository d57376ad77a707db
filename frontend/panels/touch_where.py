"""Where to touch: one parameter of a matrix, or one dimension of a side, as far as wished."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import html

from backend.contracts.models import MatrixView, ModelDescription
from backend.contracts.vocabulary import Side
from frontend.choices.touch import DIMENSION, EVERYWHERE, KIND, LAYERS, MATRIX, SCALAR, TouchForm
from frontend.shell import hint

_SPREADS = (
    (EVERYWHERE, "Everything that carries it"),
    (LAYERS, "All kinds, in some layers"),
    (KIND, "One kind, in all layers"),
    (MATRIX, "One matrix only"),
)
_SIDES = {
    Side.RESIDUAL: "residual dimension",
    Side.HEAD: "head channel",
    Side.NEURON: "neuron",
}


def panel(form: TouchForm, model: ModelDescription) -> html.Div:
    """The whole section; `visible` says which of its parts a choice needs."""
    shown = visible(form.target, form.spread, form.matrix, model)
    return html.Div(
        [
            dmc.SegmentedControl(
                id="touch-target",
                value=form.target,
                data=[{"value": DIMENSION, "label": "A dimension"}, {"value": SCALAR, "label": "One parameter"}],
                fullWidth=True,
                mb="sm",
            ),
            html.Div(_dimension(form), id="touch-dimension-part", hidden=shown["dimension"]),
            html.Div(_layers(form, model), id="touch-layers-part", hidden=shown["layers"]),
            html.Div(_matrix(form, model), id="touch-matrix-part", hidden=shown["matrix"]),
            html.Div(
                [
                    _number("touch-row", "Row", form.row),
                    html.Div(_number("touch-column", "Column", form.column), id="touch-column-part"),
                ],
                id="touch-cell-part",
                hidden=shown["cell"],
                className="touch-pair",
            ),
            html.Div(range_hint(form.target, form.side, form.matrix, model), id="touch-range", className="map-note"),
        ],
        className="touch-stack",
    )


def visible(target: str, spread: str, matrix: str, model: ModelDescription) -> dict[str, bool]:
    """Which part is hidden, by its name."""
    del matrix, model
    scalar = target == SCALAR
    return {
        "dimension": scalar,
        "layers": scalar or spread != LAYERS,
        "matrix": not scalar and spread not in (MATRIX, KIND),
        "cell": not scalar,
    }


def range_hint(target: str, side: str, matrix: str, model: ModelDescription) -> str:
    """Which indices there are, with the names of the sides."""
    view = next((view for view in model.matrices if view.name == matrix), None)
    if target == SCALAR:
        return _cell_hint(view) if view else ""
    shape = model.shape
    sizes = {
        Side.RESIDUAL: shape.residual_size,
        Side.NEURON: shape.n_neurons,
        Side.HEAD: shape.n_heads * shape.head_size,
    }
    wanted = Side(side)
    text = f"{_SIDES[wanted].capitalize()}s count from 0 to {sizes[wanted] - 1:,}."
    if wanted is Side.HEAD:
        text += f" Head h starts at h × {shape.head_size}."
    return text


def _cell_hint(view: MatrixView) -> str:
    names = ["Row", "Column"] if len(view.shape) == 2 else ["Index"]
    parts = [
        f"{name}: {_SIDES.get(side, side.value) if side else 'channel'} 0 to {size - 1:,}"
        for name, side, size in zip(names, view.sides, view.shape, strict=True)
    ]
    return ". ".join(parts) + "."


def _dimension(form: TouchForm) -> list[Any]:
    sides = [{"value": side.value, "label": words.capitalize()} for side, words in _SIDES.items()]
    spreads = [{"value": value, "label": label} for value, label in _SPREADS]
    side_term = hint("Side", "What the index counts. A residual dimension runs through every layer and every matrix.")
    reach = hint(
        "Where it is touched", "The same dimension lives in many matrices: touch it in all, in some, or in one."
    )
    pair = html.Div(
        [
            dmc.Select(id="touch-side", label=side_term, data=sides, value=form.side, allowDeselect=False),
            _number("touch-dimension", "Index", form.dimension),
        ],
        className="touch-pair",
    )
    spread = dmc.Select(id="touch-spread", label=reach, data=spreads, value=form.spread, allowDeselect=False, mt="xs")
    return [pair, spread]


def _layers(form: TouchForm, model: ModelDescription) -> html.Div:
    last = model.shape.n_layers - 1
    return html.Div(
        [
            dmc.NumberInput(id="touch-first", label="First layer", value=form.first, min=0, allowDecimal=False),
            dmc.NumberInput(
                id="touch-last", label=f"Last layer (to {last})", value=form.last, min=0, allowDecimal=False
            ),
        ],
        className="touch-pair",
    )


def _matrix(form: TouchForm, model: ModelDescription) -> dmc.Select:
    data = [{"value": view.name, "label": view.name} for view in model.matrices]
    return dmc.Select(
        id="touch-matrix",
        label=hint("Matrix", "Layer and kind: 3.attn.q is the query matrix of layer 3."),
        data=data,
        value=form.matrix,
        searchable=True,
        allowDeselect=False,
        limit=200,
    )


def _number(component_id: str, label: str, value: int | None) -> dmc.NumberInput:
    return dmc.NumberInput(
        id=component_id, label=label, value=value, min=0, allowDecimal=False, allowNegative=False, hideControls=False
    )
