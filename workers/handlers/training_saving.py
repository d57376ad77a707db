"""Checkpoints of a training as model folders, and the state that a killed one goes on from; safetensors both."""

from __future__ import annotations

import json
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from transformers import PreTrainedModel

from backend.artifacts.disk import disk_full
from backend.artifacts.models import name_of
from backend.artifacts.training import TrainingFolder
from backend.contracts.problems import KnownError
from backend.contracts.requests import TrainingRequest
from backend.contracts.training import Checkpoint
from workers.analysis.training import Trainer
from workers.model_host import Loaded
from workers.progress import shield
from workers.sources.weights import SINGLE, TOKENIZER_FILES

_COPIED = ("config.json", "generation_config.json", *TOKENIZER_FILES)
_TENSORS, _POSITION = "state.safetensors", "position.json"
_STATE_BYTES = 12
"""Per parameter: float32 weight and two moments."""
_ROOM_BYTES = 10_000_000
"""For everything that is not weights."""


class Position(NamedTuple):
    """Where a training stands, beside its tensors."""

    n_steps: int = 0
    n_tokens: int = 0
    seconds: float = 0.0
    """Of training steps, all attempts together."""
    n_resumed: int = 0
    n_removed: int = 0
    held_checksum: str = ""
    """Of the bits of the held region, as they were before the first step."""


def require_room(place: TrainingFolder, request: TrainingRequest, loaded: Loaded) -> None:
    """Refuse before hours are spent: checkpoints and two states (the new one before the old one goes) must fit."""
    n_checkpoints = len({*request.save_at, request.n_samples})
    needed = n_checkpoints * loaded.n_bytes + 2 * _STATE_BYTES * loaded.description.n_parameters
    needed -= sum(file.stat().st_size for file in place.path.rglob("*.safetensors"))  # of a run that goes on
    free = shutil.disk_usage(_existing(place.path)).free
    if needed > free:
        raise KnownError(
            "no_room",
            f"{n_checkpoints} checkpoints and what a killed run goes on from take {_size(needed)}, "
            f"the disk of {place.path} has {_size(free)} free",
            hint="Save fewer checkpoints (save_at), free some space, or point LINGUA_ATLAS_DATA at another disk.",
            status=507,
        )


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 1e9:.1f} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:.1f} MB"


def checkpoint_name(request: TrainingRequest, n_samples: int) -> str:
    """Name of a checkpoint's folder: `gemma-3-270m-zh-removed-frozen-2000`. The atlas adds what makes it unique."""
    held = {"freeze": "frozen", "limit": "limited"}[request.hold.how] if request.hold else "free"
    told = f"-{request.language}-{'removed-' if request.remove else ''}{held}-{n_samples}"
    return request.model[: 90 - len(told)] + told


def save_checkpoint(place: TrainingFolder, request: TrainingRequest, loaded: Loaded, n_samples: int) -> Checkpoint:
    """The model as it is now, with its own tokenizer and configuration; a folder that is whole or not there."""
    name = checkpoint_name(request, n_samples)
    with place.writing() as folder:
        _require_bytes(place, loaded.n_bytes)
        save_file(_weights(loaded.model), folder / SINGLE, metadata={"format": "pt"})
        for file in _COPIED:
            if (Path(loaded.description.folder) / file).is_file():
                shutil.copyfile(Path(loaded.description.folder) / file, folder / file)
        size = sum(file.stat().st_size for file in folder.iterdir())
        final = place.path / name
        if not _same(folder, final):  # a resumed run saves the same again: what was opened meanwhile stays as it is
            place.flush(folder)
            with shield():
                place.place(folder, name)
    source = str(final.resolve())
    return Checkpoint(
        n_samples=n_samples,
        name=name_of(source, None),
        source=source,
        size_bytes=size,
        saved_at=datetime.now(UTC),
    )


def save_state(place: TrainingFolder, trainer: Trainer, position: Position) -> float:
    """Replace the state that a killed run goes on from; gives the seconds it took."""
    since = time.monotonic()
    state = trainer.state()
    with place.writing() as folder:
        _require_bytes(place, sum(tensor.nbytes for tensor in state.values()))
        save_file(state, folder / _TENSORS)
        (folder / _POSITION).write_text(json.dumps(position._asdict()))
        place.flush(folder)
        with shield():
            new = place.place(folder, f"state-{trainer.n_samples_seen}")
    drop_states(place, but=new)
    return time.monotonic() - since


def restore_state(place: TrainingFolder, trainer: Trainer) -> Position | None:
    """Bring the trainer to where the newest state was taken; None where there is none that can be read."""
    for folder in place.states():
        try:
            position = Position(**json.loads((folder / _POSITION).read_text()))
            trainer.restore(load_file(folder / _TENSORS), n_steps_done=position.n_steps)
        except (OSError, ValueError, TypeError, SafetensorError):
            continue
        return position._replace(n_resumed=position.n_resumed + 1)
    return None


def drop_states(place: TrainingFolder, *, but: Path | None = None) -> None:
    """Remove states that are not needed any more."""
    for folder in place.states():
        if folder != but:
            shutil.rmtree(folder, ignore_errors=True)


def _weights(model: PreTrainedModel) -> dict[str, torch.Tensor]:
    """Parameters and lasting buffers, each once: a tied head is the embedding."""
    once = {name for name, _ in (*model.named_parameters(), *model.named_buffers())}
    return {name: tensor.contiguous() for name, tensor in model.state_dict().items() if name in once}


def _require_bytes(place: TrainingFolder, n_bytes: int) -> None:
    if shutil.disk_usage(place.path).free < n_bytes + _ROOM_BYTES:
        raise disk_full(place.path)


def _same(folder: Path, other: Path) -> bool:
    """Whether both folders hold the same files, bit by bit."""
    names = sorted(file.name for file in folder.iterdir())
    if not other.is_dir() or sorted(file.name for file in other.iterdir()) != names:
        return False
    return all(_equal(folder / name, other / name) for name in names)


def _equal(one: Path, other: Path) -> bool:
    if one.stat().st_size != other.stat().st_size:
        return False
    with one.open("rb") as left, other.open("rb") as right:
        while chunk := left.read(1 << 22):
            if chunk != right.read(1 << 22):
                return False
    return True


def _existing(path: Path) -> Path:
    while not path.exists():
        path = path.parent
    return path
