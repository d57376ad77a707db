"""Every kind of fault in one table.

Each is a small function that does harm for a while and undoes what would not end by itself. Dead processes are started
again by whoever waits (`Atlas.revive`), as `up` does.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import NamedTuple

from tests.faults import cutting, ending, filling
from tests.faults.atlas import Atlas

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


KINDS = (
    Kind("kill worker", ending.kill_worker, tries=2),
    Kind("kill worker twice", ending.kill_worker_twice, tries=2, problems=frozenset({"worker_crashed"})),
    Kind("kill model process", ending.kill_model_process, tries=2),
    Kind("kill API", ending.kill_api),
    Kind("kill Redis", ending.kill_redis),
    Kind("kill everything", ending.kill_everything, tries=2),
    Kind("stop worker", ending.stop_worker, tries=2),
    Kind("stop API", ending.stop_api),
    Kind("stop Redis", ending.stop_redis),
    Kind("freeze worker", ending.freeze_worker),
    Kind("freeze parent", ending.freeze_parent),
    Kind("freeze model process", ending.freeze_model_process),
    Kind("freeze API", ending.freeze_api),
    Kind("freeze Redis", ending.freeze_redis),
    Kind("sleep", ending.sleep),
    Kind("fill disk", filling.fill_disk, problems=DISK, own_disk=True),
    Kind("fill inodes", filling.fill_inodes, problems=DISK, own_disk=True),
    Kind("limit files", filling.limit_files, problems=frozenset({"file_too_large"})),
    Kind("fill Redis", filling.fill_redis),
    Kind("read-only Redis", filling.make_redis_a_replica),
    Kind("fill disk of Redis", filling.fill_disk_of_redis),
    Kind("cut result", cutting.cut_result),
    Kind("flip bit", cutting.flip_bit),
    Kind("cut manifest", cutting.cut_manifest),
    Kind("half-written", cutting.leave_half_written, tries=2),
    Kind("append zeros", cutting.append_zeros),
    Kind("cut append-only file", cutting.cut_append_only_file, tries=2, may_vanish=True),
)
"""The table: a kind of fault, what does it, and what may come of it."""
