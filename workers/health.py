"""`python -m workers.health`: whether a worker of this machine said lately that it lives (container health check)."""

from __future__ import annotations

import os
import socket
import sys

from redis import Redis
from redis.exceptions import RedisError

from backend.contracts.models import DeviceInfo
from backend.contracts.streams import WORKERS, worker_record


def main() -> int:
    """0 when a worker on this host has a living record in Redis, else 1."""
    try:
        with Redis.from_url(os.environ["REDIS_URL"], socket_timeout=5) as connection:
            records = [connection.hget(worker_record(name.decode()), "info") for name in connection.smembers(WORKERS)]
    except (RedisError, KeyError) as error:
        print(f"Redis cannot be asked: {error}", file=sys.stderr)
        return 1
    hosts = {DeviceInfo.model_validate_json(record).host for record in records if record}
    return 0 if socket.gethostname() in hosts else 1


if __name__ == "__main__":
    sys.exit(main())
