"""`python -m workers.run`: one worker, told by its environment, that outlives its jobs and its Redis."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from typing import Any

import redis.exceptions
from redis import Redis
from redis.backoff import AbstractBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq.exceptions import StopRequested

from backend.contracts.problems import KnownError
from backend.contracts.redis_problems import redis_state
from workers.resident import ResidentWorker
from workers.settings import WorkerSettings

WAIT_FOR_REDIS_SECONDS = 60.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.05, 1.0
LAST_TRIES = 6
"""How often a worker that shall stop still tries to reach Redis, to hand its job back."""

log = logging.getLogger(__name__)


class RefusedError(redis.exceptions.ConnectionError):
    """Redis refused a command before it did anything: it is full, read-only or cannot save."""


class PatientRetry(Retry):
    """Asks again not only when Redis is away, but also while it refuses writes."""

    def call_with_retry(self, do: Callable[[], Any], *args: Any, **kwargs: Any) -> Any:
        """Return what `do` returns at last."""

        def ask() -> Any:
            try:
                return do()
            except redis.exceptions.ResponseError as error:
                if redis_state(error):
                    raise RefusedError(str(error)) from error
                raise

        return super().call_with_retry(ask, *args, **kwargs)


class Patience(AbstractBackoff):
    """Ever longer pauses, for ever, but for a worker that shall stop."""

    def __init__(self, stopping: Callable[[], bool]) -> None:
        self._stopping = stopping

    def compute(self, failures: int) -> float:
        """Seconds to the next try."""
        if self._stopping() and failures > LAST_TRIES:
            raise StopRequested
        return min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** min(failures, 10))


def main() -> int:
    """Work until asked to stop; the exit code says whether it was asked."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    try:
        settings = WorkerSettings.from_environment()
        settings.layout.require_writable()
    except KnownError as error:
        print(f"error {error.problem.detail}\n{error.problem.hint}", file=sys.stderr)
        return 2
    connection = _connect(settings.redis_url)
    if connection is None:
        return 1
    worker = ResidentWorker(settings, connection)
    connection.set_retry(PatientRetry(Patience(lambda: worker._stop_requested), retries=-1))
    worker.work(logging_level="WARNING")
    return 0 if worker._stop_requested else 1


def _connect(url: str) -> Redis | None:
    """A connection to a Redis that answers; it may come up a little later than we do."""
    connection = Redis.from_url(url)
    deadline = time.monotonic() + WAIT_FOR_REDIS_SECONDS
    while True:
        try:
            connection.ping()
            return connection
        except RedisError as error:
            if time.monotonic() > deadline:
                log.error("no Redis answers at REDIS_URL within %.0f s: %s", WAIT_FOR_REDIS_SECONDS, error)
                return None
            time.sleep(LONGEST_PAUSE_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
