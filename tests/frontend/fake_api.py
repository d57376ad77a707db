"""An in-memory stand-in for `backend.client.Client`, built from contracts: pages and panels run on it in milliseconds.

It answers what the shell, Start and Runs ask; views of matrices are given by `views={...}` where a test needs them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from backend.contracts.base import digest
from backend.contracts.building import model_of
from backend.contracts.compared_ratios import ComparedRatio
from backend.contracts.jobs import JobStatus, Progress, title_of
from backend.contracts.models import BrokenEntry, Capabilities, CorpusSummary, DeviceInfo, ModelSummary
from backend.contracts.problems import KnownError, Problem
from backend.contracts.requests import Request
from backend.contracts.results import Manifest, OpenedModel, Provenance, ResultRow, Summary
from backend.contracts.vocabulary import JobState, Phase
from backend.results import tables
from tests.frontend import model_sample

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
MODEL = "gemma-3-270m"


def key_of(request: Request) -> str:
    return digest(request.model_dump(mode="json"))


class FakeApi:
    """Holds jobs and manifests by key; newest first, as the API gives them."""

    def __init__(self, *, models: tuple[str, ...] = (MODEL,), n_workers: int = 1, views: dict[str, Any] | None = None):
        self.model_names = models
        self.n_workers = n_workers
        self.views = views or {}
        self.known_jobs: dict[str, JobStatus] = {}
        self.stored: dict[str, Manifest] = {}
        self.problem: Problem | None = None
        """Raised by `submit` when set."""
        self.down = False
        self.unreadable: dict[str, tuple[BrokenEntry, ...]] = {}
        """By list."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self.views:
            raise AttributeError(name)
        return lambda *args, **kwargs: self.views[name]

    def job_with(self, request: Request, state: JobState, **status: Any) -> JobStatus:
        """Put a job of any state into the list, newest first."""
        key = key_of(request)
        minutes = timedelta(minutes=len(self.known_jobs))
        job = JobStatus(
            key=key, title=title_of(request), request=request, state=state, submitted_at=NOW + minutes, **status
        )
        self.known_jobs = {key: job} | self.known_jobs
        return job

    def result_with(self, request: Request, summary: Summary) -> Manifest:
        """Store a finished result."""
        provenance = Provenance(
            model=model_of(request) or MODEL, model_source=f"demo:{MODEL}", model_revision=None, weights_hash="w" * 64,
            tokenizer_hash="t" * 64, corpus_hashes={}, device="cpu", dtype="float32", seed=None,
            versions={"torch": "2.13.0", "lingua-atlas": "0.1.0"}, worker="worker-1",
            started_at=NOW, ended_at=NOW + timedelta(seconds=42),
        )  # fmt: skip
        manifest = Manifest(
            key=key_of(request), request=request, analysis_version=1, provenance=provenance, summary=summary, files={}
        )
        self.stored = {manifest.key: manifest} | self.stored
        return manifest

    def submit(self, request: Request, queue: str = "interactive") -> JobStatus:
        self._answer()
        if self.problem:
            raise KnownError.of(self.problem)
        if (key := key_of(request)) in self.stored:
            return JobStatus(key=key, title=title_of(request), request=request, state=JobState.DONE)
        return self.known_jobs.get(key) or self.job_with(request, JobState.QUEUED, queue=queue, position=0)

    def jobs(self) -> tuple[JobStatus, ...]:
        self._answer()
        return tuple(self.known_jobs.values())

    def job(self, key: str) -> JobStatus:
        self._answer()
        if key not in self.known_jobs:
            raise KnownError("unknown_key", f"no job has the key {key}", status=404)
        return self.known_jobs[key]

    def cancel(self, key: str) -> JobStatus:
        return self._changed(key, JobState.CANCELLED)

    def retry(self, key: str) -> JobStatus:
        return self._changed(key, JobState.QUEUED)

    def _changed(self, key: str, state: JobState) -> JobStatus:
        self.known_jobs[key] = self.job(key).model_copy(update={"state": state})
        return self.known_jobs[key]

    def results(self, kind: str | None = None, model: str | None = None) -> tuple[ResultRow, ...]:
        self._answer()
        rows = [_row(manifest) for manifest in self.stored.values()]
        return tuple(row for row in rows if kind in (None, row.kind) and model in (None, row.model))

    def manifest(self, key: str) -> Manifest:
        self._answer()
        if key not in self.stored:
            raise KnownError("unknown_key", f"no result has the key {key}", status=404)
        return self.stored[key]

    def table(self, key: str, format: str = "csv", *, unit: str = "perplexity", language: str | None = None) -> str:
        """As the API writes it; `views={"table": ...}` stands in for all."""
        if "table" in self.views:
            return str(self.views["table"])
        return tables.written(self.manifest(key), tables.TableFormat(format), tables.Unit(unit), language)

    def compared_ratios(self, left: str, right: str) -> tuple[ComparedRatio, ...]:
        """`views={"ratios": ...}` stands in for all."""
        return self.views.get("ratios", ())

    def delete_result(self, key: str) -> None:
        self.manifest(key)
        del self.stored[key]

    def models(self) -> tuple[ModelSummary, ...]:
        self._answer()
        return tuple(model_sample.summary(name) for name in self.model_names)

    def broken(self, what: str) -> tuple[BrokenEntry, ...]:
        return self.unreadable.get(what, ())

    def model(self, name: str) -> Any:
        return model_sample.description(name)

    def corpora(self) -> tuple[CorpusSummary, ...]:
        self._answer()
        languages = ("ar", "de", "en", "es", "fa", "fr", "hi", "id", "it", "ja", "ko", "pt", "ru", "uk", "vi", "zh")
        return (
            CorpusSummary(
                name="atlas-parallel", title="Parallel prose", languages=languages, n_lines=100, licence="CC0-1.0",
                folder="/data/parallel", hash="c" * 64,
            ),
        )  # fmt: skip

    def trouble(self) -> str:
        self._answer()
        return self.problem.detail if self.problem else ""

    def capabilities(self) -> Capabilities:
        self._answer()
        gigabyte = 10**9
        worker = DeviceInfo(
            worker="worker-1", host="here", state="idle", device="cpu", dtype="float32", memory_bytes=16 * gigabyte,
            memory_free_bytes=11 * gigabyte, n_threads=2, last_seen=NOW,
        )  # fmt: skip
        return Capabilities(
            version="0.1.0", workers=(worker,) * self.n_workers, queues={"interactive": 0, "batch": 0},
            model_roots=("/data/models",), corpus_roots=("/data/corpora",), results_bytes=gigabyte,
            disk_free_bytes=50 * gigabyte,
        )  # fmt: skip

    def _answer(self) -> None:
        if self.down:
            raise KnownError("api_unreachable", "the API does not answer", status=503, title="The API does not answer")


def running(done: int, total: int, note: str = "") -> Progress:
    return Progress(phase=Phase.RUNNING, done=done, total=total, unit="batches", eta_seconds=24, note=note)


def opened(name: str = MODEL) -> OpenedModel:
    return OpenedModel(description=model_sample.description(name))


def _row(manifest: Manifest) -> ResultRow:
    return ResultRow(
        key=manifest.key, kind=manifest.request.kind, title=title_of(manifest.request), model=manifest.provenance.model,
        created_at=manifest.provenance.ended_at, size_bytes=1_000_000, request=manifest.request,
    )  # fmt: skip
