"""What can be known to be wrong before a worker is asked: every message names what is accepted."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from backend.artifacts.imports import Imports
from backend.artifacts.tasks import Tasks
from backend.contracts.models import ModelDescription
from backend.contracts.problems import KnownError
from backend.contracts.requests import (
    ApplyEdits,
    Change,
    ChoiceRequest,
    DevelopmentRequest,
    DimensionSweep,
    GenerationGridRequest,
    ImportRegionRequest,
    OpenModelRequest,
    PerplexityRequest,
    PerturbationRequest,
    RemoveDimensions,
    Request,
    ScalarSweep,
    SimilarityRequest,
    StructuredRemovalRequest,
    SweepRequest,
)
from backend.contracts.specs import DEMO_SOURCE, HUB_ID, LayerRange
from backend.jobs.dimension_checks import check_dimensions, check_removed, check_scalars, check_structured
from backend.jobs.edit_checks import check_edits

_FILES = (".gguf", ".safetensors", "/")
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")


def check_source(request: OpenModelRequest, roots: tuple[Path, ...]) -> None:
    """A local path must lie below an allowed root, and hold safetensors where this host can see it."""
    path = Path(request.source)
    if not path.is_absolute():
        _check_name(request.source)
        _check_revision(request.revision)
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


def _check_revision(revision: str | None) -> None:
    if revision is None or (revision and not any(letter.isspace() for letter in revision)):
        return
    raise KnownError(
        "bad_revision",
        f"{revision!r} is no branch, tag or commit: these are one name without spaces",
        hint="Copy it from the list of revisions on the model's page, or leave it out.",
        field="revision",
    )


def _check_name(source: str) -> None:
    """What is no path must be the demo or an id of the Hub; a relative path means nothing to a worker elsewhere."""
    looks_like_a_path = source.startswith((".", "~")) or source.count("/") > 1 or source.lower().endswith(_FILES)
    if source == DEMO_SOURCE or (HUB_ID.match(source) and not looks_like_a_path):
        return
    what = "a relative path, which means something else in every process" if looks_like_a_path else "no model source"
    raise KnownError(
        "bad_source",
        f"{source!r} is {what}; accepted are a Hugging Face id (org/name), an absolute folder, an absolute .gguf "
        f"file, and {DEMO_SOURCE}",
        hint="Give the absolute path (`realpath FOLDER` tells it)." if looks_like_a_path else "Give one of these.",
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
    """Matrices, layers, indices and counts of a request against the model it is about."""
    match request:
        case PerturbationRequest():
            check_edits(request.edits, model, "edits")
        case PerplexityRequest(change=change) | ChoiceRequest(change=change) if change:
            _check_change(change, model, "change")
        case GenerationGridRequest():
            for place, column in enumerate(request.columns):
                _check_change(column.change, model, f"columns.{place}.change")
        case StructuredRemovalRequest():
            check_structured(request, model)
        case SweepRequest(targets=ScalarSweep() as targets):
            check_scalars(targets, model)
        case SweepRequest(targets=DimensionSweep() as targets):
            check_dimensions(targets, request.action, model)
        case SimilarityRequest(layers=LayerRange() as layers):
            _check_layers(layers, model)


def check_tasks(request: Request, tasks: Tasks) -> None:
    """Every task of a request is here, has the form that is named, and as many items as are asked for."""
    match request:
        case ChoiceRequest():
            tasks.items_of(request.task, request.n_items)
        case DevelopmentRequest():
            for task in request.tasks:
                tasks.items_of(task, request.n_items)


def check_imports(requests: Iterable[Request], imports: Imports) -> None:
    """Every file that a job is to read was uploaded."""
    for request in requests:
        if isinstance(request, ImportRegionRequest):
            imports.file(request.file)


def _check_layers(layers: LayerRange, model: ModelDescription) -> None:
    if layers.last >= model.shape.n_layers:
        raise KnownError(
            "layer_out_of_range",
            f"layers {layers.first} to {layers.last} are not all in {model.name}",
            hint=f"It has layers 0 to {model.shape.n_layers - 1}.",
            field="layers",
        )


def _check_change(change: Change, model: ModelDescription, field: str) -> None:
    match change:
        case ApplyEdits():
            check_edits(change.edits, model, f"{field}.edits")
        case RemoveDimensions():
            check_removed(change, model, field)
