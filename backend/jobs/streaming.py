"""Server-sent events out of Redis streams: replay what was, follow what comes, end when the job ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from redis.exceptions import RedisError

from backend.contracts.jobs import ALL_EVENTS, EVENT, StateEvent, job_events
from backend.contracts.problems import KnownError
from backend.jobs.fanout import Fanout
from backend.jobs.service import JobService

KEEP_ALIVE = ": keep-alive\n\n"


async def follow_job(fanout: Fanout, service: JobService, key: str, *, after: str = "") -> AsyncIterator[str]:
    """Everything one job says, from its beginning or after the id `after`, and `event: end` at its end."""
    async for piece in fanout.entries(job_events(key), after=after or "0"):
        if piece is not None:
            identity, data = piece
            yield _message(data, identity)
            event = EVENT.validate_json(data)
            if isinstance(event, StateEvent) and event.state.ended:
                yield _end(data)
                return
            continue
        if last := await asyncio.to_thread(_last_word, service, key):
            yield _message(last)
            yield _end(last)
            return
        yield KEEP_ALIVE


async def follow_all(fanout: Fanout, *, after: str = "") -> AsyncIterator[str]:
    """State events of all jobs, from now on or after the id `after`."""
    after = after or await fanout.newest(ALL_EVENTS)
    yield KEEP_ALIVE  # a first byte at once: from here on nothing is missed
    async for piece in fanout.entries(ALL_EVENTS, after=after):
        yield KEEP_ALIVE if piece is None else _message(piece[1], piece[0])


def _last_word(service: JobService, key: str) -> str | None:
    """The last event of a job that ended without being heard, or whose stream expired."""
    try:
        status = service.status(key)
    except (KnownError, RedisError):
        return None
    if not status.state.ended:
        return None
    return StateEvent(key=key, state=status.state, progress=status.progress, problem=status.problem).model_dump_json()


def _message(data: str, identity: str = "") -> str:
    return f"id: {identity}\ndata: {data}\n\n" if identity else f"data: {data}\n\n"


def _end(data: str) -> str:
    return f"event: end\ndata: {data}\n\n"
