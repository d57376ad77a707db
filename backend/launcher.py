"""One command, one atlas: starts Redis, API, dashboard and workers as children, watches and stops them.

Knows processes, ports and files; nothing about models or jobs.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, NamedTuple

import httpx

from backend.artifacts.disk import disk_problem
from backend.artifacts.layout import Layout
from backend.contracts.binding import is_loopback, require_port, require_token
from backend.contracts.problems import KnownError
from backend.embedded_redis import RedisServer, ensure_redis
from backend.processes import free_port, port_is_free, python_module, start, stop

DEFAULT_PORT = 8050
START_SECONDS = 90.0
BESIDE_SECONDS = 20.0
"""How long to wait for another atlas that is starting or stopping on the same data root."""
RESTARTS_IN_A_ROW = 5
WORKER_NICENESS = 10
"""A job takes all cores for minutes; a picture needs one of them for milliseconds, now."""
STABLE_SECONDS = 60.0


class Options(NamedTuple):
    """What the user chose on the command line."""

    layout: Layout
    host: str = "127.0.0.1"
    port: int | None = None
    """None: 8050 if it is free, else any free port."""
    api_host: str = "127.0.0.1"
    api_port: int | None = None
    """None: any free port."""
    n_workers: int = 1
    token: str = ""
    redis_url: str = ""
    model_roots: tuple[Path, ...] = ()
    """Folders from which local models may be opened, besides those in LINGUA_ATLAS_MODEL_ROOTS."""


class Instance(NamedTuple):
    """Where a running atlas of this data root answers."""

    url: str
    api_url: str
    pid: int


class AlreadyRunningError(KnownError):
    """Another atlas holds this data root; `instance` is where it answers, where that is known."""

    def __init__(self, layout: Layout, instance: Instance | None) -> None:
        super().__init__(
            "already_running",
            f"an atlas of {layout.root} is already running{f' at {instance.url}' if instance else ''}",
            hint="Open that page, stop it with Ctrl-C, or set LINGUA_ATLAS_DATA for a second one.",
            status=409,
        )
        self.instance = instance


class Child(NamedTuple):
    """A process to keep alive."""

    name: str
    command: tuple[str, ...]
    log: Path
    niceness: int = 0


def choose_port(host: str, asked: int | None) -> int:
    """The port asked for, or a clear error when it is taken; else 8050 or any free one."""
    if asked is None:
        return DEFAULT_PORT if port_is_free(host, DEFAULT_PORT) else free_port(host)
    require_port(host, asked, "--port")
    return asked


def _api_port(options: Options, page_port: int) -> int:
    """The port asked for, or a clear error when it is taken, by the page too; else any free one."""
    if options.api_port is None:
        return free_port(options.api_host)
    if options.api_port == page_port:
        raise KnownError(
            "bad_setting",
            f"page and API cannot both listen at port {page_port}",
            hint="Give different ports with --port and --api-port.",
        )
    require_port(options.api_host, options.api_port, "--api-port")
    return options.api_port


def _reached_at(host: str) -> str:
    """Where this machine reaches a server bound to `host`: one bound to every address is asked at loopback."""
    return "127.0.0.1" if is_loopback(host) or host in ("0.0.0.0", "::") else host


class Stack:
    """The running atlas: use as a context manager; leaving it stops every child."""

    def __init__(self, options: Options, say: Callable[[str], None] = print) -> None:
        self.options = options
        self.say = say
        self.stopping = threading.Event()
        self._redis: RedisServer | None = None
        self._running: dict[str, tuple[Child, subprocess.Popen[bytes], float]] = {}
        self._restarts: dict[str, int] = {}
        self._said: dict[str, set[str]] = {}
        self._lock: IO[str] | None = None
        self.url = self.api_url = ""

    def __enter__(self) -> Stack:
        for host in (self.options.host, self.options.api_host):
            require_token(host, self.options.token)
        self.options.layout.require_writable()
        self._take_lock()
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _take_lock(self) -> None:
        run = self.options.layout.run
        run.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = (run / "atlas.lock").open("w")
        deadline = time.monotonic() + BESIDE_SECONDS
        while not _locked(self._lock):
            # Another one starts, runs or stops just now: tell where it is, or take its place.
            running = running_instance(self.options.layout)
            if running or time.monotonic() > deadline:
                self._lock.close()
                self._lock = None
                raise AlreadyRunningError(self.options.layout, running)
            time.sleep(0.2)

    def _start(self) -> None:
        options, run = self.options, self.options.layout.run
        port = choose_port(options.host, options.port)
        api_port = _api_port(options, port)
        self._redis = ensure_redis(run / "redis", given_url=options.redis_url or None)
        if self._redis.note:
            self.say(self._redis.note)
        self.api_url = f"http://{_reached_at(options.api_host)}:{api_port}"
        self.url = f"http://{'127.0.0.1' if is_loopback(options.host) else options.host}:{port}"
        self.environment = self._environment(port, api_port)
        children = [
            Child("api", python_module("backend.cli", "api"), run / "api.log"),
            Child("dashboard", python_module("frontend.run"), run / "dashboard.log"),
            *(
                Child(f"worker-{number}", python_module("workers.run"), run / f"worker-{number}.log", WORKER_NICENESS)
                for number in range(1, options.n_workers + 1)
            ),
        ]
        for child in children:
            self._launch(child)
        self._wait_until_up(self.api_url + "/health", "api")
        self._wait_until_up(f"http://127.0.0.1:{port}/health" if is_loopback(options.host) else "", "dashboard")
        instance = {"url": self.url, "api_url": self.api_url, "pid": os.getpid()}
        (run / "instance.json").write_text(json.dumps(instance), encoding="utf-8")

    def _environment(self, port: int, api_port: int) -> Mapping[str, str]:
        assert self._redis is not None
        options = self.options
        known_roots = os.environ.get("LINGUA_ATLAS_MODEL_ROOTS", "")
        roots = [root for root in (known_roots, *map(str, options.model_roots)) if root]
        return {
            **os.environ,
            "REDIS_URL": self._redis.url,
            "LINGUA_ATLAS_DATA": str(options.layout.root),
            "LINGUA_ATLAS_HOST": options.host,
            "LINGUA_ATLAS_TOKEN": options.token,
            "LINGUA_ATLAS_API_HOST": options.api_host,
            "LINGUA_ATLAS_API_PORT": str(api_port),
            "LINGUA_ATLAS_API_URL": self.api_url,
            "LINGUA_ATLAS_DASHBOARD_PORT": str(port),
            "LINGUA_ATLAS_MODEL_ROOTS": os.pathsep.join(roots),
            "PYTHONUNBUFFERED": "1",
        }

    def _launch(self, child: Child) -> None:
        process = start(child.command, environment=self.environment, log=child.log, niceness=child.niceness)
        self._running[child.name] = (child, process, time.monotonic())

    def _wait_until_up(self, url: str, name: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        child, process, _ = self._running[name]
        while url and time.monotonic() < deadline:
            if process.poll() is not None:
                raise _did_not_start(child, f"ended with exit code {process.returncode}")
            try:
                if httpx.get(url, timeout=2, trust_env=False).status_code < 500:
                    return
            except httpx.HTTPError:
                time.sleep(0.05)
        if url:
            raise _did_not_start(child, f"did not answer within {START_SECONDS:.0f} s")

    def watch(self, *, poll_seconds: float = 0.5) -> None:
        """Keep the children alive until `stopping` is set; a child that keeps dying ends the atlas."""
        while not self.stopping.wait(poll_seconds):
            self._watch_redis()
            for name, (child, process, since) in list(self._running.items()):
                if process.poll() is not None:
                    self._restart(name, child, process, since)

    def _watch_redis(self) -> None:
        if self._redis is None or self._redis.process is None or self._redis.process.poll() is None:
            return
        self._say_once("redis", "Redis stopped; starting it again (queued runs are kept).")
        try:
            self._redis = ensure_redis(self.options.layout.run / "redis", given_url=None)
        except (KnownError, OSError) as error:  # a full disk may be free in a minute: it is tried again
            self._say_once("redis", _in_words(error, self.options.layout))
            return
        self._said.pop("redis")
        self.say(self._redis.note or "Redis runs again.")

    def _restart(self, name: str, child: Child, process: subprocess.Popen[bytes], since: float) -> None:
        restarts = self._restarts.get(name, 0) + 1 if time.monotonic() - since < STABLE_SECONDS else 1
        if restarts > RESTARTS_IN_A_ROW:
            raise _did_not_start(child, f"ended {RESTARTS_IN_A_ROW} times in a row (exit code {process.returncode})")
        self._say_once(name, f"{name} ended (exit code {process.returncode}); starting it again. Log: {child.log}")
        try:
            self._launch(child)
        except OSError as error:  # its log cannot be written, no process can be made: tried again
            self._say_once(name, _in_words(error, self.options.layout))
            return
        self._said.pop(name)
        self._restarts[name] = restarts

    def _say_once(self, about: str, sentence: str) -> None:
        """Say what was not said yet since this trouble began."""
        if sentence not in self._said.setdefault(about, set()):
            self._said[about].add(sentence)
            self.say(sentence)

    def stop(self) -> None:
        """Stop every child, Redis last, and give the data root free."""
        self.stopping.set()
        stop(process for _, process, _ in self._running.values())
        self._running.clear()
        if self._redis and self._redis.process:
            stop([self._redis.process])
        self._redis = None
        if self._lock:
            (self.options.layout.run / "instance.json").unlink(missing_ok=True)
            self._lock.close()
            self._lock = None


def running_instance(layout: Layout) -> Instance | None:
    """The atlas that runs on this data root, if one does."""
    try:
        found = Instance(**json.loads((layout.run / "instance.json").read_text(encoding="utf-8")))
        health = httpx.get(found.api_url + "/health", timeout=2, trust_env=False)
        # After a kill -9 the file is still there, and its port may belong to another program by now.
        return found if health.is_success and "redis" in health.json() else None
    except (OSError, ValueError, TypeError, httpx.HTTPError):
        return None


def _locked(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _in_words(error: KnownError | OSError, layout: Layout) -> str:
    known = error if isinstance(error, KnownError) else disk_problem(error, layout.root)
    return f"{known.problem.detail}. {known.problem.hint}" if known else str(error)


def _did_not_start(child: Child, what: str) -> KnownError:
    tail = child.log.read_text(encoding="utf-8", errors="replace").splitlines()[-12:] if child.log.exists() else []
    return KnownError(
        "child_failed",
        f"the {child.name} {what}:\n" + "\n".join(tail),
        hint=f"The whole log is {child.log}.",
        status=500,
    )
