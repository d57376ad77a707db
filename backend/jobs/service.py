"""Jobs as a user sees them: submit, look, cancel, retry. A key is computed once, however often it is asked.

A question is a graph of jobs (`graph.steps`). Submitting and cancelling change it one at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from redis.client import Pipeline
from redis.exceptions import LockError

from backend.artifacts.answers import is_answered
from backend.artifacts.corpora import Corpora
from backend.artifacts.imports import Imports
from backend.artifacts.keys import Keys
from backend.artifacts.models import ModelEntries
from backend.artifacts.results import ResultStore
from backend.artifacts.tasks import Tasks
from backend.contracts.building import model_of
from backend.contracts.jobs import JobList, JobStatus, StateEvent, Submission, Ticket, job_events
from backend.contracts.problems import KnownError, Problem
from backend.contracts.requests import OpenModelRequest, RegionRequest, Request
from backend.contracts.streams import JOBS, LISTED_SECONDS, OPEN_JOBS, job_record, tell
from backend.contracts.vocabulary import JobState
from backend.jobs.endings import Endings
from backend.jobs.graph import Step, steps
from backend.jobs.region_checks import check_region
from backend.jobs.statuses import Statuses
from backend.jobs.text_checks import check_texts
from backend.jobs.validation import check_against, check_imports, check_source, check_tasks
from backend.queueing import JobQueue, NewJob, QueuedJob, seconds_now
from backend.settings import JOB_SECONDS

LOCK_SECONDS = 30
"""How long a change may wait for its turn."""
_GRAPH_LOCK = "lingua-atlas:lock:jobs"


class JobService:
    """What the routes of `/jobs` do. Thread-safe: its state is in Redis and on disk."""

    def __init__(
        self,
        connection: Redis,
        *,
        store: ResultStore,
        models: ModelEntries,
        corpora: Corpora,
        imports: Imports,
        tasks: Tasks | None = None,
        model_roots: tuple[Path, ...] = (),
        job_seconds: int = JOB_SECONDS,
    ) -> None:
        self.connection = connection
        self.store = store
        self.models = models
        self.corpora = corpora
        self.imports = imports
        self.tasks = tasks or Tasks()
        self.queue = JobQueue(connection, job_seconds=job_seconds)
        self.statuses = Statuses(self.queue, store)
        self.endings = Endings(connection, self.queue, self.statuses)
        self._model_roots = model_roots

    def submit(self, submission: Submission) -> JobStatus:
        """Check a request, then answer it from the store, join its running job, or queue it with its inputs.

        Raises KnownError for everything that can be known to be wrong without a worker.
        """
        request = submission.request
        self._check(request)
        keys = Keys(self.models, self.corpora)
        key = keys.key(request)
        todo = steps(request, keys, self._is_answered)
        if not todo:
            return self.statuses.stored(key, request)
        self._check_steps([step.ticket.request for step in todo])
        with self._lock():
            self._take_up(todo, submission.queue)
        return self.status(key)

    def status(self, key: str) -> JobStatus:
        """One job, or the stored result of one long ended; a 404 problem when there is neither."""
        return self.statuses.one(key)

    def jobs(self) -> JobList:
        """Everything queued, waiting, running or lately ended, newest first."""
        return JobList(jobs=self.statuses.newest())

    def cancel(self, key: str) -> JobStatus:
        """Stop a job: queued and waiting ones at once, a running one within a second; an ended one stays as it is.

        The jobs it is built on go with it, but for those that were asked for themselves or that another job needs.
        """
        with self._lock():
            self.endings.stop(key)
        return self.status(key)

    def retry(self, key: str) -> JobStatus:
        """Submit a failed or cancelled job again, with whatever inputs are missing by now."""
        status = self.status(key)
        if status.state not in (JobState.FAILED, JobState.CANCELLED):
            raise KnownError(
                "not_retryable",
                f"job {key} is {status.state.value}; only failed and cancelled jobs can be retried",
                hint="Cancel it first, or delete its result to compute it again.",
                status=409,
            )
        queue = "batch" if status.queue == "batch" else "interactive"
        return self.submit(Submission(request=status.request, queue=queue))

    def end(self, key: str, problem: Problem) -> None:
        """End a job that no worker has, with its reason, and the jobs that wait for it."""
        with self._lock():
            self.endings.end([key], problem)

    def _check(self, request: Request) -> None:
        if isinstance(request, OpenModelRequest):
            check_source(request, self._model_roots)
            return
        name = model_of(request)
        assert name is not None
        check_against(request, self.models.ready(name))
        check_tasks(request, self.tasks)
        check_texts(request, self.corpora)

    def _check_steps(self, requests: Sequence[Request]) -> None:
        """What is wrong with any job that is to be done for a request."""
        check_imports(requests, self.imports)
        for spec in dict.fromkeys(one.region for one in requests if isinstance(one, RegionRequest)):
            check_region(spec, self.models.named(spec.scores.model))

    def _is_answered(self, request: Request, key: str) -> bool:
        return is_answered(request, key, self.store, self.models)

    def _take_up(self, todo: Sequence[Step], queue: str) -> None:
        """Join the steps that are under way and queue the others; the last one is what was asked."""
        jobs = self.queue.find([step.ticket.key for step in todo])
        pending: set[str] = set()
        new: list[NewJob] = []
        for step in todo:
            key, job = step.ticket.key, jobs.get(step.ticket.key)
            if job and not job.state.ended:
                self._join(job, queue, asked=step is todo[-1])
            elif job and self._is_answered(step.ticket.request, key):
                continue  # its worker stored it in this moment
            else:
                if job:
                    self.queue.forget(key)
                new.append(NewJob(step.ticket, tuple(one for one in step.after if one in pending)))
            pending.add(key)
        self._enqueue(new, queue, asked=todo[-1].ticket.key)

    def _join(self, job: QueuedJob, queue: str, *, asked: bool) -> None:
        """A click on something that waits among the prepared analyses moves it to the front queue."""
        self.connection.hdel(job_record(job.key), "cancel")  # wanted again, if its worker has not heard yet
        if asked:
            self.connection.hset(job_record(job.key), "asked", "1")
        if (queue, job.queue) == ("interactive", "batch") and self.queue.move(job, queue):
            self.connection.hset(job_record(job.key), "queue", queue)
            self.endings.tell(job.key, state=job.state)

    def _enqueue(self, new: Sequence[NewJob], queue: str, *, asked: str) -> None:
        with self.connection.pipeline() as pipeline:  # before a worker can tell more
            for job in new:
                key, state = job.ticket.key, JobState.WAITING if job.after else JobState.QUEUED
                _write_record(pipeline, job.ticket, queue, asked=key == asked)
                tell(pipeline, StateEvent(key=key, state=state))
            pipeline.execute()
        self.queue.enqueue(new, queue)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """One change of the graph at a time: what one cancels another may be about to join."""
        lock = self.connection.lock(_GRAPH_LOCK, timeout=4 * LOCK_SECONDS, blocking_timeout=LOCK_SECONDS, sleep=0.01)
        try:
            with lock:
                yield
        except LockError:
            raise KnownError(
                "busy",
                "another change of the jobs takes unusually long",
                hint="Try again in a moment.",
                status=503,
            ) from None


def _write_record(pipeline: Pipeline, ticket: Ticket, queue: str, *, asked: bool) -> None:
    submitted_at = seconds_now()
    record = {
        "request": ticket.request.model_dump_json(),
        "queue": queue,
        "submitted_at": submitted_at,
        "attempts": 0,
    }
    pipeline.delete(job_record(ticket.key), job_events(ticket.key))
    pipeline.hset(job_record(ticket.key), mapping=record | ({"asked": 1} if asked else {}))
    pipeline.expire(job_record(ticket.key), LISTED_SECONDS)
    pipeline.zadd(JOBS, {ticket.key: submitted_at})
    pipeline.sadd(OPEN_JOBS, ticket.key)
