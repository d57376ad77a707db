"""What a perturbation is asked to change, and which cells of which matrices that means.

Knows views; touches no weights. A scalar is one cell; a dimension is one index of one side, in every
matrix kind and layer named (docs/protocol.md, "Dimension perturbation", "Single-parameter perturbation").
Targets are dataclasses: a NamedTuple cannot have a field `index`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from workers.analysis.errors import AnalysisError
from workers.families.base import View, in_layers

ACTIONS = ("zero", "scale", "set", "reset", "random")


@dataclass(frozen=True)
class ScalarTarget:
    """One parameter."""

    matrix: str
    """A view's name: `1.norm.input`."""
    index: tuple[int, ...]
    """(out, in), or (i,) of a norm or a bias."""


@dataclass(frozen=True)
class DimensionTarget:
    """One index of one side, in the kinds and layers named."""

    side: str
    """residual, head or neuron."""
    index: int
    """Along each matrix's own side: k and v have their own, fewer head channels under grouped attention."""
    kinds: tuple[str, ...] = ()
    """None named: every kind within the layers that carries the side and has this index."""
    layers: tuple[int, int] | None = None
    """First and last, both included; None is all."""


class EditSpec(NamedTuple):
    """One edit: the twin of the request's."""

    where: ScalarTarget | DimensionTarget
    action: str
    """zero, scale (times `factor`), set (to `value`), reset (initial value), random (`seed`)."""
    factor: float | None = None
    value: float | None = None
    seed: int = 0


@dataclass(frozen=True)
class Change:
    """What one edit does to one matrix."""

    view: View
    index: tuple[int | slice, ...]
    """Into the canonical matrix; `slice(None)` along the free axis."""
    action: str
    factor: float | None
    value: float | None
    seed: int

    @property
    def n_parameters(self) -> int:
        """Cells that `index` selects."""
        n_cells = 1
        for size, position in zip(self.view.shape, self.index, strict=True):
            n_cells *= size if isinstance(position, slice) else 1
        return n_cells


def resolve(views: Sequence[View], edit: EditSpec) -> tuple[Change, ...]:
    """The changes an edit means, in the order of `views`; never empty.

    Raises `AnalysisError` naming what is accepted: `unknown_action`, `unknown_matrix`, `unknown_kind`,
    `index_shape`, `index_out_of_range`, `layer_out_of_range`, `no_initial_value`.
    """
    _require_operands(edit)
    places = _cell(views, edit.where) if isinstance(edit.where, ScalarTarget) else _lines(views, edit.where)
    if edit.action == "reset":
        _require_initial_values([view for view, _ in places])
    return tuple(Change(view, index, edit.action, edit.factor, edit.value, edit.seed) for view, index in places)


def n_dimensions(views: Sequence[View], where: DimensionTarget) -> int:
    """How many indices the side of a target has: those from 0 on that may be put for its own `index`.

    Of named kinds the shortest side counts, else the longest. Raises what `resolve` raises for kinds and layers.
    """
    found = [view for view, _ in _lines(views, replace(where, index=0))]
    return (min if where.kinds else max)(_size(view, where.side) for view in found)


Place = tuple[View, tuple[int | slice, ...]]


def _cell(views: Sequence[View], where: ScalarTarget) -> list[Place]:
    view = next((view for view in views if view.name == where.matrix), None)
    if view is None:
        raise AnalysisError(
            "unknown_matrix",
            f"the model has no matrix {where.matrix!r}",
            hint=f"Within layers {_layer_range(views)} a name is LAYER.KIND; kinds: {', '.join(_kinds(views))}.",
        )
    if len(where.index) != len(view.shape):
        raise AnalysisError(
            "index_shape",
            f"{view.name} has the shape {view.shape}, the index {where.index} has {len(where.index)} numbers",
            hint="Give (out, in) for a matrix and one number for a norm or a bias.",
        )
    for axis, index in enumerate(where.index):
        _require_index(view, axis, index)
    return [(view, tuple(where.index))]


