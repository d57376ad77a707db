"""`lingua-atlas` as a person starts it: a process with lines to read, a data root of its own, and its children."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

from backend.artifacts.layout import Layout
from backend.client import Client
from backend.launcher import Instance, running_instance
from tests.fakes import write_model

ATLAS = (sys.executable, "-P", "-m", "backend.cli")  # as the script `lingua-atlas` is: blind to the current folder
PATIENCE_SECONDS = 180.0


class Home:
    """A data root, a tiny model whose context holds every line of the built-in corpus, and an environment."""

    def __init__(self, root: Path) -> None:
        self.model = write_model(root / "models-here" / "tiny", max_position_embeddings=1024)
        self.layout = Layout(root / "data")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("LINGUA_ATLAS_")}
        inherited.pop("REDIS_URL", None)
        self.folder = self.model.parent
        self.environment = inherited | {
            "LINGUA_ATLAS_DATA": str(self.layout.root),
            "LINGUA_ATLAS_THREADS": "1",
            "OMP_NUM_THREADS": "1",
            "HF_HUB_OFFLINE": "1",
            "HTTP_PROXY": "http://127.0.0.1:9",  # nobody: loopback must never be asked for through a proxy
        }

    def run(self, *arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        """One command, to its end."""
        return subprocess.run(
            [*ATLAS, *arguments], input=stdin, env=self.environment | environment, cwd=self.folder,
            capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False,
        )  # fmt: skip

    @contextmanager
    def started(self, *arguments: str) -> Iterator[Started]:
        """A command that goes on; nothing of it is left afterwards, whatever the test did."""
        process = Started(self, arguments)
        try:
            yield process
        finally:
            process.end()

    def processes(self) -> list[psutil.Process]:
        """Everything alive that works on this data root, orphans included: children inherit its variable.

        Redis overwrites its own environment with its title, and is known by its folder.
        """
        found = []
        for process in psutil.process_iter():
            try:
                told = process.environ().get("LINGUA_ATLAS_DATA") == str(self.layout.root)
                mine = told or process.cwd() == str(self.layout.run / "redis")
                if mine and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
        return found

    def child(self, part: str) -> psutil.Process:
        """The one process whose command line has these words."""
        (found,) = [process for process in self.processes() if part in command(process)]
        return found

    def listening(self) -> set[str]:
        """Addresses at which anything of this atlas listens."""
        sockets = [socket for process in self.processes() for socket in process.net_connections("inet")]
        return {socket.laddr.ip for socket in sockets if socket.status == psutil.CONN_LISTEN}

    def results(self) -> dict[str, int]:
        """When each result was written, by key."""
        return {path.parent.name: path.stat().st_mtime_ns for path in self.layout.results.glob("*/manifest.json")}

    def half_written(self) -> list[Path]:
        return list(self.layout.results.glob(".writing-*"))


class Started:
    """A running `lingua-atlas` with what it has printed so far."""

    def __init__(self, home: Home, arguments: tuple[str, ...]) -> None:
        self.home = home
        self.process = subprocess.Popen(
            [*ATLAS, *arguments], env=home.environment, cwd=home.folder,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as output:
            self.lines.extend(iter(output.readline, ""))

    @property
    def text(self) -> str:
        return "".join(self.lines)

    def until(self, condition: Callable[[], object], what: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            assert time.monotonic() < deadline, f"waited in vain until {what}\n{self.text}"
            time.sleep(0.05)

    def until_told(self, words: str) -> None:
        self.until(lambda: words in self.text or self.process.poll() is not None, f"it says {words!r}")
        assert words in self.text

    def wait(self) -> int:
        """The exit code."""
        code = self.process.wait(PATIENCE_SECONDS)
        self._reader.join()
        return code

    @property
    def instance(self) -> Instance:
        found = running_instance(self.home.layout)
        assert found is not None, self.text
        return found

    def client(self) -> Client:
        return Client(self.instance.api_url)

    def answers(self, path: str = "/") -> bool:
        """Whether the page is there, and the API behind it."""
        try:
            with httpx.Client(base_url=self.instance.url, timeout=5, trust_env=False) as browser:
                return browser.get(path).is_success and browser.get("/api/models").is_success
        except (httpx.TransportError, AssertionError):
            return False

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.wait()
        left = self.home.processes()
        for process in left:
            process.kill()
        assert not left


def command(process: psutil.Process) -> str:
    """Its command line; '' when it has just ended."""
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""
