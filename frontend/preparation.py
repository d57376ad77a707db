"""What is ready of one model, what is being computed, what nobody has asked for yet. Pure.

Read from results (what is there) and jobs (what is on its way), so it tells the same after any restart.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from backend.contracts.building import model_of
from backend.contracts.jobs import JobStatus
from backend.contracts.requests import ImportanceRequest
from backend.contracts.results import ResultRow
from backend.contracts.vocabulary import AnalysisKind, JobState
from frontend import urls

StepState = Literal["ready", "running", "waiting", "failed", "missing"]


class Step(NamedTuple):
    """One line of the checklist."""

    name: str
    explanation: str
    state: StepState
    href: str
    """Where it is shown, or where it can be asked for."""
    note: str = ""
    job: JobStatus | None = None
    """The job to watch: running, else waiting, else failed."""


_KINDS = (
    (
        AnalysisKind.IMPORTANCE,
        "Language scores",
        "How much each single weight matters to a language: what the model would lose without it.",
    ),
    (
        AnalysisKind.REGION,
        "Core region",
        "The small share of weights that matters most to all the scored languages together.",
    ),
    (
        AnalysisKind.SIMILARITY,
        "Similarity map",
        "Whether sentences that mean the same light up the same neurons, language by language.",
    ),
    (
        AnalysisKind.REMOVAL,
        "Removal table",
        "How badly the model predicts each language once a region is set to zero.",
    ),
)
_ASKED_ON = {
    AnalysisKind.IMPORTANCE: urls.Page.REGIONS,
    AnalysisKind.REGION: urls.Page.REGIONS,
    AnalysisKind.SIMILARITY: urls.Page.LANGUAGES,
    AnalysisKind.REMOVAL: urls.Page.REGIONS,
}


def opening(jobs: Sequence[JobStatus], *, failed: bool) -> tuple[JobStatus, ...]:
    """Models on their way in; with `failed`, also those that did not make it."""
    kept = (JobState.QUEUED, JobState.RUNNING, JobState.WAITING, *((JobState.FAILED,) if failed else ()))
    return tuple(job for job in jobs if job.request.kind is AnalysisKind.OPEN_MODEL and job.state in kept)


def steps(model: str, jobs: Sequence[JobStatus], results: Sequence[ResultRow]) -> tuple[Step, ...]:
    """The checklist of one opened model, the first useful thing first."""
    weights = Step(
        "Weights",
        "Every matrix of the model as a picture, down to single cells.",
        "ready",
        urls.link("atlas", model=model),
    )
    return (weights, *(_step(model, *kind, jobs, results) for kind in _KINDS))


def _step(
    model: str,
    kind: AnalysisKind,
    name: str,
    explanation: str,
    jobs: Sequence[JobStatus],
    results: Sequence[ResultRow],
) -> Step:
    own_jobs = [job for job in jobs if job.request.kind is kind and model_of(job.request) == model]
    own_results = [row for row in results if row.kind is kind and row.model == model]
    job = _watched(own_jobs)
    note = _languages_note(own_jobs, own_results) if kind is AnalysisKind.IMPORTANCE else ""
    if job is None and not own_results:
        return Step(name, explanation, "missing", urls.link(_ASKED_ON[kind], model=model))
    state = _state(job, bool(own_results), several=kind is AnalysisKind.IMPORTANCE)
    href = urls.open_result(kind, own_results[-1].key, model) if own_results else urls.link("runs", job=job and job.key)
    return Step(name, explanation, state, href, note, job)


def _state(job: JobStatus | None, has_result: bool, *, several: bool) -> StepState:
    """A step with a result is ready, but for the scores, which are ready language by language."""
    if job is None or (has_result and not several):
        return "ready"
    if job.state is JobState.RUNNING:
        return "running"
    if job.state is JobState.FAILED:
        return "ready" if has_result else "failed"
    return "waiting"


def _watched(jobs: Sequence[JobStatus]) -> JobStatus | None:
    """The job that says most; jobs come newest first, the oldest waiting one runs next."""
    for states in ((JobState.RUNNING,), (JobState.QUEUED, JobState.WAITING), (JobState.FAILED,)):
        if found := [job for job in jobs if job.state in states]:
            return found[-1]
    return None


def _languages_note(jobs: Sequence[JobStatus], results: Sequence[ResultRow]) -> str:
    done = {row.request.language for row in results if isinstance(row.request, ImportanceRequest)}
    kept = [job.request for job in jobs if job.state is not JobState.CANCELLED]
    asked = {request.language for request in kept if isinstance(request, ImportanceRequest)}
    if not done | asked:
        return ""
    names = " ".join(sorted(done))
    return f"{len(done)} of {len(done | asked)} languages" + (f": {names}" if names else "")
