"""What the API's background tasks tell while Redis is away."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest
from redis.exceptions import RedisError

from backend.jobs.reaper import reap_forever


class Away:
    """Fails twice, works once, fails again."""

    def __init__(self) -> None:
        self.turns = [True, True, False, True, True, True]

    def run(self) -> None:
        if self.turns.pop(0):  # IndexError when they are over
            raise RedisError("connection refused")


def test_a_redis_that_is_away_is_told_once_each_time(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(IndexError), caplog.at_level("WARNING"):
        asyncio.run(reap_forever(cast(Any, Away()), every_seconds=0.001))
    assert caplog.text.count("connection refused") == 2
