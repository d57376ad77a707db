"""What there is to work with: models, corpora, workers, disk. Reads the data root and Redis, writes nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import redis
from pydantic import ValidationError

from backend.artifacts.corpora import Corpora
from backend.artifacts.models import ModelEntries
from backend.contracts.models import Capabilities, CorpusLines, DeviceInfo, ModelDescription, ModelSummary
from backend.contracts.problems import KnownError
from backend.contracts.requests import Lines
from backend.contracts.streams import WORKERS, worker_record
from backend.queueing import JobQueue
from backend.settings import Settings

MAX_LINES = 1000


def summary_of(entry: ModelDescription, models: ModelEntries) -> ModelSummary:
    """One line of the list of models, with the state of its files."""
    return ModelSummary(
        status=models.state(entry),
        n_layers=entry.shape.n_layers,
        **entry.model_dump(include=set(ModelSummary.model_fields) - {"status", "n_layers"}),
    )


def lines_of(corpora: Corpora, name: str, start: int, stop: int | None, languages: Sequence[str]) -> CorpusLines:
    """Aligned lines [start, stop) of a corpus, at most `MAX_LINES`; `stop` None gives as many as allowed."""
    corpus = corpora.named(name)
    chosen = tuple(languages) or corpus.languages()
    if not chosen:
        raise KnownError("bad_corpus", f"corpus {name!r} has no text: {corpus.summary().problem}", status=409)
    end = min(start + MAX_LINES, corpus.count(chosen[0])) if stop is None else stop
    _check_range(start, stop, end)
    found = corpus.texts(Lines(corpus=name, start=start, stop=max(end, start + 1)), chosen)
    return CorpusLines(corpus=name, start=start, lines=found)


def _check_range(start: int, stop: int | None, end: int) -> None:
    if stop is not None and not start < stop <= start + MAX_LINES:
        raise KnownError(
            "bad_range",
            f"start={start} to stop={stop} is no range of 1 to {MAX_LINES} lines",
            hint=f"Give a stop above start and at most {MAX_LINES} above it (here up to {end}).",
            field="stop",
        )


def capabilities(settings: Settings, connection: redis.Redis) -> Capabilities:
    """Workers, queues and disk, as they are now."""
    return Capabilities(
        version=installed_version(),
        workers=tuple(workers(connection)),
        queues=JobQueue(connection).lengths(),
        model_roots=tuple(str(path) for path in (*settings.layout.own_models, *settings.model_roots)),
        corpus_roots=tuple(str(path) for path in (settings.layout.corpora, *settings.corpus_roots)),
        results_bytes=_size_bytes(settings.layout.results),
        disk_free_bytes=_free_bytes(settings.layout.root),
    )


def workers(connection: redis.Redis) -> list[DeviceInfo]:
    """What each living worker says about its device, by name; what cannot be read is left out."""
    found = []
    for name in connection.smembers(WORKERS):
        try:
            found.append(DeviceInfo.model_validate_json(connection.hget(worker_record(name.decode()), "info") or b""))
        except (ValidationError, redis.ResponseError):
            continue
    return sorted(found, key=lambda worker: worker.worker)


def installed_version() -> str:
    """Version of this distribution, or `development`."""
    try:
        return version("lingua-atlas")
    except PackageNotFoundError:
        return "development"


def _size_bytes(folder: Path) -> int:
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(path, name)).st_size
            except OSError:  # deleted under our hands, or not to be looked at
                continue
    return total


def _free_bytes(folder: Path) -> int:
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free
