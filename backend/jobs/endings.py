"""How jobs end without a worker: stopped with what nobody else needs, failed with what they wait for.

Knows the queue and the records. Its callers see to it that the graph of jobs changes one at a time.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from redis import Redis

from backend.artifacts.answers import input_failed
from backend.contracts.jobs import Progress, StateEvent, title_of
from backend.contracts.problems import Problem
from backend.contracts.streams import CANCELLED, job_record, tell
from backend.contracts.vocabulary import JobState
from backend.jobs.graph import Use, falling_with
from backend.jobs.statuses import Statuses
from backend.queueing import JobQueue, QueuedJob


class Endings:
    """Ends jobs and tells about it."""

    def __init__(self, connection: Redis, queue: JobQueue, statuses: Statuses) -> None:
        self._connection = connection
        self._queue = queue
        self._statuses = statuses

    def stop(self, key: str) -> None:
        """Stop a job with those it is built on, but for what was asked for itself or what another job needs."""
        jobs = self._open_below(key)
        if key in jobs:
            self._stop([jobs[one] for one in falling_with(key, self._uses(jobs))])

    def end(self, keys: Collection[str], problem: Problem) -> None:
        """End jobs that no worker has, with their reason, and the jobs that wait for them."""
        dependents = self._queue.find(set().union(*self._queue.dependents(list(keys)).values()) - set(keys))
        self._queue.fail(keys)
        state = JobState.CANCELLED if problem.code == CANCELLED.code else JobState.FAILED
        self.tell(*keys, state=state, problem=problem)
        for job in dependents.values():
            if job.state is JobState.WAITING and self._queue.withdraw([job]):
                needed = next(one for one in job.inputs if one in keys)
                self.end([job.key], self.input_failed(needed))

    def input_failed(self, key: str) -> Problem:
        """Why a job that waited for the job `key` cannot run."""
        record = self._statuses.record(key)
        name = title_of(record.request) if record else "a result"
        return input_failed(name, key, record.problem if record else None).problem

    def tell(self, *keys: str, state: JobState, note: str = "", problem: Problem | None = None) -> None:
        """Tell everybody that jobs changed their state."""
        with self._connection.pipeline() as pipeline:
            for key in keys:
                tell(pipeline, StateEvent(key=key, state=state, progress=Progress(note=note), problem=problem))
            pipeline.execute()

    def _open_below(self, key: str) -> dict[str, QueuedJob]:
        """The job and all it is built on, as far as they have not ended."""
        found: dict[str, QueuedJob] = {}
        level = [key]
        while level:
            jobs = [job for job in self._queue.find(level).values() if not job.state.ended]
            found |= {job.key: job for job in jobs}
            level = list({one for job in jobs for one in job.inputs if one not in found})
        return found

    def _uses(self, jobs: Mapping[str, QueuedJob]) -> dict[str, Use]:
        dependents = self._queue.dependents(list(jobs))
        others = self._queue.find(set().union(*dependents.values()) - set(jobs))
        waiting = {*jobs, *(key for key, job in others.items() if not job.state.ended)}
        with self._connection.pipeline(transaction=False) as pipeline:
            for key in jobs:
                pipeline.hexists(job_record(key), "asked")
            asked = dict(zip(jobs, pipeline.execute(), strict=True))
        return {key: Use(job.inputs, dependents[key] & waiting, asked[key]) for key, job in jobs.items()}

    def _stop(self, jobs: Sequence[QueuedJob]) -> None:
        with self._connection.pipeline() as pipeline:
            for job in jobs:
                pipeline.hset(job_record(job.key), "cancel", "1")
            pipeline.execute()
        self.end(self._queue.withdraw([job for job in jobs if job.state is not JobState.RUNNING]), CANCELLED)
