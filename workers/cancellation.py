"""Stopping a job inside a process that must live on: a signal that raises at a safe point.

The horse installs the handler once; `interruptible` surrounds one job, `shield` what must not be
cut in two. Knows nothing of queues, models or Redis.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SIGNAL = signal.SIGUSR1


class JobCancelled(BaseException):
    """The running job shall end now. A BaseException: `except Exception` cannot swallow it."""


class _Interruption:
    """State of this process; a signal handler has no other place to look."""

    running = False
    wanted = False
    raised = False
    shields = 0


def install(heard: Callable[[], None]) -> None:
    """Listen for the signal, in the main thread of the horse; `heard` is called at each."""

    def on_signal(*_: object) -> None:
        heard()
        if _Interruption.running:
            _Interruption.wanted = True
            _raise_once()

    signal.signal(SIGNAL, on_signal)


def checkpoint() -> None:
    """A safe point: raises JobCancelled when the job was asked to stop, again if somebody swallowed it."""
    if _Interruption.wanted and _Interruption.running and _Interruption.shields == 0:
        _Interruption.raised = True
        raise JobCancelled


def _raise_once() -> None:
    """Cleaning up after the first JobCancelled shall not be interrupted by a second."""
    if not _Interruption.raised:
        checkpoint()


@contextmanager
def interruptible() -> Iterator[None]:
    """One job: the signal counts only inside."""
    _Interruption.wanted = _Interruption.raised = False
    _Interruption.shields = 0
    _Interruption.running = True
    try:
        yield
    finally:
        _Interruption.running = False


@contextmanager
def shield() -> Iterator[None]:
    """What is inside runs to its end; a stop that arrives meanwhile is raised on leaving.

    Keep it short: a job that does not react within the grace time is killed with its process.
    """
    _Interruption.shields += 1
    try:
        yield
    finally:
        _Interruption.shields -= 1
    _raise_once()
