"""Every kind of fault, each a small function: it does harm for a while, and undoes what would not end by itself.

Dead processes are started again by whoever waits (`Atlas.revive`), as `up` does.
"""

from __future__ import annotations

import contextlib
import os
import random
import resource
import shutil
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import psutil
from redis.exceptions import RedisError

from backend.artifacts.results import MANIFEST
from backend.contracts.problems import KnownError
from tests.faults.atlas import Atlas, LostError

DISK = frozenset({"disk_full"})


class Kind(NamedTuple):
    """A fault and what may come of it."""

    name: str
    act: Callable[[Atlas, random.Random], None]
    tries: int = 1
    """How often a job may have been begun."""
    problems: frozenset[str] = frozenset()
    """What a job may fail with, to be retried by the user afterwards."""
    may_vanish: bool = False
    """Whether what was queued just before may be gone: the disk lost it, and the start says so."""
    own_disk: bool = False
    """Whether it needs a small disk for the results."""


def _pause(atlas: Atlas, chance: random.Random, longest_seconds: float) -> None:
    time.sleep(chance.uniform(0.1, 0.6 if atlas.quick else longest_seconds))


def _signal(processes: Iterable[psutil.Process], number: int) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def _redis(atlas: Atlas) -> psutil.Process:
    assert atlas.redis.process is not None
    return psutil.Process(atlas.redis.process.pid)


def _api(atlas: Atlas) -> psutil.Process:
    return psutil.Process(atlas.processes["api"].pid)


# Killed and stopped


def kill_worker(atlas: Atlas, chance: random.Random) -> None:
    """The parent dies by kill -9, and its model process with it."""
    _kill_family(chance.choice(atlas.workers()))


def _kill_family(worker: psutil.Process) -> None:
    family = worker.children(recursive=True)
    _signal([worker], signal.SIGKILL)
    _, alive = psutil.wait_procs(family, timeout=10)
    if left := [one for one in alive if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]:
        raise LostError(f"a killed worker left {left} behind")


def kill_worker_twice(atlas: Atlas, chance: random.Random) -> None:
    """And the worker that takes its place, too."""
    kill_worker(atlas, chance)
    atlas.revive()
    _pause(atlas, chance, 4.0)
    kill_worker(atlas, chance)


def kill_model_process(atlas: Atlas, chance: random.Random) -> None:
    """As the kernel does when memory is short."""
    _signal(chance.sample(found, 1) if (found := atlas.model_processes()) else [], signal.SIGKILL)


def kill_api(atlas: Atlas, chance: random.Random) -> None:
    """Kill -9."""
    del chance
    _signal([_api(atlas)], signal.SIGKILL)


def kill_redis(atlas: Atlas, chance: random.Random) -> None:
    """Kill -9, and away for a moment."""
    _signal([_redis(atlas)], signal.SIGKILL)
    _pause(atlas, chance, 3.0)


def kill_everything(atlas: Atlas, chance: random.Random) -> None:
    """As a power cut, but for what the disk had not written."""
    every = atlas.everything()
    chance.shuffle(every)
    _signal(every, signal.SIGKILL)


def stop_worker(atlas: Atlas, chance: random.Random) -> None:
    """SIGTERM: it hands its job back."""
    _signal([chance.choice(atlas.workers())], signal.SIGTERM)


def stop_api(atlas: Atlas, chance: random.Random) -> None:
    """SIGTERM."""
    del chance
    _signal([_api(atlas)], signal.SIGTERM)


def stop_redis(atlas: Atlas, chance: random.Random) -> None:
    """SIGTERM."""
    _signal([_redis(atlas)], signal.SIGTERM)
    _pause(atlas, chance, 2.0)


# Frozen


def _freeze(processes: list[psutil.Process], atlas: Atlas, chance: random.Random, longest_seconds: float) -> None:
    _signal(processes, signal.SIGSTOP)
    try:
        _pause(atlas, chance, longest_seconds)
    finally:
        chance.shuffle(processes)  # any of them may wake first
        _signal(processes, signal.SIGCONT)


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
    _freeze([_api(atlas)], atlas, chance, 4.0)


