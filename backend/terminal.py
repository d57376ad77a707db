"""What all commands share: where they print, which atlas they talk to, how they wait for a job."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column, Table

from backend.artifacts.layout import Layout, default_root
from backend.client import Client
from backend.contracts.jobs import JobStatus
from backend.contracts.models import BrokenEntry, Removed
from backend.contracts.problems import KnownError
from backend.launcher import running_instance

# In a pipe nothing is cut to the width of a screen that is not there.
out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 1000)
err = Console(stderr=True, highlight=False, soft_wrap=True)
ApiUrl = Annotated[
    str, typer.Option("--api", envvar="LINGUA_ATLAS_API_URL", help="API to talk to; default: the running atlas.")
]


def wait(client: Client, job: JobStatus) -> JobStatus:
    """Follow a job to its end with a progress bar on standard error."""
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=err, transient=True) as bar:
        task = bar.add_task(job.title, total=None)

        def show(status: JobStatus) -> None:
            progress = status.progress
            words = f"{status.title} · {progress.phase.value} {progress.note}"
            bar.update(task, description=words, completed=progress.done, total=progress.total or None)

        return client.wait(job.key, on_progress=show)


def table(name: str, *columns: str) -> Table:
    """An empty table. Names are what the next command needs: never cut them."""
    return Table(Column(name, no_wrap=True, overflow="ignore"), *columns, box=None, pad_edge=False)


def tell_broken(broken: Iterable[BrokenEntry]) -> None:
    """Name the entries of a list that cannot be read, on the error stream."""
    for one in broken:
        err.print(f"{one.name}: {one.problem}", markup=False, highlight=False)


def tell_removed(removed: Removed) -> None:
    """Say what went, and what stays."""
    out.print(f"removed {removed.name}", markup=False)
    freed = f"{removed.freed_bytes / 1e6:.1f} MB freed" if removed.freed_bytes else ""
    if told := "; ".join(filter(None, (freed, removed.note))):
        err.print(told, markup=False)


def one_that_begins(what: str, given: str, known: Sequence[str]) -> str:
    """The one hash of these that begins so; a clear problem for none or several."""
    found = [one for one in known if given and one.startswith(given)]
    if len(found) != 1:
        how_many = f"{len(found)} {what}s have" if found else f"no {what} here has"
        raise KnownError(
            f"unknown_{what}",
            f"{how_many} a hash that begins with {given!r}",
            hint=f"`lingua-atlas {what}s list` names them.",
            status=404,
        )
    return found[0]


def client_of(api_url: str) -> Client:
    """The API named, else that of the atlas running on this data root."""
    if not api_url:
        running = running_instance(Layout(default_root()))
        if running is None:
            raise KnownError(
                "no_atlas",
                f"no atlas of {default_root()} is running",
                hint="Start one with `lingua-atlas up` or `lingua-atlas demo`, or name an API with --api URL.",
                status=503,
            )
        api_url = running.api_url
    return Client(api_url, token=os.environ.get("LINGUA_ATLAS_TOKEN") or None)


def local_source(model: str) -> str:
    """A path given relative to this folder becomes absolute; ids stay what they are."""
    looks_local = model.startswith((".", "/", "~")) or model.lower().endswith(".gguf") or Path(model).is_dir()
    return str(Path(model).expanduser().resolve()) if looks_local else model
