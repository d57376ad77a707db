"""The folder of one training job: its curve while it grows, its checkpoints, the state it goes on from.

    {key}/curve.jsonl        one line per step, evaluation and checkpoint; appended while the job runs
    {key}/{model name}/      a checkpoint: a whole model folder
    {key}/state-{samples}/   what a killed job goes on from; only the newest, none when the job is done

Knows the disk, nothing of tensors.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple, TypeVar

from pydantic import ValidationError

from backend.artifacts.disk import on_disk
from backend.artifacts.regular_files import regular_bytes
from backend.artifacts.results import fsync
from backend.contracts.base import Contract
from backend.contracts.problems import KnownError
from backend.contracts.training import Checkpoint, TrainingCurve, TrainingEvaluation, TrainingStep

SHOWN_STEPS = 2_000
MAX_CURVE_BYTES = 2_000_000_000
_STEP = b'{"steps"'
_STATE = re.compile(r"^state-(\d+)$")
_Item = TypeVar("_Item")
Told = TrainingStep | TrainingEvaluation | Checkpoint


class _Line(Contract):
    """One line of the curve file; exactly one of the three."""

    steps: TrainingStep | None = None
    evaluations: TrainingEvaluation | None = None
    checkpoints: Checkpoint | None = None


class TrainingFolder(NamedTuple):
    """One job's folder, which need not be there."""

    path: Path

    @property
    def curve_file(self) -> Path:
        """Appended line by line."""
        return self.path / "curve.jsonl"

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Only one process writes here; ended with the process, however it ends."""
        self.path.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError:
            raise KnownError(
                "already_training",
                f"another worker still writes to {self.path}",
                hint="It lost its connection but not its run; stop it, or retry when it has ended.",
                status=409,
            ) from None
        finally:
            os.close(descriptor)

    def append(self, told: Told) -> None:
        """Add one line; whoever reads meanwhile sees it whole or not at all."""
        match told:
            case TrainingStep():
                line = _Line(steps=told)
            case TrainingEvaluation():
                line = _Line(evaluations=told)
            case Checkpoint():
                line = _Line(checkpoints=told)
        with self._disk(), self.curve_file.open("ab") as file:
            file.write(line.model_dump_json(exclude_defaults=True).encode() + b"\n")

    def curve(self, max_steps: int | None = None) -> TrainingCurve:
        """What was told so far; of more steps than `max_steps`, as many evenly spread ones, the last among them."""
        raw = self._lines()
        steps = thinned([line for line in raw if line.startswith(_STEP)], max_steps)
        lines = [_parsed(line) for line in (*steps, *(line for line in raw if not line.startswith(_STEP)))]
        return TrainingCurve(
            steps=tuple(line.steps for line in lines if line.steps),
            evaluations=tuple(line.evaluations for line in lines if line.evaluations),
            checkpoints=tuple(line.checkpoints for line in lines if line.checkpoints),
        )

    def _lines(self) -> list[bytes]:
        """Whole lines so far; a last one that is torn is none."""
        try:
            return regular_bytes(self.curve_file, most=MAX_CURVE_BYTES).split(b"\n")[:-1]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise KnownError(
                "unreadable_curve",
                f"the curve {self.curve_file} cannot be read: {error.strerror or error}",
                hint="Mend or remove that file; results and checkpoints of the training stay.",
                status=409,
            ) from None

    def cut(self, n_samples: int | None) -> None:
        """Drop what was told after so many samples (None: everything): a resumed job tells it again."""
        kept = self.curve() if n_samples is not None else TrainingCurve()
        self.path.mkdir(parents=True, exist_ok=True)
        whole: tuple[Told, ...] = (*kept.steps, *kept.evaluations, *kept.checkpoints)
        with self._disk(), tempfile.TemporaryDirectory(prefix=".writing-", dir=self.path) as folder:
            other = TrainingFolder(Path(folder))
            other.curve_file.touch()
            for told in sorted(whole, key=lambda told: told.n_samples):
                if told.n_samples <= (n_samples or 0):
                    other.append(told)
            os.replace(other.curve_file, self.curve_file)

    def states(self) -> list[Path]:
        """Whole states, newest first."""
        found = [path for path in self.path.glob("state-*") if _STATE.match(path.name)]
        return sorted(found, key=lambda path: int(path.name.removeprefix("state-")), reverse=True)

    @contextmanager
    def writing(self) -> Iterator[Path]:
        """A folder to write a checkpoint or a state into; leaving the block drops it, but for `place`."""
        self.path.mkdir(parents=True, exist_ok=True)
        with self._disk():
            folder = Path(tempfile.mkdtemp(prefix=".writing-", dir=self.path))
            folder.chmod(0o755)
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def flush(self, folder: Path) -> None:
        """Have every file of a folder, and the curve so far, on the disk."""
        for file in (*folder.iterdir(), folder, self.curve_file):
            fsync(file)

    def place(self, folder: Path, name: str) -> Path:
        """Rename a flushed folder to what it is called; one that is there already gives way at once."""
        final = self.path / name
        if final.exists():
            grave = Path(tempfile.mkdtemp(prefix=".deleted-", dir=self.path))
            os.rename(final, grave / name)
            os.rename(folder, final)
            shutil.rmtree(grave, ignore_errors=True)
        else:
            os.rename(folder, final)
        fsync(self.path)
        return final

    def sweep(self) -> None:
        """Remove what a killed worker left half-written."""
        for folder in (*self.path.glob(".writing-*"), *self.path.glob(".deleted-*")):
            shutil.rmtree(folder, ignore_errors=True)

    def remove(self) -> None:
        """Remove checkpoints, state and curve; they vanish at once, the bytes a moment later."""
        if self.path.is_dir():
            grave = Path(tempfile.mkdtemp(prefix=".deleted-", dir=self.path.parent))
            os.replace(self.path, grave / self.path.name)
            shutil.rmtree(grave, ignore_errors=True)

    def _disk(self) -> AbstractContextManager[None]:
        return on_disk(self.path)


def thinned(items: Sequence[_Item], limit: int | None) -> list[_Item]:
    """At most `limit` items (2 or more), evenly spread, the first and the last among them."""
    if limit is None or len(items) <= limit:
        return list(items)
    return [items[round(place * (len(items) - 1) / (limit - 1))] for place in range(limit)]


def _parsed(line: bytes) -> _Line:
    """A line that cannot be read (a disk that lied) tells nothing."""
    try:
        return _Line.model_validate_json(line)
    except ValidationError:
        return _Line()
