"""What is told about a job: RQ's state, the record beside it, and the stored result."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from pydantic import ValidationError

from backend.artifacts.results import ResultStore
from backend.contracts.jobs import JobStatus, Progress, title_of
from backend.contracts.problems import KnownError, Problem
from backend.contracts.requests import REQUEST, Request
from backend.contracts.streams import CANCELLED, JOBS, job_record
from backend.contracts.vocabulary import JobState, Phase
from backend.queueing import JobQueue, QueuedJob

LISTED = 500
KEPT_SECONDS = 60.0
SETTLED_SECONDS = 5.0
"""After its end all that is told about a job has been written."""


class Record(NamedTuple):
    """The record of a job, read."""

    request: Request
    queue: str
    submitted_at: datetime
    attempts: int
    progress: Progress
    problem: Problem | None
    cancel_wanted: bool
    asked: bool


class Kept(NamedTuple):
    """An ended job as it was told: it changes only by being asked again, which moves it in the list."""

    status: JobStatus
    read_at: float

    def is_fresh(self, now: float) -> bool:
        """Whether RQ need not be asked if it knows it still."""
        return now - self.read_at < KEPT_SECONDS


class Statuses:
    """Reads jobs; changes nothing but the list of those that are gone."""

    def __init__(self, queue: JobQueue, store: ResultStore) -> None:
        self._queue = queue
        self._store = store
        self._ended: dict[tuple[str, float], Kept] = {}

    def one(self, key: str) -> JobStatus:
        """One job, or the stored result of one that RQ forgot; a 404 problem when there is neither."""
        found = self._tell([key])
        if found:
            return found[0]
        if not self._store.has(key):
            raise KnownError(
                "unknown_job",
                f"there is no job {key}, and no result with this key",
                hint="List the jobs with GET /jobs, or submit the request again.",
                status=404,
            )
        return self.stored(key, self._store.manifest(key).request)

    def some(self, keys: Sequence[str]) -> dict[str, JobStatus]:
        """The jobs among these keys that are known, by key; stored results of forgotten ones are not among them."""
        return {status.key: status for status in self._tell(keys)} if keys else {}

    def newest(self, limit: int = LISTED) -> tuple[JobStatus, ...]:
        """The listed jobs, newest first; forgets those that RQ let expire."""
        scored = self._queue.connection.zrevrange(JOBS, 0, limit - 1, withscores=True)
        places = [(key.decode(), submitted_at) for key, submitted_at in scored]
        now = time.time()
        kept = {place: one for place in places if (one := self._ended.get(place)) and one.is_fresh(now)}
        told = {status.key: status for status in self._tell([place[0] for place in places if place not in kept])}
        found = [kept[place].status if place in kept else told.get(place[0]) for place in places]
        self._ended = kept | {
            place: Kept(status, now)
            for place, status in zip(places, found, strict=True)
            if status and place not in kept and _is_settled(status, now)
        }
        if gone := [place[0] for place, status in zip(places, found, strict=True) if status is None]:
            self._queue.connection.zrem(JOBS, *gone)
        stored = {key for _, key in self._store.entries()}  # after the jobs: one that is done by then is stored by now
        return tuple(one for one in found if one and (one.state is not JobState.DONE or one.key in stored))

    def listed(self, limit: int = -1) -> list[str]:
        """Keys of the listed jobs, newest first."""
        return [key.decode() for key in self._queue.connection.zrevrange(JOBS, 0, limit - 1 if limit > 0 else -1)]

    def record(self, key: str) -> Record | None:
        """The record of one job, None when there is none."""
        return _read(self._queue.connection.hgetall(job_record(key)))

    def stored(self, key: str, request: Request) -> JobStatus:
        """A job whose result is there; `request` is told as it was asked."""
        provenance = self._store.manifest(key).provenance
        return JobStatus(
            key=key,
            title=title_of(request),
            request=request,
            state=JobState.DONE,
            progress=Progress(phase=Phase.WRITING),
            worker=provenance.worker,
            submitted_at=provenance.started_at,
            started_at=provenance.started_at,
            ended_at=provenance.ended_at,
        )

    def _tell(self, keys: Sequence[str]) -> list[JobStatus]:
        jobs = self._queue.find(keys)
        with self._queue.connection.pipeline(transaction=False) as pipeline:
            for key in keys:
                pipeline.hgetall(job_record(key))
            records = dict(zip(keys, map(_read, pipeline.execute()), strict=True))
        positions = self._queue.positions() if any(job.state is JobState.QUEUED for job in jobs.values()) else {}
        return [
            _status(jobs[key], record, positions.get(key))
            for key, record in records.items()
            if record and key in jobs and not self._was_deleted(jobs[key])
        ]

    def _was_deleted(self, job: QueuedJob) -> bool:
        """Done once, but its result is no longer stored: nothing is left of it."""
        return job.state is JobState.DONE and not self._store.has(job.key)


def _is_settled(status: JobStatus, now: float) -> bool:
    return status.ended_at is not None and now - status.ended_at.timestamp() > SETTLED_SECONDS


def _read(raw: Mapping[bytes, bytes]) -> Record | None:
    told = {name.decode(): value.decode() for name, value in raw.items()}
    try:
        request = REQUEST.validate_json(told["request"])
    except (KeyError, ValidationError):  # no record, or one that another version wrote
        return None
    return Record(
        request=request,
        queue=told["queue"],
        submitted_at=datetime.fromtimestamp(float(told["submitted_at"]), UTC),
        attempts=int(told.get("attempts", 0)),
        progress=Progress.model_validate_json(told["progress"]) if told.get("progress") else Progress(),
        problem=Problem.model_validate_json(told["problem"]) if told.get("problem") else None,
        cancel_wanted="cancel" in told,
        asked="asked" in told,
    )


def _status(job: QueuedJob, record: Record, position: int | None) -> JobStatus:
    state = job.state
    if state is JobState.FAILED and record.problem and record.problem.code == CANCELLED.code:
        state = JobState.CANCELLED
    begun = state not in (JobState.QUEUED, JobState.WAITING)
    return JobStatus(
        key=job.key,
        title=title_of(record.request),
        request=record.request,
        state=state,
        progress=record.progress,
        position=position if state is JobState.QUEUED else None,
        queue=record.queue,
        worker=job.worker if begun else None,
        submitted_at=record.submitted_at,
        started_at=job.started_at if begun else None,
        ended_at=job.ended_at if state.ended else None,
        attempts=max(record.attempts, 1),
        problem=record.problem if state.ended else None,
        asked=record.asked,
    )
