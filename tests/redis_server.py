"""A real redis-server on a Unix socket in a temporary folder, which a test may kill and start again."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError

from backend.embedded_redis import find_server


class RedisServer:
    """One private server with an append-only file. `fsync` is `everysec` in production, `always` here."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "redis.sock"
        self.url = f"unix://{self.socket}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        options = {
            "--port": "0",
            "--unixsocket": str(self.socket),
            "--dir": str(self.folder),
            "--appendonly": "yes",
            "--appendfsync": "always",
            "--save": "",
            "--logfile": str(self.folder / "redis.log"),
        }
        command = [find_server(), *(part for pair in options.items() for part in pair)]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            try:
                with Redis(unix_socket_path=str(self.socket)) as connection:
                    connection.ping()
                return
            except RedisError:
                time.sleep(0.01)
        raise RuntimeError((self.folder / "redis.log").read_text())

    def connect(self) -> Redis:
        return Redis.from_url(self.url)

    def kill(self) -> None:
        """kill -9, as a crash would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()


def running_redis() -> Iterator[RedisServer]:
    """In a folder with a short name: a socket's path may have 107 bytes."""
    folder = Path(tempfile.mkdtemp(prefix="la-redis-"))
    server = RedisServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    """A server for one test; import this fixture into the conftest.py of a folder."""
    yield from running_redis()
