"""What nothing uses goes, after a long time, and nothing else does."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
from hashlib import sha256
from pathlib import Path

import pytest
from redis.exceptions import ConnectionError

from backend.artifacts.results import MANIFEST
from backend.contracts.regions import ImportRegionRequest
from backend.jobs.leftovers import HALF_WRITTEN_SECONDS, UNUSED_SECONDS, sweep, sweep_at_start
from tests.workers.queue.bench import Bench

pytestmark = pytest.mark.redis


def lying(path: Path, *, seconds: float, content: bytes = b"{}") -> Path:
    """A file of that age."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (time.time() - seconds,) * 2)
    return path


def upload(bench: Bench, digit: str, *, seconds: float = UNUSED_SECONDS + 60) -> Path:
    content = digit.encode()
    return lying(bench.layout.imports / sha256(content).hexdigest(), seconds=seconds, content=content)


def test_an_upload_goes_when_it_is_old_and_nothing_names_it(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    young, unused = upload(bench, "a", seconds=60), upload(bench, "b")
    in_result, in_report, in_job = (upload(bench, digit) for digit in "cde")
    places = (
        (bench.layout.results / ("0" * 20) / MANIFEST, in_result),
        (bench.layout.reports / "seen.json", in_report),
    )
    for path, used in places:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"request": {"region": {"file": used.name}}}))
    bench.ask(ImportRegionRequest(model="fake", title="given", file=in_job.name))
    with caplog.at_level(logging.WARNING, logger="backend.jobs.leftovers"):
        assert sweep(bench.layout, bench.service) == [unused]
    assert [path for path in (young, unused, in_result, in_report, in_job) if not path.exists()] == [unused]
    assert f"removed {unused}" in caplog.text
    assert sweep(bench.layout, bench.service) == []


def test_what_was_never_finished_goes_and_what_is_offered_stays(bench: Bench) -> None:
    old, layout = HALF_WRITTEN_SECONDS + 60, bench.layout
    half = [lying(folder / ".arriving-x", seconds=old) for folder in (layout.imports, layout.tasks)]
    folders = [layout.corpora / ".adding-x", layout.training / ".deleted-x"]
    folders += [layout.models / f".{doing}-x" for doing in ("joining", "converting", "deleted")]
    for folder in folders:
        lying(folder / "mine" / "de.txt", seconds=old)
        os.utime(folder, (time.time() - old,) * 2)
    kept = [lying(layout.tasks / f"{'a' * 64}.{ending}", seconds=2 * UNUSED_SECONDS) for ending in ("json", "jsonl")]
    kept += [lying(layout.corpora / "own" / "de.txt", seconds=2 * UNUSED_SECONDS)]
    kept += [lying(layout.imports / ".arriving-now", seconds=60), lying(layout.imports / "notes.txt", seconds=10 * old)]
    kept += [lying(layout.models / "tiny" / "model.safetensors", seconds=2 * UNUSED_SECONDS)]
    assert sorted(sweep(layout, bench.service)) == sorted([*half, *folders])
    assert not any(folder.exists() for folder in folders)
    assert all(path.exists() for path in kept)


def test_without_redis_nothing_goes(
    bench: Bench, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise ConnectionError("Redis is away")

    unused = upload(bench, "f")
    monkeypatch.setattr(bench.service, "jobs", away)
    asyncio.run(sweep_at_start(bench.layout, bench.service))
    assert unused.exists()
    assert "stay until the next start" in caplog.text
