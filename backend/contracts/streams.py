"""Where jobs and workers keep their small, losable state in Redis, and how a change is told.

Knows the names and the order of the commands; the connection is whatever speaks them.
"""

from __future__ import annotations

import os
import socket
from typing import Protocol

from backend.contracts.jobs import ALL_EVENTS, Event, StateEvent, job_events
from backend.contracts.problems import Problem
from backend.contracts.vocabulary import JobState

JOBS = "lingua-atlas:jobs"
"""Redis sorted set of the keys of all listed jobs, by submission time in seconds."""
OPEN_JOBS = "lingua-atlas:open"
"""Redis set of the keys of jobs that may still change by themselves; the reaper looks at these."""
WORKERS = "lingua-atlas:workers"
"""Redis set of the names of the workers that were seen; those without a record are gone."""
LISTED_SECONDS = 14 * 24 * 3600
"""How long an ended job stays listed."""
EVENTS_SECONDS = 3600
WORKER_SECONDS = 15
"""A worker that said nothing for this long is lost."""
CANCELLED = Problem(
    title="Cancelled",
    status=409,
    detail="this run was cancelled",
    code="cancelled",
    hint="Retry it at any time; its model stays loaded.",
)
"""The problem by which a cancelled job is told from a failed one."""
_JOB_EVENTS_KEPT = 20_000
_ALL_EVENTS_KEPT = 2_000


def job_record(key: str) -> str:
    """Redis hash of one job, beside RQ's own.

    `request` (JSON), `queue`, `submitted_at` (seconds), `attempts`, `progress` and `problem` (JSON,
    '' for none), `cancel` (there when a user asked for it), `asked` (there when somebody submitted it,
    not only a job that is built on it), `process` (of the worker that ran it last, as `process_name` tells it;
    unlike the worker's own record it does not expire while all processes sleep).
    """
    return f"lingua-atlas:job:{key}"


def worker_record(name: str) -> str:
    """Redis hash of one worker; expires after `WORKER_SECONDS`.

    `info`: JSON of a `DeviceInfo`; `process` tells whoever is on the same machine whether it lives.
    """
    return f"lingua-atlas:worker:{name}"


def place() -> str:
    """Where a process id means something: this host, and on Linux this pid namespace."""
    try:
        namespace = os.readlink("/proc/self/ns/pid")
    except OSError:
        namespace = ""
    return f"{socket.gethostname()}/{namespace}"


def process_name(pid: int, born: float) -> str:
    """Name one process for whoever can look at it: its id, when it began (a new one may have the id), where it is."""
    return f"{pid} {born:.2f} {place()}"


class Commands(Protocol):
    """The part of a Redis connection or pipeline that telling needs."""

    def xadd(self, name: str, fields: dict, *, maxlen: int, approximate: bool) -> object:
        """Append to a stream."""

    def hset(self, name: str, *, mapping: dict) -> object:
        """Set fields of a hash."""

    def expire(self, name: str, time: int) -> object:
        """Let a key vanish later."""


def tell(commands: Commands, event: Event) -> None:
    """Append an event to the streams that carry it; a state event also becomes the job's record.

    Progress never overwrites why a job ended: a process that was given up may still say how far it is.
    """
    data = {"data": event.model_dump_json()}
    commands.xadd(job_events(event.key), data, maxlen=_JOB_EVENTS_KEPT, approximate=True)
    commands.expire(job_events(event.key), EVENTS_SECONDS)
    if isinstance(event, StateEvent):
        commands.xadd(ALL_EVENTS, data, maxlen=_ALL_EVENTS_KEPT, approximate=True)
        told = {"progress": event.progress.model_dump_json()}
        if event.state is not JobState.RUNNING:
            told["problem"] = event.problem.model_dump_json() if event.problem else ""
        commands.hset(job_record(event.key), mapping=told)
        commands.expire(job_record(event.key), LISTED_SECONDS)
