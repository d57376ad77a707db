"""What can be known to be wrong before a worker is asked: every message names what is accepted."""

from __future__ import annotations

from pathlib import Path

from backend.contracts.models import MatrixView, ModelDescription
from backend.contracts.problems import KnownError
from backend.contracts.requests import (
    DimensionTarget,
    Edit,
    OpenModelRequest,
    PerturbationRequest,
    Request,
    ScalarTarget,
)
from backend.contracts.vocabulary import MatrixKind

_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")


def check_source(request: OpenModelRequest, roots: tuple[Path, ...]) -> None:
    """A local path must lie below an allowed root, and hold safetensors where this host can see it."""
    path = Path(request.source)
    if not path.is_absolute():
        return
    try:
        resolved, exists = path.resolve(), path.exists()
    except (OSError, ValueError):  # no possible path: a NUL, a name too long
        raise _not_found(path) from None
    root = next((root for root in roots if resolved.is_relative_to(root.resolve())), None)
    if root is None:
        raise KnownError(
            "outside_model_roots",
            f"{path} is outside the folders that models may be read from; these are: "
            f"{', '.join(map(str, roots)) or 'none'}",
            hint="Move the model there, or add its folder to LINGUA_ATLAS_MODEL_ROOTS and start again.",
            status=403,
            field="source",
        )
    if root.is_dir() and not exists:
        raise _not_found(path)
    if path.is_dir() and not any(path.glob("*.safetensors")) and any(any(path.glob(name)) for name in _PICKLES):
        raise KnownError(
            "pickle_only",
            f"{path} has its weights only as pickles; only safetensors are read",
            hint="Convert them with transformers' save_pretrained(safe_serialization=True).",
            field="source",
        )


def _not_found(path: Path) -> KnownError:
    return KnownError(
        "model_not_found",
        f"there is no folder or file {path}",
        hint="Check the path; below the allowed folders any model folder or .gguf file will do.",
        status=404,
        field="source",
    )


def check_against(request: Request, model: ModelDescription) -> None:
    """Matrices, layers and indices of a request against the model it is about."""
    if isinstance(request, PerturbationRequest):
        for place, edit in enumerate(request.edits):
            _check_edit(edit, model, f"edits.{place}.where")


def _check_edit(edit: Edit, model: ModelDescription, field: str) -> None:
    if isinstance(edit.where, ScalarTarget):
        _check_scalar(edit.where, model, field)
    else:
        _check_dimension(edit.where, model, field)


def _check_scalar(where: ScalarTarget, model: ModelDescription, field: str) -> None:
    view = next((view for view in model.matrices if view.name == where.matrix), None)
    if view is None:
        raise KnownError(
            "unknown_matrix",
            f"model {model.name} has no matrix {where.matrix!r}; a matrix is LAYER.KIND with layers 0 to "
            f"{model.shape.n_layers - 1} and kinds {_kinds(model, within_layers=True)}, or one of "
            f"{_kinds(model, within_layers=False)}",
            hint="Choose one of these names, for example " + model.matrices[0].name + ".",
            field=f"{field}.matrix",
        )
    inside = len(where.index) == len(view.shape) and all(
        index < size for index, size in zip(where.index, view.shape, strict=True)
    )
    if not inside:
        raise KnownError(
            "index_out_of_range",
            f"{view.name} has shape {_sizes(view)}, so index {_listed(where.index)} is not in it; "
            f"valid is {' by '.join(f'0 to {size - 1}' for size in view.shape)}",
            hint="Give one index per axis, out first, then in; all count from 0.",
            field=f"{field}.index",
        )


def _check_dimension(where: DimensionTarget, model: ModelDescription, field: str) -> None:
    last = model.shape.n_layers - 1
    if where.layers is not None and where.layers.last > last:
        raise KnownError(
            "layer_out_of_range",
            f"layers {where.layers.first} to {where.layers.last} are not all in model {model.name}; "
            f"it has layers 0 to {last}",
            hint=f"Choose first and last from 0 to {last}.",
            field=f"{field}.layers",
        )
    carriers = [view for view in model.matrices if where.side in view.sides and _chosen(view, where)]
    if not carriers:
        having = sorted({view.kind.value for view in model.matrices if where.side in view.sides})
        raise KnownError(
            "nothing_to_edit",
            f"no matrix of the kinds and layers given has a {where.side.value} side; kinds that have one: "
            f"{', '.join(having)}",
            hint="Choose one of these kinds, or name none to take all.",
            field=f"{field}.kinds",
        )
    n_valid = max(
        size for view in carriers for size, side in zip(view.shape, view.sides, strict=True) if side == where.side
    )
    if where.index >= n_valid:
        raise KnownError(
            "index_out_of_range",
            f"{where.side.value} dimension {where.index} is not in model {model.name}; valid is 0 to {n_valid - 1}",
            hint="Dimensions count from 0.",
            field=f"{field}.index",
        )


def _chosen(view: MatrixView, where: DimensionTarget) -> bool:
    if where.kinds and view.kind not in where.kinds:
        return False
    return where.layers is None or (view.layer is not None and where.layers.first <= view.layer <= where.layers.last)


def _kinds(model: ModelDescription, *, within_layers: bool) -> str:
    kinds: set[MatrixKind] = {view.kind for view in model.matrices if (view.layer is not None) is within_layers}
    return ", ".join(sorted(kind.value for kind in kinds)) or "none"


def _sizes(view: MatrixView) -> str:
    return " x ".join(map(str, view.shape))


def _listed(index: tuple[int, ...]) -> str:
    return "(" + ", ".join(map(str, index)) + ")"
