"""A bench without workers: what the API does alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workers.queue.bench import Bench, open_bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A real Redis and the job service."""
    yield from open_bench(tmp_path)
