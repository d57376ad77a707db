"""The horse as its parent sees it: a process to start, talk to, interrupt and replace."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from ctypes import c_int
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from workers.cancellation import SIGNAL
from workers.horse import Assignment, Ended, Ready, main
from workers.settings import WorkerSettings

_JOIN_SECONDS = 5.0


class HorseProcess:
    """At most one horse at a time. Spawned, never forked: CUDA does not survive a fork."""

    def __init__(self, settings: WorkerSettings) -> None:
        self._settings = settings
        self._process: SpawnProcess | None = None
        self._channel: Connection | None = None
        self._heard = multiprocessing.get_context("spawn").RawValue(c_int, 0)

    @property
    def pid(self) -> int | None:
        """Process id of the living horse."""
        return self._process.pid if self._process and self._process.is_alive() else None

    def start(self) -> None:
        """Start a new horse in place of a dead one; it says `Ready` when it is. Call from the main thread."""
        self.kill()
        spawn = multiprocessing.get_context("spawn")
        self._channel, theirs = spawn.Pipe()
        self._process = spawn.Process(
            target=main, args=(theirs, self._settings, os.getpid(), self._heard), name="horse"
        )
        self._process.start()
        theirs.close()

    def send(self, job: Assignment) -> None:
        """Give it a job; that it died meanwhile is seen by `receive`."""
        assert self._channel is not None
        with contextlib.suppress(OSError):
            self._channel.send(job)

    def receive(self, timeout_seconds: float) -> Ready | Ended | None:
        """What it says within the timeout; None when it says nothing or is dead."""
        if self._process is None or self._channel is None:
            return None
        wait([self._channel, self._process.sentinel], timeout=timeout_seconds)
        try:
            return self._channel.recv() if self._channel.poll() else None
        except (EOFError, OSError):
            self._process.join(_JOIN_SECONDS)
            return None

    def interrupt(self) -> None:
        """Ask the running job to end at its next safe point."""
        self._heard.value = 0
        self._signal(SIGNAL)

    def remind(self) -> None:
        """Interrupt once more: the first may have come just before the job began to listen."""
        self._signal(SIGNAL)

    @property
    def heard(self) -> bool:
        """Whether it heard the last interrupt: it is not deaf inside a C call, and about to end the job."""
        return bool(self._heard.value)

    def kill(self) -> None:
        """End the horse at once; its models are gone with it."""
        if self._process:
            self._signal(signal.SIGKILL)
            self._process.join(_JOIN_SECONDS)
        if self._channel:
            self._channel.close()
            self._channel = None

    def death(self) -> str:
        """How the horse died, for people."""
        code = self._process.exitcode if self._process else None
        if code is not None and code < 0:
            return f"killed by {signal.Signals(-code).name}"
        return f"ended with exit code {code}"

    def _signal(self, number: signal.Signals) -> None:
        if self.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)