def freeze_redis(atlas: Atlas, chance: random.Random) -> None:
    """Longer than the API waits for it (5 s), now and then."""
    _freeze([_redis(atlas)], atlas, chance, 7.0)


def sleep(atlas: Atlas, chance: random.Random) -> None:
    """The whole machine, twice."""
    for _ in range(2):
        _freeze(atlas.everything(), atlas, chance, 4.0)


# Filled


def _full(atlas: Atlas, chance: random.Random, *, block_bytes: int) -> None:
    filler = atlas.layout.results / ".filler"
    filler.mkdir()
    try:
        with contextlib.suppress(OSError):
            for number in range(10_000):
                (filler / str(number)).write_bytes(bytes(block_bytes))
        _pause(atlas, chance, 2.0)
    finally:
        shutil.rmtree(filler)


def fill_disk(atlas: Atlas, chance: random.Random) -> None:
    """No room for another byte."""
    _full(atlas, chance, block_bytes=65_536)


def fill_inodes(atlas: Atlas, chance: random.Random) -> None:
    """Room, but for no other file."""
    _full(atlas, chance, block_bytes=0)


@contextlib.contextmanager
def _limited(process: psutil.Process) -> Iterator[None]:
    """No file of the process may grow."""
    try:
        kept = resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    except ProcessLookupError:
        kept = None
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            if kept:
                resource.prlimit(process.pid, resource.RLIMIT_FSIZE, kept)


def limit_files(atlas: Atlas, chance: random.Random) -> None:
    """`ulimit -f` of the model process: it can write nothing."""
    with contextlib.ExitStack() as limits:
        for process in atlas.model_processes():
            limits.enter_context(_limited(process))
        _pause(atlas, chance, 2.0)


def fill_redis(atlas: Atlas, chance: random.Random) -> None:
    """Its memory limit is reached: every change is refused."""
    with atlas.connect() as connection:
        connection.config_set("maxmemory", "1")
        try:
            _pause(atlas, chance, 2.5)
        finally:
            connection.config_set("maxmemory", "0")


def make_redis_a_replica(atlas: Atlas, chance: random.Random) -> None:
    """Read-only, as during a failover."""
    with atlas.connect() as connection:
        connection.execute_command("REPLICAOF", "127.0.0.1", "1")
        try:
            _pause(atlas, chance, 2.5)
        finally:
            connection.execute_command("REPLICAOF", "NO", "ONE")


def fill_disk_of_redis(atlas: Atlas, chance: random.Random) -> None:
    """It cannot write its append-only file."""
    with _limited(_redis(atlas)):
        _pause(atlas, chance, 2.5)
    with contextlib.suppress(RedisError), atlas.connect() as connection:
        connection.ping()


# Cut


def _stored(atlas: Atlas, chance: random.Random) -> tuple[str, Path]:
    key = atlas.answered(atlas.question("speak 2"))
    return key, atlas.layout.results / key / chance.choice(["weights.txt", "pid.txt"])


def _ask_again(atlas: Atlas, key: str, path: Path) -> None:
    """What is damaged is said to be, and is computed again on request."""
    told = atlas.get(f"/results/{key}/files/{path.name}")
    if told.status_code != 409 or told.json()["code"] != "damaged_result":
        raise LostError(f"{path.name} of {key} was changed and served: {told.status_code} {told.text[:200]}")
    request = atlas.client.manifest(key).request
    atlas.client.delete_result(key)
    if atlas.answered(request) != key:
        raise LostError(f"{key} was computed again under another key")
    atlas.require_whole(key)


