"""What the demo prepares, in the order in which a newcomer wants it, and how it tells about it.

Knows requests and the client; the pages read the same results from the API.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeVar

from backend.client import Client
from backend.contracts.jobs import JobStatus
from backend.contracts.problems import KnownError
from backend.contracts.requests import (
    EvaluationSpec,
    ImportanceRequest,
    Lines,
    OpenModelRequest,
    RegionRequest,
    RegionSpec,
    RemovalRequest,
    Request,
    ScoreSpec,
    SimilarityRequest,
)
from backend.contracts.results import OpenedModel
from backend.contracts.specs import DEMO_SOURCE as DEMO_SOURCE
from backend.contracts.vocabulary import JobState

SCORED = ("ar", "es", "ru", "zh", "ko", "vi")
"""The six languages of paper A."""
MEASURED = ("zh", "en", "uk")
"""One of those six, and two that had no part in the scores: ten random draws of all ten would take minutes more."""
COMPARED = ("ar", "de", "en", "es", "fr", "hi", "ja", "ru", "vi", "zh")
SCORING = Lines(start=0, stop=60)
HELD_OUT = Lines(start=60, stop=100)
COMPARED_LINES = Lines(start=0, stop=40)
POLL_SECONDS = 0.5
Answer = TypeVar("Answer")


def plan(model: str) -> Iterator[Request]:
    """The prepared analyses of one opened model, the first useful one first."""
    scores = ScoreSpec(model=model, lines=SCORING)
    for language in SCORED:
        yield ImportanceRequest(scores=scores, language=language)
    core = RegionSpec(scores=scores, languages=SCORED, fraction=0.01)
    for fraction in (0.01, 0.03, 0.05):
        yield RegionRequest(region=core.model_copy(update={"fraction": fraction}))
    yield SimilarityRequest(model=model, lines=COMPARED_LINES, languages=COMPARED)
    evaluation = EvaluationSpec(lines=HELD_OUT, languages=MEASURED)
    for with_norms in (False, True):  # the first table is there when half of the columns are
        yield RemovalRequest(region=core, evaluation=evaluation, with_norms=with_norms)


def prepare(client: Client, source: str, *, say: Callable[[str], None], stopping: threading.Event) -> bool:
    """Open the model, submit the plan, tell of each step as it ends. True when all of it is there.

    What is stored already is answered at once and computed no second time.
    """
    model = _open(client, source, say, stopping)
    if model is None:
        return False
    jobs = [_patiently(partial(client.submit, request, "batch"), stopping) for request in plan(model)]
    ends = [job and _follow(client, job, say, stopping) for job in jobs]
    return all(end is not None and end.state is JobState.DONE for end in ends)


def _open(client: Client, source: str, say: Callable[[str], None], stopping: threading.Event) -> str | None:
    """Name of the opened model; None when it cannot be opened, or the atlas stops first."""
    job = _patiently(partial(client.submit, OpenModelRequest(source=source)), stopping)
    opened = job and _follow(client, job, say, stopping)
    if opened is None or opened.state is not JobState.DONE:
        return None
    manifest = _patiently(partial(client.manifest, opened.key), stopping)
    if manifest is None:
        return None
    assert isinstance(manifest.summary, OpenedModel)
    return manifest.summary.description.name


def _patiently(ask: Callable[[], Answer], stopping: threading.Event) -> Answer | None:
    """Ask again while API or Redis restart under us; None when the atlas stops first."""
    while not stopping.is_set():
        try:
            return ask()
        except KnownError as error:
            if error.problem.status != 503:
                raise
            stopping.wait(POLL_SECONDS)
    return None


def _follow(client: Client, job: JobStatus, say: Callable[[str], None], stopping: threading.Event) -> JobStatus | None:
    """Poll one job to its end, saying each new phase once; None when the atlas stops first."""
    if job.state is JobState.DONE:
        say(f"  ready     {job.title}")
        return job
    told = ""
    while not stopping.is_set():
        found = _patiently(partial(_look, client, job), stopping)
        if found is None:
            return None
        job = found
        if job.state.ended:
            say(_ending(job))
            return job
        now = f"{job.progress.phase.value} {job.progress.note}".strip() if job.state is JobState.RUNNING else ""
        if now and now != told:
            say(f"  {job.title}: {now}")
            told = now
        stopping.wait(POLL_SECONDS)
    return None


def _look(client: Client, job: JobStatus) -> JobStatus:
    """How the job stands; asked anew when a Redis that was killed forgot it (it writes once a second)."""
    try:
        return client.job(job.key)
    except KnownError as error:
        if error.problem.status != 404:
            raise
        return client.submit(job.request, queue="interactive" if job.queue == "interactive" else "batch")


def _ending(job: JobStatus) -> str:
    if job.state is JobState.DONE:
        took = f"  ({(job.ended_at - job.started_at).total_seconds():.0f} s)" if job.ended_at and job.started_at else ""
        return f"  ready     {job.title}{took}"
    reason = f": {job.problem.detail} {job.problem.hint}" if job.problem else ""
    return f"  {job.state.value:<9} {job.title}{reason}"
