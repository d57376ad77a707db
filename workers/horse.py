"""The horse: the one long-lived child of a worker that holds the models and answers tickets.

It hears of jobs over a pipe, tells their end over the same pipe, and is stopped by a signal. It knows
nothing of RQ: all bookkeeping is its parent's, who survives whatever happens here.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import logging
import os
import signal
import sys
from ctypes import c_int
from multiprocessing.connection import Connection
from typing import NamedTuple, cast

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from backend.artifacts.corpora import Corpora
from backend.artifacts.models import ModelEntries
from backend.artifacts.results import ResultStore
from backend.contracts.problems import KnownError, Problem
from workers import tasks
from workers.cancellation import JobCancelled, install, interruptible
from workers.context import Context, HostReport, Registry
from workers.failures import device_is_lost, free_memory
from workers.progress import Progress
from workers.settings import WorkerSettings

PROGRESS_TIMEOUT_SECONDS = 2.0
_PR_SET_PDEATHSIG = 1
_KILL_ME_FIRST = "500"
"""Out of memory, the kernel shall choose the horse, not the parent that can still tell about it."""


class Assignment(NamedTuple):
    """One job for the horse."""

    key: str
    ticket: dict[str, object]


class Ready(NamedTuple):
    """The horse is up; no model is loaded yet."""

    report: HostReport


class Ended(NamedTuple):
    """One job is over and the horse is free, unless it is `leaving`."""

    key: str
    problem: Problem | None
    interrupted: bool
    leaving: bool
    """Its device is lost to this process: a new horse is needed."""
    report: HostReport | None


def main(channel: Connection, settings: WorkerSettings, parent_pid: int, heard: c_int) -> None:
    """Work until the parent hangs up. `heard`, shared with the parent, counts the stops that were heard."""

    def count() -> None:
        heard.value += 1

    _belong_to(parent_pid)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s horse %(message)s")
    install(count)
    registry = cast(Registry, importlib.import_module(settings.registry))
    context = _open_context(settings, registry)
    context.store.sweep()
    channel.send(Ready(context.host.report()))
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            ended = _answer(channel.recv(), context, registry)
            channel.send(ended)  # before cleaning up, which takes a moment where torch is loaded
            if ended.leaving:
                return
            _clean_up(ended, context)


def _belong_to(parent_pid: int) -> None:
    """End with the parent, and leave every other signal of the terminal or the launcher to it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:
            score.write(_KILL_ME_FIRST)
    if os.getppid() != parent_pid:
        sys.exit(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _open_context(settings: WorkerSettings, registry: Registry) -> Context:
    connection = Redis.from_url(
        settings.redis_url,
        socket_timeout=PROGRESS_TIMEOUT_SECONDS,
        socket_connect_timeout=PROGRESS_TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 1),
    )
    layout = settings.layout
    return Context(
        layout=layout,
        store=ResultStore(layout.results),
        models=ModelEntries(layout.models),
        corpora=Corpora((layout.corpora, *settings.corpus_roots)),
        host=registry.open_host(settings),
        progress=Progress(connection, ""),
        settings=settings,
    )


def _answer(job: Assignment, context: Context, registry: Registry) -> Ended:
    problem, interrupted, leaving = None, False, False
    try:
        with interruptible():
            mine = context._replace(progress=context.progress.of(job.key))
            tasks.run(job.ticket, mine, registry.HANDLERS)
    except JobCancelled:
        interrupted = True
    except KnownError as error:
        problem = error.problem
        leaving = device_is_lost(error.__cause__ or error)
    return Ended(job.key, problem, interrupted, leaving, None if leaving else context.host.report())


def _clean_up(ended: Ended, context: Context) -> None:
    if ended.problem and ended.problem.code == "out_of_memory":
        context.host.release()
    if ended.problem or ended.interrupted:
        free_memory()
