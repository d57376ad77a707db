"""What a training job has told so far, and the removal of its checkpoints. Starts nothing."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from backend.artifacts.layout import Layout
from backend.artifacts.results import ResultStore
from backend.artifacts.training import SHOWN_STEPS, TrainingFolder, thinned
from backend.contracts.jobs import JobStatus
from backend.contracts.problems import KnownError
from backend.contracts.requests import TrainingRequest
from backend.contracts.training import TrainingCurve
from backend.jobs.service import JobService

CURVE_FILE = "curve.json"
"""Of a stored result: the whole curve, which stays when the training folder is removed."""


class Trainings(NamedTuple):
    """Reads the training folders, the results, and how jobs stand."""

    layout: Layout
    store: ResultStore
    jobs: JobService

    def curve(self, key: str) -> TrainingCurve:
        """Steps, evaluations and checkpoints so far; empty for a job that waits. A 404 problem for any other key.

        Checkpoints that were removed are left out.
        """
        self.store.path(key)  # its 404, when this is no key at all
        folder = self._folder(key)
        if folder.curve_file.exists():
            told = folder.curve(SHOWN_STEPS)
        elif (self.store.path(key) / CURVE_FILE).exists():
            told = self._stored(key)
        elif self._waits(key):
            told = TrainingCurve()
        else:
            raise _unknown(key)
        there = tuple(one for one in told.checkpoints if Path(one.source).is_dir())
        return told.model_copy(update={"checkpoints": there})

    def remove(self, key: str) -> None:
        """Remove checkpoints and the state a retry would go on from; the stored result stays, its curve with it."""
        self.store.path(key)
        folder = self._folder(key)
        if not folder.path.is_dir():
            raise _unknown(key)
        status = self._status(key)
        if status and not status.state.ended:
            raise KnownError(
                "still_running",
                f"training {key} is {status.state.value}; its checkpoints are in use",
                hint="Cancel it first.",
                status=409,
            )
        folder.remove()

    def _folder(self, key: str) -> TrainingFolder:
        return TrainingFolder(self.layout.training / key)

    def _stored(self, key: str) -> TrainingCurve:
        try:
            told = TrainingCurve.model_validate_json(self.store.file(key, CURVE_FILE).read_bytes())
        except (ValidationError, FileNotFoundError):
            raise _unknown(key) from None
        return told.model_copy(update={"steps": tuple(thinned(told.steps, SHOWN_STEPS))})

    def _waits(self, key: str) -> bool:
        status = self._status(key)
        return status is not None and isinstance(status.request, TrainingRequest)

    def _status(self, key: str) -> JobStatus | None:
        try:
            return self.jobs.status(key)
        except KnownError:
            return None


def _unknown(key: str) -> KnownError:
    return KnownError(
        "unknown_training",
        f"there is no training with key {key}",
        hint="List the trainings with GET /results?kind=training, or submit the request again.",
        status=404,
    )
