"""Uploads that nothing names any more, and what a killed upload, `corpora add` or conversion left half-written, go
at the start.

Added tasks and corpora are offered by name on the pages and never touched. An upload has no name but its hash: it is
kept as long as a stored result, a listed job or a report says that hash.
"""

from __future__ import annotations

import asyncio
import logging
import re
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from redis.exceptions import RedisError

from backend.artifacts.layout import Layout
from backend.artifacts.regular_files import regular_bytes
from backend.artifacts.results import MANIFEST
from backend.artifacts.training import TrainingFolder
from backend.contracts.problems import KnownError
from backend.jobs.service import JobService

DAY = 24 * 3600.0
UNUSED_SECONDS = 30 * DAY
"""How long an upload may lie there before a request names it."""
HALF_WRITTEN_SECONDS = DAY
_SHA256 = re.compile(r"[0-9a-f]{64}")

log = logging.getLogger(__name__)


async def sweep_at_start(layout: Layout, jobs: JobService) -> None:
    """The API's background task, once; without Redis nobody knows what waiting jobs will read, so nothing goes."""
    try:
        await asyncio.to_thread(sweep, layout, jobs)
    except (OSError, RedisError, KnownError) as error:
        log.warning("leftovers stay until the next start: %s", error)


def sweep(layout: Layout, jobs: JobService) -> list[Path]:
    """Remove what is old and of no use; tells in the log what it removed, and gives it back."""
    jobs.store.sweep()
    _sweep_trainings(layout)
    doomed = [*_half_written(layout), *_unused(layout, jobs)]
    for path in doomed:
        size = path.stat().st_size / 1e6 if path.is_file() else 0.0
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
        log.warning("removed %s (%.1f MB): nothing uses it", path, size)
    return doomed


def _half_written(layout: Layout) -> Iterator[Path]:
    places = [(layout.imports, ".arriving-*"), (layout.tasks, ".arriving-*"), (layout.corpora, ".adding-*")]
    places += [(layout.models, f".{doing}-*") for doing in ("joining", "converting", "deleted")]
    places += [(layout.training, ".deleted-*"), (layout.corpora, ".deleted-*"), (layout.pyramids, ".writing-*")]
    for root, pattern in places:
        yield from (path for path in root.glob(pattern) if _age(path) > HALF_WRITTEN_SECONDS)


def _sweep_trainings(layout: Layout) -> None:
    """What dead trainings left half-written; those that live hold their folder."""
    for path in layout.training.glob("[0-9a-f]*"):
        folder = TrainingFolder(path)
        if any(path.glob(".writing-*")) or any(path.glob(".deleted-*")):
            with suppress(KnownError, OSError), folder.claimed():
                folder.sweep()


def _unused(layout: Layout, jobs: JobService) -> list[Path]:
    """Old uploads whose hash stands nowhere; reads the rest of the atlas only when there are old ones."""
    uploads = [path for path in layout.imports.glob("*") if _SHA256.fullmatch(path.name)]
    old = [path for path in uploads if _age(path) > UNUSED_SECONDS]
    if old:
        listed = (job.request.model_dump_json() for job in jobs.jobs().jobs)
        for told in (*listed, *_texts(layout)):
            old = [path for path in old if path.name not in told]
    return old


def _texts(layout: Layout) -> Iterator[str]:
    """Everything stored that can name an upload."""
    stored: Iterable[Path] = (*layout.results.glob(f"*/{MANIFEST}"), *layout.reports.glob("*.json"))
    # One that cannot be read may name any upload: it ends the sweep, and nothing goes.
    return (regular_bytes(path).decode(errors="replace") for path in stored)


def _age(path: Path) -> float:
    """Seconds since the last change, of a link those of itself; what is gone is new."""
    try:
        return time.time() - path.lstat().st_mtime
    except OSError:
        return 0.0
