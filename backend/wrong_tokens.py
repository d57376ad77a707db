"""What follows a wrong token: the answer waits longer each time, and the log says so, without the token."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from starlette.types import Scope

FIRST_SECONDS, MOST_SECONDS = 0.5, 16.0
FORGET_SECONDS = 300.0
MAX_PLACES = 10_000
"""Addresses that are remembered; the oldest is forgotten first."""
MAX_WAITING = 200
"""More wrong tokens at once than this are answered at once: each one that waits holds a connection."""
_log = logging.getLogger("lingua_atlas.doors")


class WrongTokens:
    """Wrong tokens by the address they came from. The right one never waits, whoever else guesses."""

    def __init__(
        self, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._sleep = sleep
        self._now = now
        self._places: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._n_waiting = 0

    async def noted(self, scope: Scope) -> None:
        """Log one more, and return when it may be answered: after 0.5 s, 1 s, 2 s... up to 16 s."""
        place = str((scope.get("client") or ("unknown",))[0])
        n_wrong, at = self._places.pop(place, (0, 0.0))
        n_wrong = n_wrong + 1 if self._now() - at < FORGET_SECONDS else 1
        self._places[place] = (n_wrong, self._now())
        while len(self._places) > MAX_PLACES:
            self._places.popitem(last=False)
        _log.warning("a wrong token from %s (%d in a row)", place, n_wrong)
        if self._n_waiting >= MAX_WAITING:
            return
        self._n_waiting += 1
        try:
            await self._sleep(min(FIRST_SECONDS * 2 ** min(n_wrong - 1, 10), MOST_SECONDS))
        finally:
            self._n_waiting -= 1
