"""A model in a local folder, below one of the allowed roots."""

from __future__ import annotations

from pathlib import Path

from backend.contracts.problems import KnownError
from workers.sources.checks import require_kind, require_whole
from workers.sources.found import Found
from workers.sources.weights import weight_files


def find_folder(path: Path, *, roots: tuple[Path, ...]) -> Found:
    """The folder, checked: allowed, there, with a config and safetensors. Touches no network."""
    allowed(path, roots=roots)
    if not path.is_dir():
        raise not_there(path, "folder")
    require_kind(str(path), [entry.name for entry in path.iterdir()])
    if not (path / "config.json").is_file():
        raise KnownError(
            "no_model_config",
            f"{path} has no config.json, so it is no transformers model folder",
            hint="Give the folder that save_pretrained wrote, or a .gguf file.",
            field="source",
        )
    require_whole(path)
    for name in ("config.json", *weight_files(path)):
        allowed(path / name, roots=roots)  # a link in the folder leads no further than the folder itself may
    return Found(path)


def allowed(path: Path, *, roots: tuple[Path, ...]) -> None:
    """Refuse a path that is not below a root, before saying whether it exists."""
    real = path.resolve()
    if not any(real.is_relative_to(root.resolve()) for root in roots):
        told = ", ".join(map(str, roots)) or "none"
        raise KnownError(
            "outside_model_roots",
            f"{path} is outside the folders that models may be read from; these are: {told}",
            hint="Move the model there, or add its folder to LINGUA_ATLAS_MODEL_ROOTS and start again.",
            status=403,
            field="source",
        )


def not_there(path: Path, what: str) -> KnownError:
    """Nothing lies at the path."""
    return KnownError(
        "model_not_found",
        f"there is no {what} {path} on the worker's machine",
        hint="Check the path; a worker on another host needs the folder at the same place.",
        status=404,
        field="source",
    )
