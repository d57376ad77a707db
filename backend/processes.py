"""Child processes that end with their parent, and are stopped for sure."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

import psutil

PR_SET_PDEATHSIG = 1


def python_module(module: str, *arguments: str) -> tuple[str, ...]:
    """Return the command that runs a module of ours in this interpreter, whatever folder we are in.

    `-P` keeps the current folder out of `sys.path`: a project with a `backend/` of its own would be imported
    in the place of ours.
    """
    return (sys.executable, "-P", "-m", module, *arguments)


def start(
    command: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    log: Path | None = None,
    niceness: int = 0,
) -> subprocess.Popen[bytes]:
    """Start a child in its own session: Ctrl-C in the terminal reaches the parent alone.

    `niceness` above 0 lets others go first where processors are short.

    On Linux the kernel ends the child when the parent dies, even by kill -9. Start from the main
    thread: the kernel watches the thread that forked.
    """
    output = log.open("ab") if log else None
    try:
        return subprocess.Popen(
            list(command),
            env=None if environment is None else dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            start_new_session=True,
            preexec_fn=partial(_prepare, niceness) if sys.platform == "linux" or niceness else None,
        )
    finally:
        if output:
            output.close()


def _prepare(niceness: int) -> None:
    """In the child, before its program runs."""
    if sys.platform == "linux":
        ctypes.CDLL("libc.so.6").prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if niceness:
        os.nice(niceness)
        # Where Linux shares time between sessions first, the session has a niceness of its own.
        with contextlib.suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(niceness))


def stop(processes: Iterable[subprocess.Popen[bytes]], *, grace_seconds: float = 5.0) -> None:
    """Ask each child to end, make those that do not, reap them, and end what they left behind.

    Only the children are asked: a worker hands its running job back and ends its own model process.
    """
    children = list(processes)
    descendants = [member for child in children for member in _descendants(child.pid)]
    for child in children:
        if child.poll() is None:
            child.terminate()
    deadline = time.monotonic() + grace_seconds
    for child in children:
        try:
            child.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    for member in descendants:
        with contextlib.suppress(psutil.NoSuchProcess):  # psutil checks that the pid is still the same process
            member.kill()
    psutil.wait_procs(descendants, timeout=grace_seconds)


def _descendants(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def free_port(host: str = "127.0.0.1") -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def port_is_free(host: str, port: int) -> bool:
    """Whether a server could bind there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
