"""A thousand followers over one connection: each entry reaches each of them, once and in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
import redis.asyncio

from backend.jobs import fanout
from backend.jobs.fanout import Entry, Fanout
from tests.redis_server import RedisServer, running_redis

pytestmark = pytest.mark.redis


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    yield from running_redis()


@asynccontextmanager
async def opened(server: RedisServer) -> AsyncIterator[tuple[Fanout, redis.asyncio.Redis]]:
    connection = redis.asyncio.Redis.from_url(server.url, socket_timeout=None)
    await connection.flushall()
    one = Fanout(connection)
    try:
        yield one, connection
    finally:
        await one.close()
        await connection.aclose()


async def take(entries: AsyncIterator[Entry | None], count: int, ready: asyncio.Semaphore | None = None) -> list[str]:
    taken: list[str] = []
    async for entry in entries:
        if entry is not None:
            taken.append(entry[1])
        elif ready:
            ready.release()
        if len(taken) == count:
            break
    await entries.aclose()  # type: ignore[attr-defined]
    return taken


def test_a_thousand_followers_get_every_entry_once_and_in_order(server: RedisServer) -> None:
    async def run() -> None:
        async with opened(server) as (one, connection):
            for number in range(3):
                await connection.xadd("a", {"data": f"{number}"})
            ready = asyncio.Semaphore(0)
            live = [asyncio.create_task(take(one.entries("b", after="0"), 5, ready)) for _ in range(500)]
            both = [asyncio.create_task(take(one.entries("a", after="0"), 8)) for _ in range(500)]
            for _ in live:
                await ready.acquire()
            for number in range(3, 8):
                await connection.xadd("a", {"data": f"{number}"})
                await connection.xadd("b", {"data": f"{number}"})
            answers = await asyncio.wait_for(asyncio.gather(*live, *both), 60)
            assert answers[:500] == [["3", "4", "5", "6", "7"]] * 500
            assert answers[500:] == [[str(number) for number in range(8)]] * 500
            assert len(await connection.client_list()) < 15

    asyncio.run(run())


def test_a_follower_that_is_slow_misses_nothing(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fanout, "HELD_ENTRIES", 4)

    async def run() -> None:
        async with opened(server) as (one, connection):
            entries = one.entries("a", after="0")
            assert await anext(entries) is None
            for number in range(50):
                await connection.xadd("a", {"data": f"{number}"})
            await asyncio.sleep(0.3)  # the reader has filled the queue, and more
            assert await take(entries, 50) == [str(number) for number in range(50)]

    asyncio.run(run())


def test_an_id_goes_on_where_it_ended_and_the_reader_ends_with_its_followers(server: RedisServer) -> None:
    async def run() -> None:
        async with opened(server) as (one, connection):
            ids = [(await connection.xadd("a", {"data": f"{number}"})).decode() for number in range(4)]
            assert await take(one.entries("a", after=ids[1]), 2) == ["2", "3"]
            await asyncio.sleep(0.3)
            assert one._reader is not None and one._reader.done()
            assert await take(one.entries("a", after=ids[2]), 1) == ["3"]

    asyncio.run(run())
