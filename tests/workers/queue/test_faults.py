"""Days on which processes die: no job is stuck, none is lost, none is tried more than twice."""

from __future__ import annotations

import os
import signal
import time

import psutil
import pytest
import redis.exceptions

from backend.contracts.streams import WORKERS, job_record, worker_record
from backend.contracts.vocabulary import JobState
from backend.jobs.reaper import Reaper
from tests.workers.queue.bench import Bench, region

pytestmark = pytest.mark.redis


def test_a_worker_killed_mid_job_is_replaced_once_then_the_job_fails(fresh_bench: Bench) -> None:
    bench = fresh_bench
    key = bench.submit("sleep 30")
    for attempt, name in enumerate(("w1", "w2"), start=1):
        worker = bench.start_worker(name)
        status = bench.running(key)
        assert (status.attempts, status.worker) == (attempt, name)
        family = psutil.Process(worker.pid).children(recursive=True)
        worker.kill()
        worker.wait()
        psutil.wait_procs(family, timeout=5)
        assert not [child for child in family if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]
        bench.reaper.run()
        expected = JobState.QUEUED if attempt == 1 else JobState.FAILED
        assert bench.service.status(key).state is expected
    problem = bench.service.status(key).problem
    assert problem is not None and problem.code == "worker_crashed" and "w2" in problem.detail


