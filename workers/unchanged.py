"""Whether a job's key follows from what this worker reads: the text, the model, the inputs, the analysis itself.

A key is made when a question is asked, and the answer is computed later. What was edited in between would be stored
under the name of what it no longer is, for ever; so the worker makes the key again, before and after it computes.
"""

from __future__ import annotations

from pathlib import Path

from backend.artifacts.keys import Keys, key_of
from backend.artifacts.manifests import question_key
from backend.contracts.building import models_of, own_texts
from backend.contracts.jobs import Ticket
from backend.contracts.problems import KnownError
from backend.contracts.requests import ANALYSIS_VERSIONS, OpenModelRequest
from backend.contracts.results import Manifest
from workers.context import Context

INPUT_CHANGED = "input_changed"
_NOT_THERE = ("unknown_model", "model_vanished")
"""These say better than `input_changed` what happened."""


def require_asked(job: Ticket, context: Context) -> str:
    """The identity of the model that the key names.

    Raises `other_version` when this worker's analysis is not the one that was asked, `input_changed` when the key
    does not follow from what is here now.
    """
    version = ANALYSIS_VERSIONS[job.request.kind]
    if job.analysis_version not in (None, version):
        raise KnownError(
            "other_version",
            f"this run was asked as version {job.analysis_version} of {job.request.kind.value}, "
            f"and this worker ({context.settings.name}) computes version {version}",
            hint="Start workers and API of the same version, then retry this run.",
            status=409,
        )
    keys = Keys(context.models, context.corpora)
    try:
        identity, inputs, key = keys.identity(job.request), keys.input_keys(job.request), keys.key(job.request)
    except KnownError as error:
        if error.problem.code in _NOT_THERE:
            raise
        raise _changed(job, error.problem.detail) from error
    if (key, inputs) == (job.key, job.inputs):
        return identity
    if _is_unseen(job) and key_of(job.request, identity="", corpus_hashes={}, inputs={}) == job.key:
        return ""
    raise _changed(job, "")


def require_own_key(job: Ticket, manifest: Manifest) -> None:
    """Raise `input_changed` for an answer whose own words do not lead to its key."""
    if question_key(manifest) != job.key:
        raise _changed(job, "")


def _is_unseen(job: Ticket) -> bool:
    """A folder to be opened that the API, on another machine, could not see when it made the key."""
    return isinstance(job.request, OpenModelRequest) and Path(job.request.source).is_absolute()


def _changed(job: Ticket, why: str) -> KnownError:
    read = [f"corpus {lines.corpus} ({', '.join(languages)})" for lines, languages in own_texts(job.request)]
    models = [f"model {name}" for name in models_of(job.request)]
    if isinstance(job.request, OpenModelRequest):
        models = [job.request.source]
    return KnownError(
        INPUT_CHANGED,
        f"what this run reads changed after it was asked: {why or ' or '.join([*models, *read]) or 'an input'}",
        hint="Retry it: it is asked again, of what is there now. Open a model again whose files changed.",
        status=409,
    )
