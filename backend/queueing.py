"""RQ as the backend sees it: the only module here that knows how jobs lie in RQ's keys.

A job's id is its key, its function is a name that only workers resolve. Ends other than success are
RQ's `failed`; the problem in the job's record tells a cancelled job from a failed one.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from redis import Redis
from redis.client import Pipeline
from rq import Queue, Retry
from rq.exceptions import NoSuchJobError
from rq.executions import ExecutionRegistry
from rq.job import Dependency, Job
from rq.job import JobStatus as RqStatus
from rq.serializers import JSONSerializer

from backend.contracts.jobs import QUEUES, TASK, Ticket, title_of
from backend.contracts.problems import KnownError
from backend.contracts.streams import LISTED_SECONDS
from backend.contracts.vocabulary import JobState
from backend.settings import JOB_SECONDS

_STATES = {
    RqStatus.CREATED: JobState.QUEUED,
    RqStatus.QUEUED: JobState.QUEUED,
    RqStatus.SCHEDULED: JobState.QUEUED,
    RqStatus.DEFERRED: JobState.WAITING,
    RqStatus.STARTED: JobState.RUNNING,
    RqStatus.FINISHED: JobState.DONE,
    RqStatus.FAILED: JobState.FAILED,
    RqStatus.STOPPED: JobState.CANCELLED,
    RqStatus.CANCELED: JobState.CANCELLED,
}

_MOVE = """
local waits_until = redis.call('zscore', KEYS[3], ARGV[1])
if redis.call('lrem', KEYS[1], 1, ARGV[1]) == 1 then
    redis.call('rpush', KEYS[2], ARGV[1])
elseif waits_until then
    redis.call('zrem', KEYS[3], ARGV[1])
    redis.call('zadd', KEYS[4], waits_until, ARGV[1])
else
    return 0
