"""The real thing on a private Redis: API and workers as processes of their own, kept alive as `up` keeps them.

Only the model is none: what a prompt says is what the handler does (tests/workers/queue/handlers.py).
"""

from __future__ import annotations

import contextlib
import itertools
import os
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import httpx
import psutil
from redis import Redis

from backend.artifacts.layout import Layout
from backend.artifacts.models import ModelEntries
from backend.artifacts.results import ResultStore
from backend.client import Client
from backend.contracts.jobs import JobStatus
from backend.contracts.problems import KnownError
from backend.contracts.requests import Request
from backend.contracts.vocabulary import JobState
from backend.embedded_redis import RedisServer, ensure_redis
from backend.processes import free_port, python_module, start, stop
from tests.fakes import write_corpus
from tests.workers.queue.bench import generation, write_fake_model

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 60.0
RESULTS_BYTES, RESULTS_FILES = 4_000_000, 4_000


class LostError(Exception):
    """Something that was promised did not hold."""


class Atlas:
    """One data root and its processes."""

    def __init__(self, root: Path, *, n_workers: int = 1, quick: bool = False) -> None:
        self.layout = Layout(root)
        self.quick = quick
        self.seen: Counter[str] = Counter()
        """What faults did to jobs: a round that harms nothing shows nothing."""
        self.own_disk = _mount(self.layout.results)
        write_corpus(self.layout.corpora / "small", ("de", "en"), 4)
        write_fake_model(ModelEntries(self.layout.models), root / "weights")
        self.redis = self._start_redis()
        port = free_port()
        self.client = Client(f"http://127.0.0.1:{port}", timeout_seconds=10.0)
        self._environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTHONHASHSEED": "0",  # every worker gives the same hash of the same weights
            "REDIS_URL": self.redis.url,
            "LINGUA_ATLAS_DATA": str(root),
            "LINGUA_ATLAS_API_PORT": str(port),
            "LINGUA_ATLAS_REGISTRY": "tests.workers.queue.handlers",
            "LINGUA_ATLAS_LOST_SECONDS": "2",
        }
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._names = itertools.count(1)
        self._slots = ["api", *(f"worker {number}" for number in range(n_workers))]
        self._count = itertools.count(1)
        self.revive()
        self.until(lambda: self.health() == "ok", "the API answers")
        self.weights = self._weights(self.answered(self.question("speak 1")))

    def _start_redis(self) -> RedisServer:
        return ensure_redis(self.layout.run / "redis", given_url=None)

    # Processes

    def revive(self) -> None:
        """Start again what has ended, as `up` does every half second."""
        assert self.redis.process is not None
        if self.redis.process.poll() is not None:
            self.redis = self._start_redis()
        for slot in self._slots:
            running = self.processes.get(slot)
            if running is None or running.poll() is not None:
                self.processes[slot] = self._start(slot)

    def _start(self, slot: str) -> subprocess.Popen[bytes]:
        log = self.layout.run / f"{slot.replace(' ', '-')}.log"
        if slot == "api":
            command = python_module(*(("tests.faults.api",) if self.quick else ("backend.cli", "api")))
            return start(command, environment=self._environment, log=log)
        named = {"LINGUA_ATLAS_WORKER_NAME": f"w{next(self._names)}"}
        return start(python_module("workers.run"), environment=self._environment | named, log=log)

    def workers(self) -> list[psutil.Process]:
        """The parents."""
        alive = (one for slot, one in self.processes.items() if slot != "api" and one.poll() is None)
        return [psutil.Process(one.pid) for one in alive]

    def model_processes(self) -> list[psutil.Process]:
        """The children of the workers that hold a model: not the helpers that multiprocessing starts."""
        found = [child for worker in self.workers() for child in _children(worker)]
        return [child for child in found if "resource_tracker" not in " ".join(_command(child))]

    def everything(self) -> list[psutil.Process]:
        """All processes, Redis too."""
        assert self.redis.process is not None
        own = [psutil.Process(one.pid) for one in self.processes.values() if one.poll() is None]
        server = [psutil.Process(self.redis.process.pid)] if self.redis.process.poll() is None else []
        return [*own, *self.model_processes(), *server]

    def connect(self) -> Redis:
        """A connection to the private Redis."""
        return Redis.from_url(self.redis.url)

    def orphans(self) -> list[psutil.Process]:
        """Processes of this data root that nobody looks after."""
        ours = {os.getpid(), *(one.pid for one in self.everything())}
        mine = [one for one in psutil.process_iter() if _data_root(one) == str(self.layout.root)]
        return [one for one in mine if one.pid not in ours and _parent(one) not in {*ours, *(two.pid for two in mine)}]

    # Questions

    def question(self, command: str) -> Request:
        """A question that nobody asked before; the number is part of its seconds, or is ignored."""
        number = next(self._count)
        return generation(f"{command}{number:05d}" if "." in command else f"{command} {number}")

    def number(self) -> int:
        """A number that was not used before."""
        return next(self._count)

    def submit(self, request: Request) -> JobStatus:
        """Ask until the API takes it: what it refuses with a problem of the day is asked again."""
        taken: list[JobStatus] = []

        def ask() -> bool:
            self.revive()
            try:
                taken.append(self.client.submit(request))
            except KnownError as error:
                if error.problem.status < 500:
                    raise
                return False
            return True

        self.until(ask, "the API takes a question")
        return taken[0]

    def status(self, key: str) -> JobStatus | None:
        """How a job stands; None while that cannot be asked. Raises the 404 of one that nobody knows."""
        try:
            return self.client.job(key)
        except KnownError as error:
            if error.problem.status == 404:
                raise
            return None

    def answered(self, request: Request) -> str:
        """Ask and wait; the key of what is done."""
        key = self.submit(request).key

        def ended() -> bool:
            self.revive()
            status = self.status(key)
            return status is not None and status.state.ended

        self.until(ended, f"a new question ({key}) is answered")
        status = self.status(key)
        if status is None or status.state is not JobState.DONE:
            raise LostError(f"a new question ended as {status and (status.state.value, status.problem)}")
        return key

    def health(self) -> str:
        """What /health says; '' when nobody answers."""
        try:
            return str(httpx.get(self.client.base_url + "/health", timeout=5, trust_env=False).json()["status"])
        except (httpx.HTTPError, ValueError):
            return ""

    def get(self, path: str) -> httpx.Response:
        """What the API answers at a path."""
        return httpx.get(self.client.base_url + path, timeout=10, trust_env=False)

    def require_whole(self, key: str) -> None:
        """Every byte of a stored result is what was stored, and the weights were what they are."""
        store = ResultStore(self.layout.results)  # a new one has read nothing yet
        try:
            files = [store.file(key, name) for name in store.manifest(key).files]
        except KnownError as error:
            raise LostError(f"result {key}: {error.problem.detail}") from None
        if any(path.name == "weights.txt" for path in files) and self._weights(key) != self.weights:
            raise LostError(f"the weights were changed when {key} was answered")

    def _weights(self, key: str) -> str:
        return ResultStore(self.layout.results).file(key, "weights.txt").read_text()

    def until(self, condition: Callable[[], object], what: str, *, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait, or tell what was waited for in vain."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise LostError(f"waited {seconds:.0f} s in vain until {what}")
            time.sleep(0.05)

    def close(self) -> list[str]:
        """Stop everything; what is left behind then."""
        for process in self.everything():
            _wake(process)
        stop(self.processes.values())
        self.client.close()
        assert self.redis.process is not None
        stop([self.redis.process])
        left = [f"left behind: {' '.join(_command(one))}" for one in psutil.process_iter() if self._is_mine(one)]
        if self.own_disk:
            subprocess.run(["umount", "-l", str(self.layout.results)], check=False)
        return left

    def _is_mine(self, process: psutil.Process) -> bool:
        return process.pid != os.getpid() and _data_root(process) == str(self.layout.root)


def _mount(folder: Path) -> bool:
    """A small disk of its own for the results, where this user may mount one."""
    folder.mkdir(parents=True)
    size = f"size={RESULTS_BYTES},nr_inodes={RESULTS_FILES}"
    command = ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)]
    try:
        return subprocess.run(command, check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


def _wake(process: psutil.Process) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.resume()


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children()
    except psutil.NoSuchProcess:
        return []


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def _data_root(process: psutil.Process) -> str:
    try:
        return process.environ().get("LINGUA_ATLAS_DATA", "") if process.status() != psutil.STATUS_ZOMBIE else ""
    except (psutil.Error, OSError):
        return ""


def _parent(process: psutil.Process) -> int:
    try:
        return process.ppid()
    except psutil.Error:
        return os.getpid()  # gone meanwhile
