"""One reader of Redis streams for all event streams of a process.

A connection for each would end at the pool's limit: the hundred and first follower got nothing.
"""

from __future__ import annotations

import asyncio
import signal
from collections import defaultdict
from collections.abc import AsyncIterator

from redis.asyncio import Redis
from redis.exceptions import RedisError

Entry = tuple[str, str]
"""Id and data of one entry of a stream."""
READ_MILLISECONDS = 100
"""How long one read waits: a follower of another stream is heard within this."""
LOOK_SECONDS = 0.5
"""How often a follower looks whether the server shall stop."""
QUIET_LOOKS = 20
"""After this many looks without an entry a follower says that it is there, so that proxies keep the line."""
HELD_ENTRIES = 5_000
"""That wait for a follower who does not take them; then they are read again when it does."""
MOST_LOOKING = 8
"""Followers that read what was before they came, at a time: each takes a connection of the pool."""
_BATCH = 200


class Fanout:
    """Entries of any number of streams for any number of followers, over one connection."""

    def __init__(self, connection: Redis) -> None:
        self._connection = connection
        self._followers: defaultdict[str, set[asyncio.Queue[Entry]]] = defaultdict(set)
        self._read_to: dict[str, str] = {}
        self._reader: asyncio.Task[None] | None = None
        self._looking = asyncio.Semaphore(MOST_LOOKING)

    async def newest(self, stream: str) -> str:
        """Return the id of the last entry; `0-0` where there is none."""
        async with self._looking:
            entries = await self._connection.xrevrange(stream, count=1)
        return entries[0][0].decode() if entries else "0-0"

    async def entries(self, stream: str, *, after: str) -> AsyncIterator[Entry | None]:
        """Yield every entry after the id `after`, for ever; None at once if there is none, and now and then.

        A lost Redis is waited for. Ends when the server is asked to stop.
        """
        queue: asyncio.Queue[Entry] = asyncio.Queue(HELD_ENTRIES)
        quiet, is_behind = QUIET_LOOKS - 1, True
        try:
            while not _server_stops():
                taken: list[Entry] = []
                try:
                    if is_behind or queue.full():
                        taken, is_behind = await self._catch_up(stream, queue, after)
                    elif entry := await asyncio.wait_for(queue.get(), LOOK_SECONDS):
                        taken = [entry]
                except TimeoutError:
                    pass
                except RedisError:
                    await asyncio.sleep(LOOK_SECONDS)
                fresh = [entry for entry in taken if _order(entry[0]) > _order(after)]
                for entry in fresh:
                    after = entry[0]
                    yield entry
                quiet = 0 if fresh else quiet + 1
                if quiet >= QUIET_LOOKS:
                    quiet = 0
                    yield None
        finally:
            self._leave(stream, queue)

    async def close(self) -> None:
        """End the reader; followers end with the server."""
        if self._reader is not None:
            self._reader.cancel()

    async def _catch_up(self, stream: str, queue: asyncio.Queue[Entry], after: str) -> tuple[list[Entry], bool]:
        """Read what is stored after an id, the oldest first; and whether there is more.

        The queue is filled from before the reading on: what comes in between arrives twice, and counts once.
        """
        if queue.full():
            self._leave(stream, queue)
            while not queue.empty():
                queue.get_nowait()
        if queue not in self._followers[stream]:
            self._read_to.setdefault(stream, await self.newest(stream))
            self._followers[stream].add(queue)
            if self._reader is None or self._reader.done():
                self._reader = asyncio.create_task(self._read())
        async with self._looking:
            stored = await self._connection.xrange(stream, min=f"({after}", count=_BATCH)
        return _decoded(stored), len(stored) == _BATCH

    async def _read(self) -> None:
        """Give every new entry to all who follow its stream, as long as anybody does."""
        while self._read_to:
            try:
                answer = await self._connection.xread(dict(self._read_to), count=_BATCH, block=READ_MILLISECONDS)
            except RedisError:
                await asyncio.sleep(LOOK_SECONDS)
                continue
            for name, stored in answer or ():
                stream, entries = name.decode(), _decoded(stored)
                if stream not in self._read_to:
                    continue  # its last follower left while this was read
                self._read_to[stream] = entries[-1][0]
                for queue in self._followers[stream]:
                    for entry in entries[: HELD_ENTRIES - queue.qsize()]:
                        queue.put_nowait(entry)

    def _leave(self, stream: str, queue: asyncio.Queue[Entry]) -> None:
        self._followers[stream].discard(queue)
        if not self._followers[stream]:
            del self._followers[stream]
            self._read_to.pop(stream, None)


def _decoded(stored: list[tuple[bytes, dict[bytes, bytes]]]) -> list[Entry]:
    return [(identity.decode(), fields[b"data"].decode()) for identity, fields in stored]


def _order(identity: str) -> tuple[int, int]:
    time, _, number = identity.partition("-")
    return int(time), int(number or 0)


def _server_stops() -> bool:
    """Whether uvicorn was asked to stop: it waits for open streams before it tells the application."""
    server = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    return bool(getattr(server, "should_exit", False))
