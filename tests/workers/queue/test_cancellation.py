"""A signal raises at a safe point, once, and never inside a shield."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Iterator

import pytest

from workers.cancellation import SIGNAL, JobCancelled, checkpoint, install, interruptible, shield


@pytest.fixture(autouse=True)
def _handler() -> Iterator[None]:
    before = signal.getsignal(SIGNAL)
    install(lambda: None)
    yield
    signal.signal(SIGNAL, before)


def _stop() -> None:
    os.kill(os.getpid(), SIGNAL)


def test_a_signal_between_jobs_means_nothing() -> None:
    _stop()
    with interruptible():
        checkpoint()


def _run(job: Callable[[], object]) -> None:
    with interruptible():
        job()


def test_a_signal_ends_the_running_job() -> None:
    def job() -> None:
        _stop()
        checkpoint()

    with pytest.raises(JobCancelled):
        _run(job)


def test_a_shield_runs_to_its_end_then_the_stop_is_raised() -> None:
    done = []

    def job() -> None:
        with shield(), shield():
            _stop()
            done.append("inner")
        done.append("never")

    with pytest.raises(JobCancelled):
        _run(job)
    assert done == ["inner"]


def test_cleaning_up_is_not_interrupted_a_second_time() -> None:
    restored = []

    def job() -> None:
        try:
            _stop()
            checkpoint()
        finally:
            with shield():
                _stop()
                restored.append(True)

    with pytest.raises(JobCancelled):
        _run(job)
    assert restored == [True]


def test_except_exception_does_not_swallow_it() -> None:
    def job() -> None:
        try:
            _stop()
            checkpoint()
        except Exception:
            pytest.fail("swallowed")

    with pytest.raises(JobCancelled):
        _run(job)


def test_a_stop_that_was_swallowed_is_raised_again_at_the_next_safe_point() -> None:
    def job() -> None:
        with contextlib.suppress(JobCancelled):
            _stop()
            checkpoint()
        checkpoint()

    with pytest.raises(JobCancelled):
        _run(job)