def _lines(views: Sequence[View], where: DimensionTarget) -> list[Place]:
    carriers = _in_range([view for view in views if where.side in view.sides], views, where)
    if where.kinds:
        found = _of_kinds(carriers, where)
        for view in found:
            _require_index(view, view.sides.index(where.side), where.index)
    else:
        within = [view for view in carriers if in_layers(view)]
        found = [view for view in within if 0 <= where.index < _size(view, where.side)]
        if not found:
            _refuse_index(within, where)
    return [(view, _line(view, where)) for view in found]


def _line(view: View, where: DimensionTarget) -> tuple[int | slice, ...]:
    axis = view.sides.index(where.side)
    return tuple(where.index if other == axis else slice(None) for other in range(len(view.shape)))


def _in_range(carriers: Sequence[View], views: Sequence[View], where: DimensionTarget) -> list[View]:
    """Those in the layers asked for; what lies in no layer only when no layers are."""
    if where.layers is None:
        return list(carriers)
    first, last = where.layers
    if not 0 <= first <= last < _n_layers(views):
        raise AnalysisError(
            "layer_out_of_range",
            f"layers {first} to {last} are not all in the model, which has layers {_layer_range(views)}",
            hint="Layers count from 0; both ends are included.",
        )
    return [view for view in carriers if view.layer is not None and first <= view.layer <= last]


def _of_kinds(carriers: Sequence[View], where: DimensionTarget) -> list[View]:
    available = _kinds(carriers)
    missing = [kind for kind in where.kinds if kind not in available]
    if missing:
        place = "" if where.layers is None else f" in layers {where.layers[0]} to {where.layers[1]}"
        raise AnalysisError(
            "unknown_kind",
            f"no {where.side} side{place} in: {', '.join(missing)}",
            hint=f"Kinds with a {where.side} side{place}: {', '.join(available) or 'none'}.",
        )
    return [view for view in carriers if view.kind in where.kinds]


def _refuse_index(carriers: Sequence[View], where: DimensionTarget) -> None:
    if not carriers:
        raise AnalysisError(
            "unknown_kind", f"no matrix has a {where.side!r} side", hint="Accepted: residual, head, neuron."
        )
    largest = max(carriers, key=lambda view: _size(view, where.side))
    _require_index(largest, largest.sides.index(where.side), where.index)


def _require_index(view: View, axis: int, index: int) -> None:
    size = view.shape[axis]
    if not 0 <= index < size:
        side = view.sides[axis] or "channel"
        raise AnalysisError(
            "index_out_of_range",
            f"{side} index {index} is outside {view.name}, whose {side} indices are 0 to {size - 1}",
            hint="Indices count from 0; an index of a matrix is (out, in).",
        )


def _require_operands(edit: EditSpec) -> None:
    if edit.action not in ACTIONS:
        raise AnalysisError("unknown_action", f"action {edit.action!r}", hint=f"Accepted: {', '.join(ACTIONS)}.")
    for name, action, operand in (("factor", "scale", edit.factor), ("value", "set", edit.value)):
        if edit.action == action and operand is None:
            raise AnalysisError("unknown_action", f"action {action!r} without a {name}", hint=f"Give a {name}.")


def _require_initial_values(views: Sequence[View]) -> None:
    """Only norms (1) and biases (0) start at a known value."""
    kinds = list(dict.fromkeys(view.kind for view in views if len(view.shape) > 1))
    if kinds:
        raise AnalysisError(
            "no_initial_value",
            f"reset: the initial values of {', '.join(kinds)} are unknown, they were drawn at random before training",
            hint="Name norm or bias kinds for reset, or take random, zero, scale or set.",
        )


def _size(view: View, side: str) -> int:
    return view.shape[view.sides.index(side)]


def _kinds(views: Sequence[View]) -> list[str]:
    return list(dict.fromkeys(view.kind for view in views))


def _n_layers(views: Sequence[View]) -> int:
    return 1 + max((view.layer for view in views if view.layer is not None), default=-1)


def _layer_range(views: Sequence[View]) -> str:
    return f"0 to {_n_layers(views) - 1}"
