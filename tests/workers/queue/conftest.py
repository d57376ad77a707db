"""A bench for each module of well-behaved jobs, and a fresh one for tests that break processes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workers.queue.bench import Bench, open_bench


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """One worker for all tests of a module; only its horse may be broken."""
    for opened in open_bench(tmp_path_factory.mktemp("atlas")):
        opened.start_worker()
        yield opened


@pytest.fixture
def fresh_bench(tmp_path: Path) -> Iterator[Bench]:
    """No worker yet; everything may be broken."""
    yield from open_bench(tmp_path)