def test_a_silent_worker_elsewhere_is_given_up_after_its_time(
    fresh_bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = fresh_bench
    key = bench.submit("sleep 30")
    worker = bench.start_worker("w1", LINGUA_ATLAS_LOST_SECONDS="2")
    bench.running(key)
    os.kill(worker.pid, signal.SIGSTOP)
    bench.connection.delete(worker_record("w1"))  # as its expiry will
    bench.connection.hset(job_record(key), "process", "1 0.0 elsewhere")
    monkeypatch.setattr(bench.service.queue, "up_seconds", lambda: 100.0)
    bench.wait_for(key, JobState.QUEUED, reap=True)
    bench.start_worker("w2")
    bench.running(key)
    os.kill(worker.pid, signal.SIGCONT)
    bench.until(lambda: (info := bench.device("w1")) is not None and info.state == "idle", "w1 lets go of the job")
    status = bench.service.status(key)
    assert (status.state, status.worker, status.attempts) == (JobState.RUNNING, "w2", 2)


def test_a_worker_lives_on_while_redis_refuses_writes(fresh_bench: Bench) -> None:
    bench = fresh_bench
    worker = bench.start_worker()
    key = bench.submit("sleep 1")
    bench.running(key)
    bench.connection.config_set("maxmemory", "1")
    bench.until(lambda: _refuses(bench), "Redis refuses")
    time.sleep(2)  # the job ends meanwhile, and a heartbeat is due
    assert worker.poll() is None
    bench.connection.config_set("maxmemory", "0")
    bench.wait_for(key, JobState.DONE)
    later = bench.submit("sleep 0")
    bench.wait_for(later, JobState.DONE)
    assert worker.poll() is None


def _refuses(bench: Bench) -> bool:
    try:
        bench.connection.set("x", "y")
    except redis.exceptions.OutOfMemoryError:
        return True
    return False


def test_redis_restarts_under_a_busy_worker(fresh_bench: Bench) -> None:
    bench = fresh_bench
    worker = bench.start_worker()
    horse = bench.horse_pid()
    busy, queued = bench.submit("sleep 2"), bench.submit("sleep 0.1")
    bench.running(busy)
    bench.redis.kill()
    bench.redis.start()
    assert bench.finish(busy).attempts == 1
    assert bench.finish(queued).state is JobState.DONE
    assert bench.horse_pid() == horse and worker.poll() is None


def test_redis_restarts_under_an_idle_worker(fresh_bench: Bench) -> None:
    bench = fresh_bench
    bench.start_worker()
    bench.redis.kill()
    bench.redis.start()
    assert bench.finish(bench.submit("speak 1"), reap=True).state is JobState.DONE


def test_a_stopped_worker_gives_its_job_back_and_leaves_nothing(fresh_bench: Bench) -> None:
    bench = fresh_bench
    worker = bench.start_worker()
    key = bench.submit("sleep 1.5")
    bench.running(key)
    family = psutil.Process(worker.pid).children(recursive=True)
    worker.terminate()
    assert worker.wait(5) == 0
    status = bench.service.status(key)
    assert (status.state, status.position) == (JobState.QUEUED, 0)
    assert not psutil.wait_procs(family, timeout=5)[1]
    assert bench.connection.smembers(WORKERS) == set()
    bench.start_worker("w2")
    assert bench.finish(key).state is JobState.DONE


def test_an_idle_horse_that_dies_costs_no_attempt(fresh_bench: Bench) -> None:
    bench = fresh_bench
    bench.start_worker()
    horse = bench.horse_pid()
    os.kill(horse, signal.SIGKILL)
    bench.until(lambda: _is_dead(horse), "the horse is dead")  # on a busy machine a kill takes a moment
    status = bench.finish(bench.submit("speak 3"))
    assert (status.state, status.attempts) == (JobState.DONE, 1)
    assert bench.horse_pid() != horse


def _is_dead(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_job_popped_by_a_worker_that_died_before_it_began_is_queued_again(fresh_bench: Bench) -> None:
    bench = fresh_bench
    key = bench.submit("speak 4")
    assert bench.connection.lpop("rq:queue:interactive") == key.encode()
    reaper = Reaper(bench.service, doubt_seconds=0)
    reaper.run()
    assert bench.service.status(key).position == 0


def test_what_waits_for_a_cancelled_job_fails_with_the_reason(fresh_bench: Bench) -> None:
    bench = fresh_bench
    waiting = bench.ask(region("de", "en"))
    needed = bench.service.queue.find([waiting.key])[waiting.key].inputs
    bench.service.cancel(needed[0])
    status = bench.service.status(waiting.key)
    assert status.state is JobState.FAILED and status.problem is not None
    assert status.problem.code == "input_failed" and "cancelled" in status.problem.detail
    assert bench.service.status(needed[1]).state is JobState.QUEUED


def test_what_waits_for_a_job_that_vanished_is_not_stuck(fresh_bench: Bench) -> None:
    bench = fresh_bench
    waiting = bench.ask(region("de"))
    (needed,) = bench.service.queue.find([waiting.key])[waiting.key].inputs
    bench.service.queue.forget(needed)
    bench.reaper.run()
    assert bench.service.status(waiting.key).state is JobState.FAILED
    retried = bench.service.retry(waiting.key)
    assert retried.state is JobState.WAITING and bench.service.status(needed).state is JobState.QUEUED


def test_a_click_goes_before_prepared_analyses(fresh_bench: Bench) -> None:
    bench = fresh_bench
    prepared = [bench.submit(f"speak {index}", "batch") for index in (5, 6)]
    clicked = bench.submit("speak 6", "interactive")
    assert clicked == prepared[1] and bench.service.status(clicked).queue == "interactive"
    bench.start_worker()
    ends = [bench.finish(key).started_at for key in (clicked, prepared[0])]
    assert ends[0] is not None and ends[1] is not None and ends[0] < ends[1]


def test_a_region_goes_before_what_was_asked_after_it(fresh_bench: Bench) -> None:
    bench = fresh_bench
    asked = bench.ask(region("en", "de"), "batch").key
    later = [bench.submit(f"speak {index}", "batch") for index in (3, 4)]
    bench.start_worker()
    starts = [one for key in (asked, *later) if (one := bench.finish(key).started_at)]
    assert len(starts) == 3 and starts == sorted(starts)


def test_a_text_that_is_edited_while_its_job_waits_is_refused_and_retried_as_what_it_is(fresh_bench: Bench) -> None:
    bench = fresh_bench
    asked = bench.ask(region("de"))
    (needed,) = bench.service.queue.find([asked.key])[asked.key].inputs
    (bench.layout.corpora / "small" / "de.txt").write_text("neu\n" * 4, encoding="utf-8")
    bench.start_worker()
    refused = bench.finish(needed)
    assert refused.problem is not None and refused.problem.code == "input_changed"
    assert not bench.store.has(needed)
    retried = bench.service.retry(needed)
    assert retried.key != needed
    assert bench.finish(retried.key).state is JobState.DONE
    above = bench.finish(asked.key, reap=True)
    assert above.problem is not None and above.problem.code == "input_failed"
