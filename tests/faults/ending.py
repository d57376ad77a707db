"""Processes that are killed, stopped or frozen."""

from __future__ import annotations

import contextlib
import random
import signal
import time
from collections.abc import Iterable

import psutil

from tests.faults.atlas import Atlas, LostError


def pause(atlas: Atlas, chance: random.Random, longest_seconds: float) -> None:
    """Let the fault last, at random."""
    time.sleep(chance.uniform(0.1, 0.3 if atlas.quick else longest_seconds))


def send(processes: Iterable[psutil.Process], number: int) -> None:
    """Send a signal to those that live."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def server(atlas: Atlas) -> psutil.Process:
    """Redis."""
    assert atlas.redis.process is not None
    return psutil.Process(atlas.redis.process.pid)


def api(atlas: Atlas) -> psutil.Process:
    """The API."""
    return psutil.Process(atlas.processes["api"].pid)


def kill_worker(atlas: Atlas, chance: random.Random) -> None:
    """The parent dies by kill -9, and its model process with it."""
    _kill_family(chance.choice(atlas.workers()))


def _kill_family(worker: psutil.Process) -> None:
    family = worker.children(recursive=True)
    send([worker], signal.SIGKILL)
    _, alive = psutil.wait_procs(family, timeout=10)
    if left := [one for one in alive if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]:
        raise LostError(f"a killed worker left {left} behind")


def kill_worker_twice(atlas: Atlas, chance: random.Random) -> None:
    """And the worker that takes its place, too."""
    kill_worker(atlas, chance)
    atlas.revive()
    pause(atlas, chance, 4.0)
    kill_worker(atlas, chance)


def kill_model_process(atlas: Atlas, chance: random.Random) -> None:
    """As the kernel does when memory is short."""
    send(chance.sample(found, 1) if (found := atlas.model_processes()) else [], signal.SIGKILL)


def kill_api(atlas: Atlas, chance: random.Random) -> None:
    """Kill -9."""
    del chance
    send([api(atlas)], signal.SIGKILL)


def kill_redis(atlas: Atlas, chance: random.Random) -> None:
    """Kill -9, and away for a moment."""
    send([server(atlas)], signal.SIGKILL)
    pause(atlas, chance, 3.0)


def kill_everything(atlas: Atlas, chance: random.Random) -> None:
    """As a power cut, but for what the disk had not written."""
    every = atlas.everything()
    chance.shuffle(every)
    send(every, signal.SIGKILL)


def stop_worker(atlas: Atlas, chance: random.Random) -> None:
    """SIGTERM: it hands its job back."""
    send([chance.choice(atlas.workers())], signal.SIGTERM)


def stop_api(atlas: Atlas, chance: random.Random) -> None:
    """SIGTERM."""
    del chance
    send([api(atlas)], signal.SIGTERM)


def stop_redis(atlas: Atlas, chance: random.Random) -> None:
    """SIGTERM."""
    send([server(atlas)], signal.SIGTERM)
    pause(atlas, chance, 2.0)


# Frozen


def _freeze(processes: list[psutil.Process], atlas: Atlas, chance: random.Random, longest_seconds: float) -> None:
    send(processes, signal.SIGSTOP)
    try:
        pause(atlas, chance, longest_seconds)
    finally:
        chance.shuffle(processes)  # any of them may wake first
        send(processes, signal.SIGCONT)


def freeze_worker(atlas: Atlas, chance: random.Random) -> None:
    """Longer than its heartbeats last (2 s)."""
    _freeze([*atlas.workers(), *atlas.model_processes()], atlas, chance, 4.5)


def freeze_parent(atlas: Atlas, chance: random.Random) -> None:
    """The parent alone: its model process goes on."""
    _freeze(atlas.workers(), atlas, chance, 4.5)


def freeze_model_process(atlas: Atlas, chance: random.Random) -> None:
    """The parent goes on saying that it lives."""
    _freeze(atlas.model_processes(), atlas, chance, 3.0)


def freeze_api(atlas: Atlas, chance: random.Random) -> None:
    """Nobody looks after lost jobs."""
    _freeze([api(atlas)], atlas, chance, 4.0)


def freeze_redis(atlas: Atlas, chance: random.Random) -> None:
    """Longer than the API waits for it (5 s), now and then."""
    _freeze([server(atlas)], atlas, chance, 7.0)


def sleep(atlas: Atlas, chance: random.Random) -> None:
    """The whole machine, twice."""
    for _ in range(2):
        _freeze(atlas.everything(), atlas, chance, 4.0)