def cut_result(atlas: Atlas, chance: random.Random) -> None:
    """A file of a result loses its end."""
    key, path = _stored(atlas, chance)
    os.truncate(path, path.stat().st_size // 2)
    _ask_again(atlas, key, path)


def flip_bit(atlas: Atlas, chance: random.Random) -> None:
    """One bit of a result."""
    key, path = _stored(atlas, chance)
    changed = bytearray(path.read_bytes())
    changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    path.write_bytes(changed)
    _ask_again(atlas, key, path)


def cut_manifest(atlas: Atlas, chance: random.Random) -> None:
    """At any byte; the same question computes it again."""
    key, path = _stored(atlas, chance)
    request = atlas.client.manifest(key).request
    manifest = path.with_name(MANIFEST)
    os.truncate(manifest, chance.randrange(manifest.stat().st_size))
    for asked in (f"/results/{key}", "/results", f"/jobs/{key}"):
        if (told := atlas.get(asked)).status_code >= 500:
            raise LostError(f"{asked} answers {told.status_code} for a cut manifest: {told.text[:200]}")
    if atlas.answered(request) != key:
        raise LostError(f"{key} was computed again under another key")
    atlas.require_whole(key)


def leave_half_written(atlas: Atlas, chance: random.Random) -> None:
    """What a dead job began goes when the next worker starts."""
    folder = atlas.layout.results / f".writing-claimed-{chance.randbytes(10).hex()}-x"
    folder.mkdir()
    (folder / "scores.safetensors").write_bytes(b"half")
    kill_worker(atlas, chance)
    atlas.revive()
    atlas.until(lambda: not folder.exists(), f"{folder.name} of a dead job is gone")


def _damage_append_only_file(atlas: Atlas, damage: Callable[[Path], None]) -> None:
    _signal([_redis(atlas)], signal.SIGKILL)
    assert atlas.redis.process is not None
    atlas.redis.process.wait()
    folder = atlas.layout.run / "redis" / "appendonlydir"
    damage(max(folder.glob("*.incr.aof"), key=lambda path: path.stat().st_mtime_ns))
    try:
        atlas.revive()
    except KnownError as error:
        raise LostError(f"Redis does not start on its damaged file: {error.problem.detail}") from None


def append_zeros(atlas: Atlas, chance: random.Random) -> None:
    """A power cut leaves zeros at the end of the append-only file."""

    def damage(path: Path) -> None:
        with path.open("ab") as file:
            file.write(bytes(chance.randint(1, 5000)))

    _damage_append_only_file(atlas, damage)
    if "damaged" not in atlas.redis.note:
        raise LostError("nobody says that Redis' file was damaged")


def cut_append_only_file(atlas: Atlas, chance: random.Random) -> None:
    """The last commands never reached the disk."""

    def damage(path: Path) -> None:
        size = path.stat().st_size
        os.truncate(path, size - chance.randint(0, min(size, 3000)))

    _damage_append_only_file(atlas, damage)


KINDS = (
    Kind("kill worker", kill_worker, tries=2),
    Kind("kill worker twice", kill_worker_twice, tries=2, problems=frozenset({"worker_crashed"})),
    Kind("kill model process", kill_model_process, tries=2),
    Kind("kill API", kill_api),
    Kind("kill Redis", kill_redis),
    Kind("kill everything", kill_everything, tries=2),
    Kind("stop worker", stop_worker, tries=2),
    Kind("stop API", stop_api),
    Kind("stop Redis", stop_redis),
    Kind("freeze worker", freeze_worker),
    Kind("freeze parent", freeze_parent),
    Kind("freeze model process", freeze_model_process),
    Kind("freeze API", freeze_api),
    Kind("freeze Redis", freeze_redis),
    Kind("sleep", sleep),
    Kind("fill disk", fill_disk, problems=DISK, own_disk=True),
    Kind("fill inodes", fill_inodes, problems=DISK, own_disk=True),
    Kind("limit files", limit_files, problems=frozenset({"file_too_large"})),
    Kind("fill Redis", fill_redis),
    Kind("read-only Redis", make_redis_a_replica),
    Kind("fill disk of Redis", fill_disk_of_redis),
    Kind("cut result", cut_result),
    Kind("flip bit", flip_bit),
    Kind("cut manifest", cut_manifest),
    Kind("half-written", leave_half_written, tries=2),
    Kind("append zeros", append_zeros),
    Kind("cut append-only file", cut_append_only_file, tries=2, may_vanish=True),
)
"""The table: a kind of fault, what does it, and what may come of it."""
