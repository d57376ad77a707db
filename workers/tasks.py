"""The one imperative shell around an analysis: ticket in, stored result or KnownError out."""

from __future__ import annotations

import logging
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from pathlib import Path

from backend.artifacts.answers import input_failed, is_answered
from backend.artifacts.keys import corpus_hashes
from backend.artifacts.results import checksums_of
from backend.contracts.building import inputs_of
from backend.contracts.jobs import Ticket, title_of
from backend.contracts.problems import KnownError
from backend.contracts.requests import ANALYSIS_VERSIONS
from backend.contracts.results import Manifest, Provenance
from backend.contracts.vocabulary import AnalysisKind, Phase
from workers.cancellation import shield
from workers.context import Context, Handler, Outcome
from workers.failures import known
from workers.unchanged import require_asked, require_own_key

log = logging.getLogger(__name__)


def run(ticket: Mapping[str, object], context: Context, handlers: Mapping[AnalysisKind, Handler]) -> None:
    """Answer one ticket, unless its result is stored already.

    Raises KnownError for every failure; JobCancelled passes through, leaving nothing behind.
    """
    try:
        job = Ticket.model_validate(ticket)
        if not is_answered(job.request, job.key, context.store, context.models):
            context.store.delete(job.key)
            _require_inputs(job, context)
            _answer(job, context, handlers[job.request.kind])
    except KnownError:
        raise
    except Exception as error:
        failure = known(error)
        if failure.problem.code == "internal":
            log.exception("job %s failed", ticket.get("key"))
        raise failure from error


def _require_inputs(job: Ticket, context: Context) -> None:
    requests = inputs_of(job.request)
    for name, key in job.inputs.items():
        if not context.store.has(key):
            title = title_of(requests[name]) if name in requests else name
            raise input_failed(title, key, context.progress.problem_of(key))


def _answer(job: Ticket, context: Context, handler: Handler) -> None:
    log.info("job %s: %s", job.key, title_of(job.request))
    started_at = datetime.now(UTC)
    identity = require_asked(job, context)
    with context.store.writing(job.key) as folder:
        outcome = handler(job, context, folder)
        context.progress.phase(Phase.WRITING)
        require_asked(job, context)  # what it read is what is still there
        manifest = _manifest(job, context, outcome, folder, started_at)
        manifest = manifest.model_copy(update={"identity": identity, "checksums": checksums_of(folder)})
        require_own_key(job, manifest)
        with shield():
            context.store.commit(folder, manifest)


def _manifest(job: Ticket, context: Context, outcome: Outcome, folder: Path, started_at: datetime) -> Manifest:
    entry = context.models.named(outcome.model) if outcome.model else None
    return Manifest(
        key=job.key,
        request=job.request,
        analysis_version=ANALYSIS_VERSIONS[job.request.kind],
        inputs=job.inputs,
        provenance=Provenance(
            model=entry.name if entry else "",
            model_source=entry.source if entry else "",
            model_revision=entry.revision if entry else None,
            weights_hash=entry.weights_hash if entry else "",
            tokenizer_hash=entry.tokenizer_hash if entry else "",
            config_hash=entry.config_hash if entry else "",
            corpus_hashes=corpus_hashes(job.request, context.corpora),
            device=outcome.device,
            dtype=outcome.dtype,
            seed=outcome.seed,
            rules=outcome.rules,
            versions=versions(),
            worker=context.settings.name,
            started_at=started_at,
            ended_at=datetime.now(UTC),
        ),
        summary=outcome.summary,
        files={path.name: path.stat().st_size for path in sorted(folder.iterdir())},
    )


@cache
def versions() -> dict[str, str]:
    """What computed: Python and the packages a number may depend on."""
    packages = ("lingua-atlas", "torch", "transformers", "safetensors", "numpy")
    return {"python": platform.python_version(), **{name: metadata.version(name) for name in packages}}
