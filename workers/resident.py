"""The parent: RQ's bookkeeping around one resident horse. Never imports torch, so it outlives every job.

A job ends in one of seven ways (`Verdict`). Only the death of the horse is tried again, once: a Python
exception would come again, and a cancel, a timeout and a shutdown are wanted.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

import psutil
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import DeserializationError, StopRequested
from rq.job import Job
from rq.job import JobStatus as RqStatus
from rq.serializers import JSONSerializer
from rq.worker import BaseWorker
from rq.worker.base import WorkerStatus

from backend.contracts.jobs import QUEUES, Progress, StateEvent
from backend.contracts.models import DeviceInfo
from backend.contracts.problems import KnownError, Problem
from backend.contracts.streams import CANCELLED, WORKER_SECONDS, WORKERS, job_record, process_name, tell, worker_record
from backend.contracts.vocabulary import JobState, Phase
from workers.context import HostReport
from workers.failures import crashed, known, timed_out
from workers.horse import Assignment, Ended, Ready
from workers.horse_process import HorseProcess
from workers.settings import WorkerSettings

POLL_SECONDS = 0.1
"""How often a running job is looked after: cancel, timeout, shutdown."""
BEAT_SECONDS = 1.0
IDLE_SECONDS = 5
RESTORE_SECONDS = 4.0
"""Less than the launcher waits for a worker that shall stop."""
_UNKNOWN = HostReport(device="", dtype="", memory_bytes=0, memory_free_bytes=0, n_threads=0)


class How(StrEnum):
    """How a job ended."""

    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMEOUT = "timeout"
    CRASHED = "crashed"
    SHUTDOWN = "shutdown"
    """This worker was asked to stop: the job goes back to the front of its queue."""
    LOST = "lost"
    """Somebody else took the job over, because this worker seemed dead."""


class Verdict(NamedTuple):
    """How, and the reason where there is one."""

    how: How
    problem: Problem | None = None


class ResidentWorker(BaseWorker):
    """An RQ worker whose jobs all run in the same child process."""

    def __init__(self, settings: WorkerSettings, connection: Redis) -> None:
        super().__init__(
            list(QUEUES),
            name=settings.name,
            connection=connection,
            serializer=JSONSerializer,
            worker_ttl=WORKER_SECONDS,
            log_job_description=False,
        )
        self.settings = settings
        self.horse = HorseProcess(settings)
        self.horse_report = _UNKNOWN
        self._horse_is_ready = False
        self._next_beat = 0.0
        self._process = process_name(os.getpid(), psutil.Process().create_time())

    # Starting and stopping

    def subscribe(self) -> None:
        """No commands over pub/sub: a message sent while Redis restarts would be lost; a flag is not."""

    unsubscribe = run_maintenance_tasks = subscribe
    """Bringing lost jobs back is the API's task, which knows how to tell about it."""

    def request_stop(self, signum: int, frame: object) -> None:
        """Stop soon: at once when idle, after handing the running job back when busy."""
        self._stop_requested = True
        if self.get_state() != WorkerStatus.BUSY:
            raise StopRequested

    def teardown(self) -> None:
        """Leave nothing behind, even when Redis is gone."""
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        self.horse.kill()
        with contextlib.suppress(RedisError, StopRequested):
            self.connection.delete(worker_record(self.name))
            self.connection.srem(WORKERS, self.name)
            self.register_death()

    def _ensure_horse(self) -> None:
        if self.horse.pid is not None:
            return
        self._horse_is_ready = False
        self.horse.start()
        self._publish()
        while not isinstance(message := self.horse.receive(BEAT_SECONDS), Ready):
            if self.horse.pid is None:
                raise RuntimeError(f"the horse did not start: {self.horse.death()}; its traceback stands above")
            self._publish()
        self.horse_report, self._horse_is_ready = message.report, True

    # Heartbeats

    def dequeue_job_and_maintain_ttl(
        self, timeout: int | None, max_idle_time: int | None = None
    ) -> tuple[Job, Queue] | None:
        """Take a job, but none before the horse is ready; look after an idle horse now and then."""
        while True:
            self._ensure_horse()
            found = super().dequeue_job_and_maintain_ttl(timeout, max_idle_time=IDLE_SECONDS)
            if found is not None:
                return found

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """RQ's heartbeat, and ours beside it."""
        super().heartbeat(timeout, pipeline)
        self._publish()

    def get_heartbeat_ttl(self, job: Job) -> int:
        """Seconds after which a silent worker's job counts as abandoned."""
        return self.settings.lost_seconds

    def _publish(self) -> None:
        state = "starting"
        if self._horse_is_ready:
            state = "busy" if self.get_state() == WorkerStatus.BUSY else "idle"
        info = DeviceInfo(
            worker=self.name,
            host=socket.gethostname(),
            state=state,
            last_seen=datetime.now(UTC),
            **self.horse_report._asdict(),
        )
        mapping = {"info": info.model_dump_json(), "process": self._process}
        with self.connection.pipeline(transaction=False) as pipeline:
            pipeline.hset(worker_record(self.name), mapping=mapping)
            pipeline.expire(worker_record(self.name), WORKER_SECONDS)
            pipeline.sadd(WORKERS, self.name)
            pipeline.execute()

    # One job

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Have one job done by the horse and write down how it ended."""
        self.prepare_execution(job)
        self.prepare_job_execution(job)
        self.connection.hincrby(job_record(job.id), "attempts", 1)
        self.connection.hset(job_record(job.id), "process", self._process)
        self._tell(job, JobState.RUNNING, progress=Progress(phase=Phase.RUNNING))
        verdict = self._run(job)
        job.ended_at = datetime.now(UTC)
        self._conclude(job, queue, verdict)
        self.set_state(WorkerStatus.IDLE)

    def _run(self, job: Job) -> Verdict:
        if self._is_cancelled(job):
            return Verdict(How.CANCELLED, CANCELLED)
        try:
            ticket = job.args[0]
        except (DeserializationError, IndexError) as error:
            return Verdict(How.FAILED, known(error).problem)
        self._ensure_horse()
        self.horse.send(Assignment(job.id, ticket))
        return self._follow(job)

    def _follow(self, job: Job) -> Verdict:
        deadline = time.monotonic() + float(job.timeout or 0)
        stopped: Verdict | None = None
        asked_at = float("inf")
        while True:
            message = self.horse.receive(POLL_SECONDS)
            if isinstance(message, Ended) and message.key == job.id:
                return self._heard(message, stopped)
            if self.horse.pid is None:
                return stopped or Verdict(How.CRASHED, crashed(self.horse.death()))
            if stopped:
                self.horse.remind()
            elif stopped := self._reason_to_stop(job, deadline):
                self.horse.interrupt()
                asked_at = time.monotonic()
            if time.monotonic() - asked_at > self._grace_seconds():
                self.log.warning("job %s did not react; its process is killed", job.id)
                self.horse.kill()
            self._beat(job)

    def _grace_seconds(self) -> float:
        """A horse deaf inside a C call is killed soon; one that heard may restore its weights first."""
        return RESTORE_SECONDS if self.horse.heard else self.settings.cancel_grace_seconds

    def _heard(self, message: Ended, stopped: Verdict | None) -> Verdict:
        if message.report:
            self.horse_report = message.report
        if message.leaving:
            self.horse.kill()
        if stopped and (message.interrupted or message.problem):
            return stopped
        return Verdict(How.FAILED, message.problem) if message.problem else Verdict(How.DONE)

    def _reason_to_stop(self, job: Job, deadline: float) -> Verdict | None:
        if self._stop_requested:
            return Verdict(How.SHUTDOWN)
        if time.monotonic() > deadline:
            return Verdict(How.TIMEOUT, timed_out(float(job.timeout or 0)))
        if self._is_cancelled(job):
            return Verdict(How.CANCELLED, CANCELLED)
        return None if self._is_mine(job) else Verdict(How.LOST)

    def _is_cancelled(self, job: Job) -> bool:
        return bool(self.connection.hexists(job_record(job.id), "cancel"))

    def _is_mine(self, job: Job) -> bool:
        assert self.execution is not None
        return self.connection.zscore(job.started_job_registry.key, self.execution.composite_key) is not None

    def _beat(self, job: Job) -> None:
        if time.monotonic() >= self._next_beat and self._is_mine(job):
            self._next_beat = time.monotonic() + BEAT_SECONDS
            self.maintain_heartbeats(job)

    # How it ended

    def _conclude(self, job: Job, queue: Queue, verdict: Verdict) -> None:
        if not self._is_mine(job):
            self.execution = None
            return
        if verdict.how is How.DONE:
            self._succeed(job, queue)
        elif verdict.how is How.SHUTDOWN:
            self._give_back(job, queue)
        elif verdict.how is How.CRASHED and job.should_retry:
            self._tell(job, JobState.QUEUED, progress=Progress(note="tried again: its process died"))
            self.handle_job_failure(job, queue, exc_string=_detail(verdict))
        else:
            self._fail(job, queue, verdict)

    def _succeed(self, job: Job, queue: Queue) -> None:
        dependents = job.dependent_ids
        self.handle_job_success(job, queue, queue.started_job_registry)
        self._tell(job, JobState.DONE, progress=Progress(phase=Phase.WRITING))
        for dependent in Job.fetch_many(dependents, connection=self.connection, serializer=JSONSerializer):
            if dependent and dependent.get_status() == RqStatus.QUEUED:
                self._tell(dependent, JobState.QUEUED)

    def _fail(self, job: Job, queue: Queue, verdict: Verdict) -> None:
        problem = verdict.problem or KnownError("internal", "the job ended without a reason", status=500).problem
        job.retries_left = 0
        # The reason first: whoever sees RQ's `failed` shall find it.
        self.connection.hset(job_record(job.id), "problem", problem.model_dump_json())
        self.handle_job_failure(job, queue, exc_string=_detail(verdict))
        state = JobState.CANCELLED if verdict.how is How.CANCELLED else JobState.FAILED
        self._tell(job, state, problem=problem)

    def _give_back(self, job: Job, queue: Queue) -> None:
        self._tell(job, JobState.QUEUED, progress=Progress(note="its worker was stopped"))
        with self.connection.pipeline() as pipeline:
            self.cleanup_execution(job, pipeline)
            queue._enqueue_job(job, pipeline=pipeline, at_front=True)
            pipeline.execute()

    def _tell(
        self, job: Job, state: JobState, *, progress: Progress | None = None, problem: Problem | None = None
    ) -> None:
        with self.connection.pipeline() as pipeline:
            tell(pipeline, StateEvent(key=job.id, state=state, progress=progress or Progress(), problem=problem))
            pipeline.execute()


def _detail(verdict: Verdict) -> str:
    return verdict.problem.detail if verdict.problem else verdict.how.value
