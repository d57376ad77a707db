"""Server-sent events out of Redis streams: replay what was, follow what comes, end when the job ends."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator

from redis.asyncio import Redis
from redis.exceptions import RedisError

from backend.contracts.jobs import ALL_EVENTS, EVENT, StateEvent, job_events
from backend.contracts.problems import KnownError
from backend.jobs.service import JobService

BLOCK_MILLISECONDS = 500
"""How long one read waits: a server that shall stop notices within this."""
QUIET_READS = 20
"""After this many empty reads a comment keeps proxies from closing the line."""
_BATCH = 200
KEEP_ALIVE = ": keep-alive\n\n"


async def follow_job(connection: Redis, service: JobService, key: str, *, after: str = "") -> AsyncIterator[str]:
    """Everything one job says, from its beginning or after the id `after`, and `event: end` at its end."""
    async for piece in _follow(connection, job_events(key), after=after or "0"):
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


async def follow_all(connection: Redis, *, after: str = "") -> AsyncIterator[str]:
    """State events of all jobs, from now on or after the id `after`."""
    if not after:
        newest = await connection.xrevrange(ALL_EVENTS, count=1)
        after = newest[0][0].decode() if newest else "0-0"
    yield KEEP_ALIVE  # a first byte at once: from here on nothing is missed
    async for piece in _follow(connection, ALL_EVENTS, after=after):
        yield KEEP_ALIVE if piece is None else _message(piece[1], piece[0])


async def _follow(connection: Redis, stream: str, *, after: str) -> AsyncIterator[tuple[str, str] | None]:
    """(id, data) of each entry; None now and then while nothing is said, and at once if nothing was."""
    quiet = QUIET_READS - 1
    while not _server_stops():
        try:
            answer = await connection.xread({stream: after}, count=_BATCH, block=BLOCK_MILLISECONDS)
        except RedisError:
            await asyncio.sleep(BLOCK_MILLISECONDS / 1000)
            answer = None
        for identity, fields in answer[0][1] if answer else ():
            after = identity.decode()
            yield after, fields[b"data"].decode()
        quiet = 0 if answer else quiet + 1
        if quiet >= QUIET_READS:
            quiet = 0
            yield None


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


def _server_stops() -> bool:
    """Whether uvicorn was asked to stop: it waits for open streams before it tells the application."""
    server = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    return bool(getattr(server, "should_exit", False))
