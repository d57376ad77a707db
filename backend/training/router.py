"""`/training/{key}`: the curve while a training runs and after, and the removal of its checkpoints."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request

from backend.contracts.base import Key
from backend.contracts.training import TrainingCurve
from backend.openapi import problems
from backend.training.service import Trainings

router = APIRouter(tags=["training"])


def _service(request: Request) -> Trainings:
    state = request.app.state
    return Trainings(layout=state.settings.layout, store=state.store, jobs=state.jobs)


Service = Annotated[Trainings, Depends(_service)]
TrainingKey = Annotated[Key, Path(description="Key of the training job, which is the key of its result.")]


@router.get("/training/{key}", responses=problems(404))
def read_curve(key: TrainingKey, service: Service) -> TrainingCurve:
    """Loss of every step, perplexities and checkpoints so far; empty while the job waits. Poll it."""
    return service.curve(key)


@router.delete("/training/{key}", status_code=204, responses=problems(404, 409))
def remove_checkpoints(key: TrainingKey, service: Service) -> None:
    """Remove the checkpoints of an ended training, and what a retry would go on from.

    `DELETE /results/{key}` leaves them; this leaves the result, its curve included.
    """
    service.remove(key)
