"""Where jobs and workers keep their small, losable state in Redis, and how a change is told.

Knows the names and the order of the commands; the connection is whatever speaks them.
"""

from __future__ import annotations

from typing import Protocol

from backend.contracts.jobs import ALL_EVENTS, Event, StateEvent, job_events

JOBS = "lingua-atlas:jobs"
"""Redis sorted set of the keys of all listed jobs, by submission time in seconds."""
WORKERS = "lingua-atlas:workers"
"""Redis set of the names of the workers that were seen; those without a record are gone."""
LISTED_SECONDS = 14 * 24 * 3600
"""How long an ended job stays listed."""
EVENTS_SECONDS = 3600
WORKER_SECONDS = 15
"""A worker that said nothing for this long is lost."""
_JOB_EVENTS_KEPT = 20_000
_ALL_EVENTS_KEPT = 2_000


def job_record(key: str) -> str:
    """Redis hash of one job, beside RQ's own.

    `request` (JSON), `queue`, `submitted_at` (seconds), `attempts`, `progress` and `problem` (JSON,
    '' for none), `cancel` (there when a user asked for it).
    """
    return f"lingua-atlas:job:{key}"


def worker_record(name: str) -> str:
    """Redis hash of one worker, field `info`: JSON of a `DeviceInfo`. Expires after `WORKER_SECONDS`."""
    return f"lingua-atlas:worker:{name}"


class Commands(Protocol):
    """The part of a Redis connection or pipeline that telling needs."""

    def xadd(self, name: str, fields: dict, *, maxlen: int, approximate: bool) -> object:
        """Append to a stream."""

    def hset(self, name: str, *, mapping: dict) -> object:
        """Set fields of a hash."""

    def expire(self, name: str, time: int) -> object:
        """Let a key vanish later."""


def tell(commands: Commands, event: Event) -> None:
    """Append an event to the streams that carry it; a state event also becomes the job's record."""
    data = {"data": event.model_dump_json()}
    commands.xadd(job_events(event.key), data, maxlen=_JOB_EVENTS_KEPT, approximate=True)
    commands.expire(job_events(event.key), EVENTS_SECONDS)
    if isinstance(event, StateEvent):
        commands.xadd(ALL_EVENTS, data, maxlen=_ALL_EVENTS_KEPT, approximate=True)
        problem = event.problem.model_dump_json() if event.problem else ""
        commands.hset(job_record(event.key), mapping={"progress": event.progress.model_dump_json(), "problem": problem})
        commands.expire(job_record(event.key), LISTED_SECONDS)
