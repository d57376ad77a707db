"""Whether a question has its answer on disk, and what is said when an answer that is needed is not there.

Asked by the API before queueing and by the worker before computing.
"""

from __future__ import annotations

from backend.artifacts.models import ModelEntries
from backend.artifacts.results import ResultStore
from backend.contracts.problems import KnownError, Problem
from backend.contracts.requests import OpenModelRequest, Request
from backend.contracts.results import OpenedModel
from backend.contracts.streams import CANCELLED

INPUT_FAILED = "input_failed"
_NEEDS = "this run needs "
_AGAIN = "Retry this run: what is missing is computed again first."


def is_answered(request: Request, key: str, store: ResultStore, models: ModelEntries) -> bool:
    """Stored, whole; an opened model also needs its catalogue entry, with files that are what they were."""
    if not store.has(key):
        return False
    if not isinstance(request, OpenModelRequest):
        return True
    summary = store.manifest(key).summary
    assert isinstance(summary, OpenedModel)
    try:
        entry = models.ready(summary.description.name)
    except KnownError:
        return False
    return entry.fingerprint == summary.description.fingerprint


def input_failed(name: str, key: str, problem: Problem | None) -> KnownError:
    """Why a run cannot be answered whose input `name` (job `key`) ended with `problem`; None: it is just not there.

    Over several levels the sentence names every job on the way and ends with the first reason:
    `this run needs A (job a), which needs B (job b), which failed: the loss is not a number`.
    """
    hint = _AGAIN
    if problem is None:
        why = "which is not there"
    elif problem.code == INPUT_FAILED and problem.detail.startswith(_NEEDS):
        why, hint = f"which needs {problem.detail.removeprefix(_NEEDS)}", problem.hint
    elif problem.code == CANCELLED.code:
        why = "which was cancelled"
    else:
        why, hint = f"which failed: {problem.detail}", f"{problem.hint} Then retry this run.".strip()
    return KnownError(INPUT_FAILED, f"{_NEEDS}{name} (job {key}), {why}", hint=hint, status=424)
