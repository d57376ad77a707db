"""Training runs of one model: those in the queue and those that ended, as one list. Pure, but for reading them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from backend.client import Client
from backend.contracts.jobs import Progress
from backend.contracts.problems import KnownError, Problem
from backend.contracts.requests import TrainingRequest
from backend.contracts.results import TrainingSummary
from backend.contracts.training import TrainingCurve
from backend.contracts.vocabulary import AnalysisKind, JobState

MOST_SHOWN = 6
"""Runs overlaid at once; also the number of colours that can be told apart."""


class TrainingRun(NamedTuple):
    """One run, queued, running or ended."""

    key: str
    request: TrainingRequest
    state: JobState
    progress: Progress
    problem: Problem | None
    when: datetime | None


class ShownRun(NamedTuple):
    """A run whose curves are on the page; `summary` is there once it is done."""

    run: TrainingRun
    curve: TrainingCurve
    summary: TrainingSummary | None


def training_runs(model: str, api: Client) -> tuple[TrainingRun, ...]:
    """Newest first; a run that the queue has forgotten is known by its result."""
    jobs = [
        TrainingRun(job.key, job.request, job.state, job.progress, job.problem, job.submitted_at)
        for job in api.jobs()
        if isinstance(job.request, TrainingRequest) and job.request.model == model
    ]
    known = {run.key for run in jobs}
    ended = [
        TrainingRun(row.key, row.request, JobState.DONE, Progress(), None, row.created_at)
        for row in api.results(kind=AnalysisKind.TRAINING.value, model=model)
        if isinstance(row.request, TrainingRequest) and row.key not in known
    ]
    return tuple(sorted((*jobs, *ended), key=lambda run: -(run.when.timestamp() if run.when else 0.0)))


def chosen_runs(runs: Sequence[TrainingRun], wanted: Sequence[str] | None) -> tuple[str, ...]:
    """Keys of the runs to show: the wanted ones; when nobody asked, the newest that train the same language alike."""
    known = [run.key for run in runs]
    if wanted is not None:
        return tuple(key for key in wanted if key in known)[:MOST_SHOWN]
    begun = [run for run in runs if run.state is not JobState.FAILED] or list(runs)
    alike = [run for run in begun if _question(run.request) == _question(begun[0].request)] if begun else []
    return tuple(run.key for run in alike[:3])


def shown_runs(runs: Sequence[TrainingRun], keys: Sequence[str], api: Client) -> tuple[ShownRun, ...]:
    """The chosen runs with what they have told so far, the oldest first: colours follow the order of asking."""
    return tuple(_shown(run, api) for run in reversed(runs) if run.key in keys)


def _shown(run: TrainingRun, api: Client) -> ShownRun:
    summary = None
    if run.state is JobState.DONE:
        try:
            found = api.manifest(run.key).summary
            summary = found if isinstance(found, TrainingSummary) else None
        except KnownError:
            pass
    try:
        curve = api.training(run.key)
    except KnownError:
        curve = TrainingCurve()  # nothing was written yet
    return ShownRun(run, curve, summary)


def _question(request: TrainingRequest) -> tuple[object, ...]:
    return request.language, request.n_samples, request.evaluation
