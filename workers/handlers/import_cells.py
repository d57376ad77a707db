"""Coordinates and neurons of an uploaded file as cells of canonical matrices. Every error names the entry."""

from __future__ import annotations

import difflib
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from backend.artifacts.import_forms import Coordinate, Neurons
from backend.contracts.problems import KnownError
from workers.analysis.masks import PackedBits, add_cells, n_bytes
from workers.families.base import View

Cells = Mapping[str, NDArray[np.int64]]
"""Row-major cells by matrix name."""
NEURON_KINDS = ("mlp.gate", "mlp.up", "mlp.down")


def bits_of_cells(view: View, cells: Cells) -> PackedBits:
    """Packed bits of one matrix; a cell may be given twice."""
    bits = np.zeros(n_bytes(math.prod(view.shape)), np.uint8)
    if view.name in cells:
        add_cells(bits, cells[view.name])
    return bits


def coordinate_cells(coordinates: Sequence[Coordinate], views: Sequence[View]) -> Cells:
    """The cell of each coordinate; an index is canonical (out, in) by matrix name, as stored by parameter name."""
    by_place: dict[tuple[str, int | None, str], list[Coordinate]] = defaultdict(list)
    for one in coordinates:
        by_place[one.name, one.layer, one.kind].append(one)
    found: dict[str, list[int]] = defaultdict(list)
    for same in by_place.values():
        matrix = next((view for view in views if view.name == _matrix_name(same[0])), None)
        holders = [] if matrix else _of_parameter(same[0], views)
        for one in same:
            name, cell = _in_matrix(one, matrix) if matrix else _in_parameter(one, holders)
            found[name].append(cell)
    return {name: np.array(cells, np.int64) for name, cells in found.items()}


def neuron_cells(neurons: Neurons, views: Sequence[View]) -> Cells:
    """Of each neuron the rows of gate and up and the column of down."""
    found: dict[str, NDArray[np.int64]] = {}
    for layer, indices in neurons.items():
        matrices = [view for view in views if view.layer == layer and view.kind in NEURON_KINDS]
        if not matrices:
            n_layers = 1 + max(view.layer for view in views if view.layer is not None)
            raise _outside(f"layer {layer}", f"the model has layers 0 to {n_layers - 1}")
        for view in matrices:
            axis = view.sides.index("neuron")
            _require_inside(f"layer {layer}, neuron {max(indices, default=0)}", max(indices, default=0), view, axis)
            cells = np.arange(math.prod(view.shape)).reshape(view.shape)
            found[view.name] = np.take(cells, np.unique(np.array(indices, np.int64)), axis=axis).ravel()
    return found


def _matrix_name(one: Coordinate) -> str:
    return one.name or f"{one.layer}.{one.kind}"


def _in_matrix(one: Coordinate, view: View) -> tuple[str, int]:
    """Matrix name and row-major cell of a canonical index."""
    _require_within(one, view.shape, view.name)
    return view.name, int(np.ravel_multi_index(one.at, view.shape))


def _in_parameter(one: Coordinate, holders: Sequence[View]) -> tuple[str, int]:
    """Matrix name and row-major cell of an index as stored; the views of a parameter may be several."""
    index = _folded(one, holders[0])
    for view in holders:
        part = index if view.fold is None else index[: view.axis] + index[view.axis + 1 :]
        if view.fold is None or index[view.axis] == view.pick:
            return view.name, _canonical(part, view)
    raise AssertionError("the views of a parameter hold every element of it")


def _of_parameter(one: Coordinate, views: Sequence[View]) -> list[View]:
    """The views of the parameter that is named, whole or by layer and the end of its name."""
    if one.name:
        exact = [view for view in views if one.name in (view.tensor, view.tensor.removesuffix(".weight"))]
        found = exact or [view for view in views if view.tensor.endswith(f".{one.name}")]
        asked = one.name
    else:
        ends = (f".{one.kind}", f".{one.kind}.weight")
        found = [view for view in views if view.layer == one.layer and view.tensor.endswith(ends)]
        asked = f"{one.kind} of layer {one.layer}"
    if len({view.tensor for view in found}) != 1:
        known = [name for view in views for name in (view.name, view.tensor)]
        near = difflib.get_close_matches(_matrix_name(one), known, n=3, cutoff=0.4) or known[:2]
        raise KnownError(
            "unknown_matrix",
            f"{one.entry}: this model has no matrix or parameter {asked!r}; near it: {', '.join(near)}",
            hint="Name matrices as the atlas does (2.mlp.down) or as the model does; layers count from 0.",
            field="file",
        )
    return found


def _folded(one: Coordinate, view: View) -> tuple[int, ...]:
    """The index of a stored parameter within the shape that its views select from."""
    _require_within(one, view.stored_shape, view.tensor)
    if view.fold is None:
        return one.at
    return tuple(int(place) for place in np.unravel_index(np.ravel_multi_index(one.at, view.stored_shape), view.fold))


def _canonical(part: tuple[int, ...], view: View) -> int:
    """Row-major cell of the canonical matrix, as `View.writable` is read."""
    shape = view.shape[::-1] if view.transposed else view.shape
    if view.fold is not None:
        shape = view.fold[: view.axis] + view.fold[view.axis + 1 :]
    if view.transposed:
        part, shape = part[::-1], shape[::-1]
    return int(np.ravel_multi_index(part, shape))


def _require_within(one: Coordinate, shape: tuple[int, ...], name: str) -> None:
    inside = len(one.at) == len(shape) and all(0 <= i < size for i, size in zip(one.at, shape, strict=True))
    if not inside:
        raise _outside(
            f"{one.entry}: index {list(one.at)} of {name}",
            f"its shape is {' x '.join(map(str, shape))}, so valid is "
            + " by ".join(f"0 to {size - 1}" for size in shape),
        )


def _require_inside(what: str, index: int, view: View, axis: int) -> None:
    if index >= view.shape[axis]:
        raise _outside(what, f"{view.name} has neurons 0 to {view.shape[axis] - 1}")


def _outside(what: str, valid: str) -> KnownError:
    return KnownError(
        "index_out_of_range",
        f"{what} is not in this model: {valid}",
        hint="Check that the file belongs to this model, and that layers and indices count from 0.",
        field="file",
    )
