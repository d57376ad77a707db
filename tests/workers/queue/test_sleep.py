"""A machine that sleeps: all processes stop at once, and whoever wakes first calls nobody dead."""

from __future__ import annotations

import os
import signal

import psutil
import pytest

from backend.contracts.jobs import Progress as ProgressContract
from backend.contracts.jobs import StateEvent
from backend.contracts.problems import Problem
from backend.contracts.streams import job_record, process_name, tell, worker_record
from backend.contracts.vocabulary import JobState, Phase
from backend.jobs import reaper as reaping
from backend.jobs.reaper import Reaper
from backend.queueing import JobQueue, seconds_now
from tests.workers.queue.bench import Bench, generation
from workers.progress import Progress

pytestmark = pytest.mark.redis

SLEEP_SECONDS = 18.0


def _expire_what_sleep_expires(bench: Bench, worker: str, key: str) -> None:
    """What Redis does to the records of a worker that said nothing for 18 seconds."""
    bench.connection.delete(worker_record(worker))
    for found in bench.connection.scan_iter(f"rq:execution:{key}:*"):
        bench.connection.delete(found)
    for name in ("interactive", "batch"):
        for member in bench.connection.zrange(f"rq:wip:{name}", 0, -1):
            bench.connection.zadd(f"rq:wip:{name}", {member: seconds_now() - 1})


def test_a_machine_that_sleeps_twice_loses_no_job_and_no_attempt(
    fresh_bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = fresh_bench
    monkeypatch.setattr(bench.service.queue, "up_seconds", lambda: 100.0)
    worker = bench.start_worker()
    key = bench.submit("sleep 1.5")
    bench.running(key)
    family = [worker.pid, *(child.pid for child in psutil.Process(worker.pid).children(recursive=True))]
    for _ in range(2):
        for pid in family:
            os.kill(pid, signal.SIGSTOP)
        _expire_what_sleep_expires(bench, "w1", key)
        bench.reaper.run()  # the first to wake
        Reaper(bench.service, doubt_seconds=0).run()  # and one that was started meanwhile
        assert bench.service.status(key).state is JobState.RUNNING
        for pid in family:
            os.kill(pid, signal.SIGCONT)
        bench.until(lambda: bench.connection.exists(worker_record("w1")), "the worker says that it lives")
    status = bench.finish(key, reap=True)
    assert (status.state, status.attempts, status.problem) == (JobState.DONE, 1, None)


def test_a_worker_elsewhere_has_time_to_wake_up(fresh_bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = fresh_bench
    monkeypatch.setattr(bench.service.queue, "up_seconds", lambda: 100.0)
    bench.start_worker()
    key = bench.submit("sleep 30")
    bench.running(key)
    bench.workers["w1"].kill()
    bench.workers["w1"].wait()
    bench.connection.hset(job_record(key), "process", "1 0.0 elsewhere")
    _expire_what_sleep_expires(bench, "w1", key)
    clock = seconds_now()
    monkeypatch.setattr(reaping, "seconds_now", lambda: clock)
    awake = Reaper(bench.service)
    awake._called_at = clock - SLEEP_SECONDS
    awake.run()
    assert bench.service.status(key).state is JobState.RUNNING
    for _ in range(10):  # it is looked after again, and the worker stays silent
        clock += reaping.EVERY_SECONDS
        awake.run()
    assert bench.service.status(key).state is JobState.QUEUED


def test_a_process_id_that_another_process_has_by_now_is_not_the_worker() -> None:
    born = psutil.Process().create_time()
    assert reaping._lives(process_name(os.getpid(), born)) is True
    assert reaping._lives(process_name(os.getpid(), born - 60)) is None
    assert reaping._lives("1 0.0 elsewhere") is None


def test_late_progress_overwrites_no_reason(fresh_bench: Bench) -> None:
    bench = fresh_bench
    key = bench.submit("speak 0")
    reason = Problem(title="Lost", status=500, detail="the worker died", code="worker_crashed")
    bench.service.end(key, reason)
    n_events = len(bench.events(key))
    late = Progress(bench.connection, key)
    late.phase(Phase.RUNNING, "still here")
    assert bench.service.status(key).problem == reason
    assert len(bench.events(key)) == n_events
    tell(bench.connection, StateEvent(key=key, state=JobState.RUNNING, progress=ProgressContract(phase=Phase.RUNNING)))
    assert bench.service.status(key).problem == reason


@pytest.mark.parametrize("expired", [False, True])
def test_a_job_whose_worker_was_killed_is_retried_at_once(fresh_bench: Bench, expired: bool) -> None:
    bench = fresh_bench
    key = bench.submit("sleep 30")
    for name in ("w1", "w2"):
        worker = bench.start_worker(name)
        bench.running(key)
        worker.kill()
        worker.wait()
        if expired:
            _expire_what_sleep_expires(bench, name, key)
        bench.wait_for(key, JobState.QUEUED, JobState.FAILED, reap=True)
    assert bench.service.status(key).state is JobState.FAILED
    assert bench.service.retry(key).state is JobState.QUEUED
    bench.service.cancel(key)
    assert bench.ask(generation("sleep 30")).state is JobState.QUEUED
    assert not list(bench.connection.scan_iter(f"rq:execution*:{key}*"))


def test_an_attempt_whose_record_expired_is_no_obstacle(fresh_bench: Bench) -> None:
    """What RQ's own list still names for a minute after the record of the attempt is gone."""
    bench = fresh_bench
    key = bench.submit("speak 1")
    bench.connection.zadd(f"rq:executions:{key}", {"0" * 32: seconds_now() + 75})
    bench.service.cancel(key)
    assert bench.service.retry(key).state is JobState.QUEUED
    JobQueue(bench.connection).forget(key)
    assert not list(bench.connection.scan_iter(f"rq:*:{key}*"))
