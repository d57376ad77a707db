"""Disks and memories that are full, servers that take no writes."""

from __future__ import annotations

import contextlib
import random
import resource
import shutil
from collections.abc import Iterator

import psutil
from redis.exceptions import RedisError

from tests.faults.atlas import Atlas
from tests.faults.ending import pause, server


def _full(atlas: Atlas, chance: random.Random, *, block_bytes: int) -> None:
    filler = atlas.layout.results / ".filler"
    filler.mkdir()
    try:
        with contextlib.suppress(OSError):
            for number in range(10_000):
                (filler / str(number)).write_bytes(bytes(block_bytes))
        pause(atlas, chance, 2.0)
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
        pause(atlas, chance, 2.0)


def fill_redis(atlas: Atlas, chance: random.Random) -> None:
    """Its memory limit is reached: every change is refused."""
    with atlas.connect() as connection:
        connection.config_set("maxmemory", "1")
        try:
            pause(atlas, chance, 2.5)
        finally:
            connection.config_set("maxmemory", "0")


def make_redis_a_replica(atlas: Atlas, chance: random.Random) -> None:
    """Read-only, as during a failover."""
    with atlas.connect() as connection:
        connection.execute_command("REPLICAOF", "127.0.0.1", "1")
        try:
            pause(atlas, chance, 2.5)
        finally:
            connection.execute_command("REPLICAOF", "NO", "ONE")


def fill_disk_of_redis(atlas: Atlas, chance: random.Random) -> None:
    """It cannot write its append-only file."""
    with _limited(server(atlas)):
        pause(atlas, chance, 2.5)
    with contextlib.suppress(RedisError), atlas.connect() as connection:
        connection.ping()
