"""A removal table by the real handlers: its columns run on two workers and are those of one."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.artifacts.keys import Keys
from backend.contracts.building import inputs_of
from backend.contracts.requests import EvaluationSpec, Lines, RegionSpec, RemovalRequest, ScoreSpec
from backend.contracts.results import RemovalSummary
from backend.contracts.vocabulary import JobState
from tests.workers.handlers.shop import Shop
from tests.workers.queue.bench import open_bench

pytestmark = pytest.mark.redis
SETTINGS = {"LINGUA_ATLAS_REGISTRY": "workers.registry", "LINGUA_ATLAS_THREADS": "1", "LINGUA_ATLAS_DEVICE": "cpu"}


def table(model: str) -> RemovalRequest:
    scores = ScoreSpec(model=model, lines=Lines(corpus="small", start=0, stop=2), shards=2)
    return RemovalRequest(
        region=RegionSpec(scores=scores, languages=("de", "en"), fraction=0.05),
        evaluation=EvaluationSpec(lines=Lines(corpus="small", start=2, stop=4), languages=("de", "fr")),
        random_draws=5,
    )


def test_columns_of_two_workers_are_the_columns_of_one(tmp_path: Path) -> None:
    for bench in open_bench(tmp_path, **SETTINGS):
        shop = Shop(tmp_path)  # opens the tiny model on the same data root
        request = table(shop.model)
        for name in ("w1", "w2"):
            bench.start_worker(name)
        status = bench.finish(bench.ask(request).key, reap=True)
        assert status.state is JobState.DONE, status.problem
        keys = Keys(bench.models, bench.service.corpora)
        columns = [bench.store.manifest(keys.key(column)) for column in inputs_of(request).values()]
        assert {column.provenance.worker for column in columns} == {"w1", "w2"}
        found = bench.store.manifest(status.key).summary
    alone = Shop(tmp_path / "alone")
    expected = alone.answer(table(alone.model)).summary
    assert isinstance(found, RemovalSummary) and isinstance(expected, RemovalSummary)
    assert found.conditions == expected.conditions
