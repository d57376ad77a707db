"""One worker, many jobs: each ends as it should and none harms the next."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from backend.contracts.jobs import JobStatus, StateEvent, TokenEvent
from backend.contracts.vocabulary import JobState, Phase
from backend.jobs.service import JobService
from tests.workers.queue.bench import Bench, generation, region

pytestmark = pytest.mark.redis


def test_a_stored_question_is_answered_at_once_and_computed_no_second_time(bench: Bench) -> None:
    first = bench.finish(bench.submit("speak 1"))
    again = bench.ask(generation("speak 1"))
    assert (first.state, again.state, again.key) == (JobState.DONE, JobState.DONE, first.key)
    assert bench.service.status(first.key).attempts == 1
    manifest = bench.store.manifest(first.key)
    assert manifest.provenance.worker == "w1" and set(manifest.files) == {"pid.txt", "weights.txt"}


def test_identical_requests_that_arrive_together_give_one_job(bench: Bench) -> None:
    statuses: list[JobStatus] = []
    threads = [threading.Thread(target=lambda: statuses.append(bench.ask(generation("sleep 0.5")))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({status.key for status in statuses}) == 1 and len(statuses) == 8
    assert bench.finish(statuses[0].key).attempts == 1


def test_progress_counts_estimates_and_is_throttled(bench: Bench) -> None:
    key = bench.submit("sleep 1")
    status = bench.running(key)
    assert status.state is JobState.RUNNING and status.worker == "w1"
    assert (status.progress.total, status.progress.unit, status.progress.note) == (50, "steps", "sleeping")
    assert status.progress.eta_seconds is not None and status.progress.phase is Phase.RUNNING
    bench.finish(key)
    events = [event for event in bench.events(key) if isinstance(event, StateEvent)]
    states = [event.state for event in events]
    assert states[0] is JobState.QUEUED and states[-1] is JobState.DONE
    counted = [event for event in events if event.state is JobState.RUNNING and event.progress.total]
    assert 3 <= len(counted) <= 15
    assert Phase.WRITING in {event.progress.phase for event in events}


def test_tokens_travel_together_and_none_is_lost(bench: Bench) -> None:
    key = bench.submit("speak 200")
    bench.finish(key)
    told = [event for event in bench.events(key) if isinstance(event, TokenEvent)]
    assert [token.id for event in told for token in event.tokens] == list(range(200))
    assert len(told) < 20


def test_a_poison_job_fails_alone(bench: Bench) -> None:
    pid = bench.horse_pid()
    failed = bench.finish(bench.submit("poison"))
    assert failed.state is JobState.FAILED and failed.attempts == 1
    assert failed.problem is not None and failed.problem.code == "internal"
    assert "ValueError: poisoned" in failed.problem.detail
    assert bench.horse_pid() == pid
    assert not list(bench.store.root.glob(".writing-*"))


def test_a_known_failure_keeps_its_code_and_hint(bench: Bench) -> None:
    problem = bench.finish(bench.submit("known")).problem
    assert problem is not None and (problem.code, problem.hint) == ("not_finite", "Check the model's weights.")


def test_out_of_memory_fails_the_job_and_keeps_the_worker(bench: Bench) -> None:
    pid = bench.horse_pid()
    problem = bench.finish(bench.submit("out-of-memory")).problem
    assert problem is not None and problem.code == "out_of_memory" and problem.hint
    assert bench.horse_pid() == pid


def test_a_horse_that_lost_its_device_is_replaced(bench: Bench) -> None:
    pid = bench.horse_pid()
    failed = bench.finish(bench.submit("lose-device"))
    assert (failed.state, failed.attempts) == (JobState.FAILED, 1)
    assert failed.problem is not None and "illegal memory access" in failed.problem.detail
    assert bench.horse_pid() != pid


@pytest.mark.parametrize("command", ["edit 30", "sleep 30", "swallow"])
def test_cancel_keeps_the_horse_and_the_weights(bench: Bench, command: str) -> None:
    before = bench.finish(bench.submit(f"speak 0 before {command}"))
    key = bench.submit(command)
    bench.running(key)
    bench.service.cancel(key)
    cancelled = bench.wait_for(key, JobState.CANCELLED)
    assert cancelled.problem is not None and cancelled.problem.code == "cancelled"
    after = bench.finish(bench.submit(f"speak 0 after {command}"))
    for name in ("pid.txt", "weights.txt"):
        assert bench.store.file(before.key, name).read_text() == bench.store.file(after.key, name).read_text()


def test_cancel_of_a_queued_job_ends_it_at_once(bench: Bench) -> None:
    busy, queued = bench.submit("sleep 31"), bench.submit("sleep 32")
    bench.running(busy)
    assert bench.service.status(queued).position == 0
    assert bench.service.cancel(queued).state is JobState.CANCELLED
    assert bench.service.status(busy).state is JobState.RUNNING
    bench.service.cancel(busy)
    assert bench.finish(busy).state is JobState.CANCELLED
    assert bench.service.status(queued).attempts == 1


def test_a_job_deaf_in_c_is_cancelled_by_ending_its_process(bench: Bench) -> None:
    pid = bench.horse_pid()
    key = bench.submit("sleep-in-c 30")
    bench.wait_for(key, JobState.RUNNING)
    bench.service.cancel(key)
    cancelled = bench.finish(key)
    assert (cancelled.state, cancelled.attempts) == (JobState.CANCELLED, 1)
    assert bench.horse_pid() != pid


def test_a_cancelled_job_can_be_retried_and_stays_listed(bench: Bench) -> None:
    key = bench.submit("sleep 1.2")
    bench.running(key)
    bench.service.cancel(key)
    bench.wait_for(key, JobState.CANCELLED)
    assert key in {status.key for status in bench.service.jobs().jobs}
    assert bench.service.retry(key).state in (JobState.QUEUED, JobState.RUNNING)
    assert bench.finish(key).state is JobState.DONE


def test_a_job_over_its_limit_is_stopped_with_the_reason_and_keeps_the_horse(bench: Bench) -> None:
    pid = bench.horse_pid()
    hurried = JobService(
        bench.connection,
        store=bench.store,
        models=bench.models,
        corpora=bench.service.corpora,
        imports=bench.service.imports,
        job_seconds=1,
    )
    bench.service, patient = hurried, bench.service
    try:
        failed = bench.finish(bench.submit("sleep 33"))
    finally:
        bench.service = patient
    assert failed.problem is not None and failed.problem.code == "timeout" and failed.attempts == 1
    assert bench.horse_pid() == pid


def test_a_horse_killed_once_is_replaced_and_the_job_tried_again(bench: Bench, tmp_path: Path) -> None:
    status = bench.finish(bench.submit(f"crash 1 {tmp_path / 'count'}"))
    assert (status.state, status.attempts) == (JobState.DONE, 2)


def test_a_horse_killed_twice_fails_the_job_with_the_reason(bench: Bench, tmp_path: Path) -> None:
    status = bench.finish(bench.submit(f"crash 9 {tmp_path / 'count'}"))
    assert (status.state, status.attempts) == (JobState.FAILED, 2)
    assert status.problem is not None and status.problem.code == "worker_crashed"
    assert "SIGKILL" in status.problem.detail
    assert (tmp_path / "count").read_text() == "2"
    assert bench.finish(bench.submit("speak 2 afterwards")).state is JobState.DONE


def test_inputs_are_computed_first_and_shared(bench: Bench) -> None:
    status = bench.ask(region("en", "de"))
    assert status.state is JobState.WAITING
    assert bench.finish(status.key).state is JobState.DONE
    inputs = bench.store.manifest(status.key).inputs
    assert set(inputs) == {"de", "en"} and all(bench.store.has(key) for key in inputs.values())


def test_a_failed_input_fails_what_waits_for_it_and_names_it(bench: Bench) -> None:
    status = bench.finish(bench.ask(region("fr", "en")).key, reap=True)
    assert status.state is JobState.FAILED and status.problem is not None
    assert status.problem.code == "input_failed" and "fr" in status.problem.detail
    assert "not a number" in status.problem.detail
