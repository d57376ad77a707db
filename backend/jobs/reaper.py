"""Brings back what dead processes left behind, so that no job is ever stuck.

Four cases: a worker that died with a job, a job popped by a worker that died before it began, a job
that waits for one that ended badly, a job whose waiting was never ended.

A process of this machine is looked at, and one that lives is never called dead, however long it says nothing. Of
others only their silence is known. On a machine that slept, all were silent: whoever looks after a gap of its own
begins to count anew.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection

import psutil
from redis.exceptions import RedisError

from backend.contracts.problems import KnownError, Problem
from backend.contracts.streams import CANCELLED, OPEN_JOBS, WORKER_SECONDS, job_record, place, worker_record
from backend.contracts.vocabulary import JobState
from backend.jobs.service import JobService
from backend.queueing import Execution, QueuedJob, seconds_now

EVERY_SECONDS = 2.0
DOUBT_SECONDS = 3.0
"""How long a job must look lost before it is touched: moving between two lists takes milliseconds."""
GAP_SECONDS = 4 * EVERY_SECONDS
"""A reaper that was not called for this long slept, and so did the workers, it must assume."""
BORN_SECONDS = 2.0
"""By how much two readings of the time a process began may differ."""
_TURN = "lingua-atlas:reaping"

log = logging.getLogger(__name__)


class Reaper:
    """One per API process; they take turns."""

    def __init__(self, service: JobService, *, doubt_seconds: float = DOUBT_SECONDS) -> None:
        self._service = service
        self._queue = service.queue
        self._doubt_seconds = doubt_seconds
        self._doubted: dict[str, float] = {}
        self._called_at: float | None = None
        self._quiet_until = 0.0

    def run(self, *, dead_worker: str | None = None) -> None:
        """Look once. `dead_worker`: the name of a worker known to be gone, whose jobs need no waiting."""
        connection = self._service.connection
        self._notice_gap()
        if not connection.set(_TURN, "1", nx=True, ex=10) and dead_worker is None:
            return
        try:
            for attempt in list(self._queue.executions()):
                if attempt.worker == dead_worker or self._is_abandoned(attempt):
                    self._take_over(attempt)
            self._look_at_open_jobs()
            self._queue.expire()
        finally:
            connection.delete(_TURN)

    def _notice_gap(self) -> None:
        """After a sleep give living workers time to say so, and forget how long anything looked lost."""
        now, before = seconds_now(), self._called_at
        if before is not None and abs(now - before) > GAP_SECONDS:
            log.warning("nothing was looked after for %.0f s; workers have time to say that they live", now - before)
            self._quiet_until = now + WORKER_SECONDS
            self._doubted.clear()
        self._called_at = now

    def _is_abandoned(self, attempt: Execution) -> bool:
        connection = self._service.connection
        process = connection.hget(worker_record(attempt.worker), "process")
        told = process or connection.hget(job_record(attempt.key), "process")
        lives = None if told is None else _lives(told.decode())
        if lives is not None:
            return not lives
        now = seconds_now()
        awake = now > self._quiet_until and now - (self._called_at or now) < GAP_SECONDS
        silent = awake and now > attempt.seen_until and process is None
        # After Redis was away, living workers need a moment to say so.
        return silent and self._queue.up_seconds() > WORKER_SECONDS

    def _take_over(self, attempt: Execution) -> None:
        if not self._queue.take_over(attempt):
            return
        log.warning("worker %s is gone with job %s", attempt.worker, attempt.key)
        if job := self._queue.find([attempt.key]).get(attempt.key):
            self._try_again_or_end(job)

    def _try_again_or_end(self, job: QueuedJob) -> None:
        record = self._service.statuses.record(job.key)
        if record and record.cancel_wanted:
            self._service.end(job.key, CANCELLED)
        elif job.retries_left:
            self._service.endings.tell(job.key, state=JobState.QUEUED, note="tried again: its worker died")
            self._queue.try_again(job.key)
        else:
            self._service.end(job.key, _worker_lost(job))

    def _look_at_open_jobs(self) -> None:
        jobs = self._open_jobs()
        placed = {*self._queue.positions(), *(attempt.key for attempt in self._queue.executions())}
        lost = [job for job in jobs if self._is_lost(job, placed)]
        now = seconds_now()
        self._doubted = {job.key: self._doubted.get(job.key, now) for job in lost}
        for job in lost:
            if now - self._doubted[job.key] >= self._doubt_seconds:
                self._bring_back(job)

    def _open_jobs(self) -> list[QueuedJob]:
        connection = self._service.connection
        keys = [key.decode() for key in connection.smembers(OPEN_JOBS)]
        jobs = self._queue.find(keys)
        if over := [key for key in keys if _is_over(jobs.get(key))]:
            connection.srem(OPEN_JOBS, *over)
            # One of them may have been submitted again in this moment.
            again = [job.key for job in self._queue.find(over).values() if not job.state.ended]
            if again:
                connection.sadd(OPEN_JOBS, *again)
        return [job for job in jobs.values() if not job.state.ended]

    def _is_lost(self, job: QueuedJob, placed: Collection[str]) -> bool:
        if job.state in (JobState.QUEUED, JobState.RUNNING):
            return job.key not in placed
        return job.state is JobState.WAITING and self._waits_in_vain(job)

    def _waits_in_vain(self, job: QueuedJob) -> bool:
        inputs = self._queue.find(job.inputs)
        if bad := [key for key in job.inputs if not self._service.store.has(key) and _is_over(inputs.get(key))]:
            if self._queue.withdraw([job]):
                self._service.end(job.key, self._service.endings.input_failed(bad[0]))
            return False
        return all(_is_over(inputs.get(key)) for key in job.inputs)

    def _bring_back(self, job: QueuedJob) -> None:
        current = self._queue.find([job.key]).get(job.key)
        if current is None or current.state is not job.state:
            return
        log.warning("job %s was %s and in no list; it is queued again", job.key, job.state.value)
        if job.state is JobState.RUNNING:
            self._try_again_or_end(job)
        else:
            self._service.endings.tell(job.key, state=JobState.QUEUED)
            self._queue.push_again(job.key)


def _lives(process: str) -> bool | None:
    """Whether a process lives; None when it is elsewhere, or another has its id by now: only its silence tells."""
    pid, born, where = process.split(" ", 2)
    if where != place():
        return None
    try:
        seen = psutil.Process(int(pid))
        if seen.status() == psutil.STATUS_ZOMBIE:
            return False
        return True if abs(seen.create_time() - float(born)) < BORN_SECONDS else None
    except psutil.NoSuchProcess:
        return False


def _is_over(job: QueuedJob | None) -> bool:
    return job is None or job.state.ended


def _worker_lost(job: QueuedJob) -> Problem:
    return KnownError(
        "worker_crashed",
        f"the worker {job.worker or ''} died while it ran this job, and so it was when the job was first tried",
        hint="The machine may have run out of memory: choose a smaller model, fewer or shorter lines. "
        "The worker's log has more.",
        status=500,
    ).problem


async def reap_forever(reaper: Reaper, *, every_seconds: float = EVERY_SECONDS) -> None:
    """The API's background task; a Redis that is away is told once and asked again later."""
    told = ""
    while True:
        try:
            await asyncio.to_thread(reaper.run)
            told = ""
        except (RedisError, KnownError) as error:
            if str(error) != told:
                log.warning("cannot look after lost jobs just now: %s", error)
            told = str(error)
        await asyncio.sleep(every_seconds)
