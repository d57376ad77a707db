"""Whether a question has its answer on disk: asked by the API before queueing and by the worker before computing."""

from __future__ import annotations

from backend.artifacts.models import ModelEntries
from backend.artifacts.results import ResultStore
from backend.contracts.problems import KnownError
from backend.contracts.requests import OpenModelRequest, Request
from backend.contracts.results import OpenedModel


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
