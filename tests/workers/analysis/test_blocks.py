from __future__ import annotations

import random
from itertools import pairwise

import pytest

from workers.analysis import blocks as under_test
from workers.analysis.blocks import Block, blocks, share, steps
from workers.analysis.errors import AnalysisError

BUDGET = 40


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch) -> None:
    monkeypatch.setattr(under_test, "BLOCK", 10)


def lengths(n: int, seed: int = 0) -> list[list[int]]:
    """Samples that are told apart by their first token; some too short to predict anything."""
    source = random.Random(seed)
    return [[index] * source.choice((0, 1, 2, 5, 9, 12)) for index in range(n)]


def batches_of(samples: list[list[int]], chosen: list[Block]) -> list[tuple[int, ...]]:
    start = chosen[0].start if chosen else 0
    found = steps(samples[start:], chosen, max_tokens_per_batch=BUDGET)
    return [tuple(step.batch.token_ids[:, 0].tolist()) for step in found if step.batch is not None]


def test_blocks_by_hand() -> None:
    assert blocks(7) == [Block(0, 7, 7)]
    assert blocks(25, snapshots=(12,)) == [Block(0, 10, 12), Block(10, 12, 12), Block(12, 22, 25), Block(22, 25, 25)]


@pytest.mark.parametrize("snapshots", [(), (10,), (3, 4, 39)])
@pytest.mark.parametrize("n_samples", [40, 41, 137])
def test_blocks_hold_every_sample_once_and_end_at_snapshots(n_samples: int, snapshots: tuple[int, ...]) -> None:
    found = blocks(n_samples, snapshots=snapshots)
    assert (found[0].start, found[-1].stop) == (0, n_samples)
    assert all(left.stop == right.start for left, right in pairwise(found))
    assert set(snapshots) <= {block.stop for block in found}
    assert {block.counts_to for block in found} == {*snapshots, n_samples}


@pytest.mark.parametrize("n_shards", [1, 2, 3, 7, 16])
@pytest.mark.parametrize("n_samples", [3, 10, 35, 100])
def test_shards_hold_the_batches_of_a_single_run_each_once(n_samples: int, n_shards: int) -> None:
    samples, whole = lengths(n_samples), blocks(n_samples, snapshots=(2,))
    together = [batch for i in range(n_shards) for batch in batches_of(samples, share(whole, i, n_shards=n_shards))]
    assert sorted(together) == sorted(batches_of(samples, whole))
    assert sorted(index for batch in together for index in batch) == [i for i, s in enumerate(samples) if len(s) > 1]


def test_cuts_come_at_snapshots_and_at_the_end_after_all_their_batches() -> None:
    samples = lengths(25)
    found = list(steps(samples, blocks(25, snapshots=(12,)), max_tokens_per_batch=BUDGET))
    assert [(number, step.cut) for number, step in enumerate(found, 1) if step.cut] == [(12, 12), (25, 25)]
    early = [index for step in found[:12] if step.batch is not None for index in step.batch.token_ids[:, 0].tolist()]
    assert sorted(early) == [index for index, sample in enumerate(samples[:12]) if len(sample) > 1]


def test_the_stream_is_read_one_block_at_a_time() -> None:
    read: list[int] = []

    def stream():
        for index, sample in enumerate(lengths(30)):
            read.append(index)
            yield sample

    found = steps(stream(), blocks(30), max_tokens_per_batch=BUDGET)
    next(found)
    assert len(read) == 10


def test_what_cannot_be_cut_is_refused_before_work() -> None:
    with pytest.raises(AnalysisError, match="no sample"):
        blocks(0)
    with pytest.raises(
        AnalysisError, match="snapshots 8, 20 must lie between 1 and the number of samples, which is 20"
    ):
        blocks(20, snapshots=(20, 8))
    with pytest.raises(AnalysisError, match="ends at sample 3, 5 were announced"):
        list(steps([[1, 2]] * 3, blocks(5), max_tokens_per_batch=BUDGET))
