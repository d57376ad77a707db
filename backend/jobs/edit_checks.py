"""Edits against the model they would change: matrices, kinds, layers, indices, initial values."""

from __future__ import annotations

from collections.abc import Sequence

from backend.contracts.models import MatrixView, ModelDescription
from backend.contracts.problems import KnownError
from backend.contracts.requests import DimensionTarget, Edit, LayerRange, ScalarTarget
from backend.contracts.vocabulary import EditAction, MatrixKind, Side


def check_edits(edits: Sequence[Edit], model: ModelDescription, field: str) -> None:
    """Every edit of a list that lies at `field` of a request."""
    for place, edit in enumerate(edits):
        where = f"{field}.{place}.where"
        if isinstance(edit.where, ScalarTarget):
            touched = [_check_scalar(edit.where, model, where)]
        else:
            touched = _check_dimension(edit.where, model, where)
        if edit.action is EditAction.RESET:
            check_reset(touched, f"{field}.{place}.action")


def named_matrix(name: str, model: ModelDescription, field: str) -> MatrixView:
    """The matrix of that name, or the problem that tells the names there are."""
    view = next((view for view in model.matrices if view.name == name), None)
    if view is None:
        raise KnownError(
            "unknown_matrix",
            f"model {model.name} has no matrix {name!r}; a matrix is LAYER.KIND with layers 0 to "
            f"{model.shape.n_layers - 1} and kinds {_kinds(model, within_layers=True)}, or one of "
            f"{_kinds(model, within_layers=False)}",
            hint="Choose one of these names, for example " + model.matrices[0].name + ".",
            field=field,
        )
    return view


def carriers(
    side: Side,
    model: ModelDescription,
    field: str,
    *,
    kinds: Sequence[MatrixKind] = (),
    layers: LayerRange | None = None,
) -> list[MatrixView]:
    """Matrices of these kinds and layers that have the side; every kind named must be among them."""
    _check_layers(layers, model, f"{field}.layers")
    found = [view for view in model.matrices if side in view.sides and _chosen(view, kinds, layers)]
    without = [kind.value for kind in kinds if kind not in {view.kind for view in found}]
    if without or not found:
        having = sorted({view.kind.value for view in model.matrices if side in view.sides})
        raise KnownError(
            "nothing_to_edit",
            f"{', '.join(without) or 'no matrix of the layers given'} has no {side.value} side in the layers given; "
            f"kinds that have one: {', '.join(having) or 'none'}",
            hint="Choose one of these kinds, or name none to take all.",
            field=f"{field}.kinds",
        )
    return found


def n_dimensions(found: Sequence[MatrixView], side: Side, *, named: bool) -> int:
    """How many indices the side has: of named kinds the shortest side counts, else the longest."""
    sizes = [size for view in found for size, of in zip(view.shape, view.sides, strict=True) if of is side]
    return (min if named else max)(sizes)


def check_reset(touched: Sequence[MatrixView], field: str) -> None:
    """Only norms and biases start at a known value."""
    kinds = sorted({view.kind.value for view in touched if len(view.shape) > 1})
    if kinds:
        raise KnownError(
            "no_initial_value",
            f"reset: the initial values of {', '.join(kinds)} are unknown, they were drawn at random before training",
            hint="Name norm or bias kinds for reset, or take random, zero, scale or set.",
            field=field,
        )


def index_out_of_range(side: Side, index: int, n_valid: int, model: ModelDescription, field: str) -> KnownError:
    """The problem of a dimension that the side does not have."""
    return KnownError(
        "index_out_of_range",
        f"{side.value} dimension {index} is not in model {model.name}; valid is 0 to {n_valid - 1}",
        hint="Dimensions count from 0.",
        field=field,
    )


def check_cell(view: MatrixView, index: Sequence[int], field: str) -> None:
    """One index per axis, each inside."""
    inside = len(index) == len(view.shape) and all(at < size for at, size in zip(index, view.shape, strict=True))
    if not inside:
        raise KnownError(
            "index_out_of_range",
            f"{view.name} has shape {' x '.join(map(str, view.shape))}, so index ({', '.join(map(str, index))}) is "
            f"not in it; valid is {' by '.join(f'0 to {size - 1}' for size in view.shape)}",
            hint="Give one index per axis, out first, then in; all count from 0.",
            field=field,
        )


def _check_scalar(where: ScalarTarget, model: ModelDescription, field: str) -> MatrixView:
    view = named_matrix(where.matrix, model, f"{field}.matrix")
    check_cell(view, where.index, f"{field}.index")
    return view


def _check_dimension(where: DimensionTarget, model: ModelDescription, field: str) -> list[MatrixView]:
    found = carriers(where.side, model, field, kinds=where.kinds, layers=where.layers)
    n_valid = n_dimensions(found, where.side, named=bool(where.kinds))
    if where.index >= n_valid:
        raise index_out_of_range(where.side, where.index, n_valid, model, f"{field}.index")
    return found


def _check_layers(layers: LayerRange | None, model: ModelDescription, field: str) -> None:
    last = model.shape.n_layers - 1
    if layers is not None and layers.last > last:
        raise KnownError(
            "layer_out_of_range",
            f"layers {layers.first} to {layers.last} are not all in model {model.name}; it has layers 0 to {last}",
            hint=f"Choose first and last from 0 to {last}.",
            field=field,
        )


def _chosen(view: MatrixView, kinds: Sequence[MatrixKind], layers: LayerRange | None) -> bool:
    """Of the kinds named, within the layers named; without kinds every one within the transformer layers."""
    if view.kind not in kinds if kinds else view.layer is None:
        return False
    return layers is None or (view.layer is not None and layers.first <= view.layer <= layers.last)


def _kinds(model: ModelDescription, *, within_layers: bool) -> str:
    kinds: set[MatrixKind] = {view.kind for view in model.matrices if (view.layer is not None) is within_layers}
    return ", ".join(sorted(kind.value for kind in kinds)) or "none"