end
redis.call('hset', KEYS[5], 'origin', ARGV[2])
return 1
"""
"""Between two steps of this a worker could take the job, or RQ could enqueue it a second time."""


class NewJob(NamedTuple):
    """What is to be queued."""

    ticket: Ticket
    after: tuple[str, ...] = ()
    """Keys of the jobs it waits for."""


class QueuedJob(NamedTuple):
    """What RQ knows about one job."""

    key: str
    state: JobState
    queue: str
    worker: str | None
    started_at: datetime | None
    ended_at: datetime | None
    retries_left: int
    inputs: tuple[str, ...]
    """Keys of the jobs it was made to wait for."""


class Execution(NamedTuple):
    """One attempt that a worker has begun and not ended."""

    key: str
    execution: str
    queue: str
    worker: str
    seen_until: float
    """Seconds; the worker must say it lives before."""


class JobQueue:
    """The two queues and the jobs in them."""

    def __init__(self, connection: Redis, *, job_seconds: int = JOB_SECONDS) -> None:
        self.connection = connection
        self._job_seconds = job_seconds
        self._queues = {name: Queue(name, connection=connection, serializer=JSONSerializer) for name in QUEUES}
        self._move = connection.register_script(_MOVE)

    def enqueue(self, jobs: Sequence[NewJob], queue: str) -> None:
        """Put jobs at the end of a queue, or let them wait for others, whatever their end.

        The jobs that others wait for come before these, or are known already. One that waited is first in line when
        it has waited enough: its inputs stood in line, and what was asked for first is answered first.
        """
        with self.connection.pipeline() as pipeline:  # all that wait for nothing in one journey
            for job in jobs:
                if not job.after:
                    self._enqueue(job, queue, pipeline)
            pipeline.execute()
        for job in jobs:
            if job.after:
                self._enqueue(job, queue)

    def _enqueue(self, job: NewJob, queue: str, pipeline: Pipeline | None = None) -> None:
        self._queues[queue].enqueue_call(
            TASK,
            args=(job.ticket.model_dump(mode="json"),),
            job_id=job.ticket.key,
            timeout=self._job_seconds,
            result_ttl=LISTED_SECONDS,
            failure_ttl=LISTED_SECONDS,
            description=title_of(job.ticket.request),
            depends_on=Dependency(list(job.after), allow_failure=True, enqueue_at_front=True) if job.after else None,
            retry=Retry(max=1, enqueue_at_front=True),  # for dead workers only, never for a Python exception
            pipeline=pipeline,
        )

    def find(self, keys: Collection[str]) -> dict[str, QueuedJob]:
        """What RQ knows about these jobs; those it forgot are left out."""
        jobs = Job.fetch_many(list(keys), connection=self.connection, serializer=JSONSerializer)
        return {job.id: _told(job) for job in jobs if job is not None}

    def positions(self) -> dict[str, int]:
        """Place of every queued job within its queue, from 0."""
        return {key: place for queue in self._queues.values() for place, key in enumerate(queue.get_job_ids())}

    def lengths(self) -> dict[str, int]:
        """Jobs waiting in each queue."""
        return {name: queue.count for name, queue in self._queues.items()}

    def withdraw(self, jobs: Sequence[QueuedJob]) -> list[str]:
        """Take jobs out of their queue or out of waiting; gives the keys of those that no worker has already."""
        with self.connection.pipeline() as pipeline:
            for job in jobs:
                queue = self._queues[job.queue]
                pipeline.lrem(queue.key, 1, job.key)
                pipeline.zrem(queue.deferred_job_registry.key, job.key)
            taken = pipeline.execute()
        return [job.key for job, *found in zip(jobs, taken[::2], taken[1::2], strict=True) if any(found)]

    def move(self, job: QueuedJob, queue: str) -> bool:
        """Put a queued job at the end of another queue, or let a waiting one go there later; False: a worker has it."""
        source, target = self._queues[job.queue], self._queues[queue]
        keys = [source.key, target.key, source.deferred_job_registry.key, target.deferred_job_registry.key]
        return bool(self._move(keys=[*keys, Job.key_for(job.key)], args=[job.key, queue]))

    def fail(self, keys: Collection[str]) -> None:
        """End jobs that no worker has; the reason is the caller's to tell."""
        jobs = Job.fetch_many(list(keys), connection=self.connection, serializer=JSONSerializer)
        with self.connection.pipeline() as pipeline:
            for job in filter(None, jobs):
                job.ended_at = datetime.now(UTC)
                job._status = RqStatus.FAILED
                for parent in job._dependency_ids:
                    pipeline.srem(Job.dependents_key_for(parent), job.id)
                job.failed_job_registry.add(job, ttl=LISTED_SECONDS, pipeline=pipeline)
            pipeline.execute()

    def forget(self, key: str) -> None:
        """Remove every trace of a job that has ended, its attempts too: RQ's `Job.delete` fails on a lost one."""
        if job := self._queues[QUEUES[0]].fetch_job(key):
            self._drop_attempts(job)
            job.delete()

    def _drop_attempts(self, job: Job) -> None:
        """RQ reads an attempt that its list names and whose record has expired, and raises ValueError."""
        listed = ExecutionRegistry(job.id, self.connection).key
        members = [f"{job.id}:{attempt.decode()}" for attempt in self.connection.zrange(listed, 0, -1)]
        if members:
            self.connection.zrem(job.started_job_registry.key, *members)
            self.connection.delete(listed, *map(_attempt_record, members))

    def dependents(self, keys: Sequence[str]) -> dict[str, set[str]]:
        """The jobs that wait for each of these."""
        with self.connection.pipeline(transaction=False) as pipeline:
            for key in keys:
                pipeline.smembers(Job.dependents_key_for(key))
            found = pipeline.execute()
        return {key: {member.decode() for member in members} for key, members in zip(keys, found, strict=True)}

    def push_again(self, key: str) -> None:
        """Queue a job that stands in no list: first in line, it waited long enough."""
        job = self._fetch(key)
        queue = self._queues[job.origin]
        with self.connection.pipeline() as pipeline:
            queue.deferred_job_registry.remove(job, pipeline=pipeline)
            queue._enqueue_job(job, pipeline=pipeline, at_front=True)
            pipeline.execute()

    def executions(self) -> Iterator[Execution]:
        """All attempts that are under way, or whose worker died."""
        for name, queue in self._queues.items():
            key = queue.started_job_registry.key
            for member, seen_until in self.connection.zrange(key, 0, -1, withscores=True):
                job_key, _, execution = member.decode().partition(":")
                # The attempt's record expires with its heartbeats; the job's own stays.
                worker = self.connection.hget(_attempt_record(member.decode()), "worker_name") or (
                    self.connection.hget(Job.key_for(job_key), "worker_name")
                )
                yield Execution(job_key, execution, name, worker.decode() if worker else "", seen_until)

    def take_over(self, attempt: Execution) -> bool:
        """End a dead worker's attempt; True for the one caller that may decide what follows."""
        member = f"{attempt.key}:{attempt.execution}"
        with self.connection.pipeline() as pipeline:
            pipeline.zrem(self._queues[attempt.queue].started_job_registry.key, member)
            pipeline.zrem(ExecutionRegistry(attempt.key, self.connection).key, attempt.execution)
            pipeline.delete(_attempt_record(member))
            taken, *_ = pipeline.execute()
        return bool(taken)

    def try_again(self, key: str) -> None:
        """Queue a job once more after its worker died; spends its one retry."""
        job = self._fetch(key)
        with self.connection.pipeline() as pipeline:
            job.retry(self._queues[job.origin], pipeline)
            pipeline.execute()

    def _fetch(self, key: str) -> Job:
        try:
            return Job.fetch(key, connection=self.connection, serializer=JSONSerializer)
        except NoSuchJobError:
            raise KnownError("unknown_job", f"job {key} is gone from the queue", status=404) from None

    def expire(self) -> None:
        """Drop what RQ's lists of ended jobs keep of jobs that are gone."""
        for queue in self._queues.values():
            queue.finished_job_registry.cleanup()
            queue.failed_job_registry.cleanup()

    def up_seconds(self) -> float:
        """How long the Redis server runs."""
        return float(self.connection.info("server")["uptime_in_seconds"])


def _attempt_record(member: str) -> str:
    """RQ's hash of one attempt, by `JOB:EXECUTION`."""
    return f"rq:execution:{member}"


def _told(job: Job) -> QueuedJob:
    return QueuedJob(
        key=job.id,
        state=_STATES[job.get_status(refresh=False)],
        queue=job.origin,
        worker=job.worker_name or None,
        started_at=job.started_at,
        ended_at=job.ended_at,
        retries_left=job.retries_left or 0,
        inputs=tuple(job._dependency_ids),
    )


def seconds_now() -> float:
    """The clock of submission times and heartbeats."""
    return time.time()
