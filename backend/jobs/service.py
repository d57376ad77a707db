"""Jobs as a user sees them: submit, look, cancel, retry. A key is computed once, however often it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from redis.exceptions import LockError

from backend.artifacts.answers import is_answered
from backend.artifacts.corpora import Corpora
from backend.artifacts.keys import input_keys, resolve_key
from backend.artifacts.models import ModelEntries
from backend.artifacts.results import ResultStore
from backend.contracts.building import inputs_of, model_of
from backend.contracts.jobs import JobList, JobStatus, Progress, StateEvent, Submission, Ticket, job_events, title_of
from backend.contracts.problems import KnownError, Problem
from backend.contracts.requests import OpenModelRequest, Request
from backend.contracts.streams import CANCELLED, JOBS, LISTED_SECONDS, OPEN_JOBS, job_record, tell
from backend.contracts.vocabulary import JobState
from backend.jobs.statuses import Statuses
from backend.jobs.validation import check_against, check_source
from backend.queueing import JobQueue, seconds_now
from backend.settings import JOB_SECONDS

LOCK_SECONDS = 30


class JobService:
    """What the routes of `/jobs` do. Thread-safe: its state is in Redis and on disk."""

    def __init__(
        self,
        connection: Redis,
        *,
        store: ResultStore,
        models: ModelEntries,
        corpora: Corpora,
        model_roots: tuple[Path, ...] = (),
        job_seconds: int = JOB_SECONDS,
    ) -> None:
        self.connection = connection
        self.store = store
        self.models = models
        self.corpora = corpora
        self.queue = JobQueue(connection, job_seconds=job_seconds)
        self.statuses = Statuses(self.queue, store)
        self._model_roots = model_roots

    def submit(self, submission: Submission) -> JobStatus:
        """Check a request, then answer it from the store, join its running job, or queue it with its inputs.

        Raises KnownError for everything that can be known to be wrong without a worker.
        """
        return self._submit(self._ticket(submission.request), submission.queue)

    def status(self, key: str) -> JobStatus:
        """One job, or the stored result of one long ended; a 404 problem when there is neither."""
        return self.statuses.one(key)

    def jobs(self) -> JobList:
        """Everything queued, waiting, running or lately ended, newest first."""
        return JobList(jobs=self.statuses.newest())

    def cancel(self, key: str) -> JobStatus:
        """Stop a job: queued and waiting ones at once, a running one within a second; an ended one stays as it is."""
        with self._lock(key):
            job = self.queue.find([key]).get(key)
            if job and not job.state.ended:
                self.connection.hset(job_record(key), "cancel", "1")
                if job.state is not JobState.RUNNING and self.queue.withdraw(job):
                    self.end(key, CANCELLED)
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
        dependents = self.queue.find(self.queue.dependents(key)).values()
        self.queue.fail(key)
        state = JobState.CANCELLED if problem.code == CANCELLED.code else JobState.FAILED
        self.tell(key, state, problem=problem)
        for dependent in dependents:
            if dependent.state is JobState.WAITING and self.queue.withdraw(dependent):
                self.end(dependent.key, self.input_failed(key, problem))

    def input_failed(self, key: str, problem: Problem | None) -> Problem:
        """Why a job that waited for the job `key` cannot run."""
        record = self.statuses.record(key)
        name = title_of(record.request) if record else "its scores"
        return KnownError(
            "input_failed",
            f"this run needs {name} (job {key}), which did not end well: "
            f"{problem.detail if problem else 'it is gone from the queue'}",
            hint="Retry this run: what is missing is computed again first.",
            status=424,
        ).problem

    def tell(self, key: str, state: JobState, *, note: str = "", problem: Problem | None = None) -> None:
        """Tell everybody that a job changed its state."""
        event = StateEvent(key=key, state=state, progress=Progress(note=note), problem=problem)
        with self.connection.pipeline() as pipeline:
            tell(pipeline, event)
            pipeline.execute()

    def _ticket(self, request: Request) -> Ticket:
        if isinstance(request, OpenModelRequest):
            check_source(request, self._model_roots)
            return Ticket(key=resolve_key(request, self.models, self.corpora), request=request)
        name = model_of(request)
        assert name is not None
        check_against(request, self.models.ready(name))
        return Ticket(
            key=resolve_key(request, self.models, self.corpora),
            request=request,
            inputs=input_keys(request, self.models, self.corpora),
        )

    def _needed(self, key: str, request: Request) -> Ticket:
        return Ticket(key=key, request=request, inputs=input_keys(request, self.models, self.corpora))

    def _submit(self, ticket: Ticket, queue: str) -> JobStatus:
        with self._lock(ticket.key):
            if is_answered(ticket.request, ticket.key, self.store, self.models):
                return self.statuses.stored(ticket.key, ticket.request)
            if not self._is_under_way(ticket.key, queue):
                self._enqueue(ticket, queue)
        return self.status(ticket.key)

    def _is_under_way(self, key: str, queue: str) -> bool:
        job = self.queue.find([key]).get(key)
        if job is None or job.state.ended:
            self.queue.forget(key)
            return False
        clicked = (queue, job.queue) == ("interactive", "batch") and job.state is not JobState.RUNNING
        # A click on something that waits among the prepared analyses moves it to the front queue.
        return not (clicked and self.queue.withdraw(job))

    def _enqueue(self, ticket: Ticket, queue: str) -> None:
        inputs = [
            self._submit(self._needed(ticket.inputs[name], request), queue)
            for name, request in inputs_of(ticket.request).items()
        ]
        after = [status.key for status in inputs if status.state is not JobState.DONE]
        self._write_record(ticket, queue)
        self.tell(ticket.key, JobState.WAITING if after else JobState.QUEUED)  # before a worker can tell more
        self.queue.enqueue(ticket, queue, after=after)

    def _write_record(self, ticket: Ticket, queue: str) -> None:
        submitted_at = seconds_now()
        record = {
            "request": ticket.request.model_dump_json(),
            "queue": queue,
            "submitted_at": submitted_at,
            "attempts": 0,
        }
        with self.connection.pipeline() as pipeline:
            pipeline.delete(job_record(ticket.key), job_events(ticket.key))
            pipeline.hset(job_record(ticket.key), mapping=record)
            pipeline.expire(job_record(ticket.key), LISTED_SECONDS)
            pipeline.zadd(JOBS, {ticket.key: submitted_at})
            pipeline.sadd(OPEN_JOBS, ticket.key)
            pipeline.execute()

    @contextmanager
    def _lock(self, key: str) -> Iterator[None]:
        try:
            with self.connection.lock(f"lingua-atlas:lock:{key}", timeout=LOCK_SECONDS, blocking_timeout=10):
                yield
        except LockError:
            raise KnownError(
                "busy",
                f"another request about job {key} takes unusually long",
                hint="Try again in a moment.",
                status=503,
            ) from None
