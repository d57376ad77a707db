"""Samples in the order and the company in which they are scored: blocks, batches, shares of a language.

A corpus is read as a stream. `BLOCK` samples at a time are sorted by length into batches, so that token ids of
a large corpus are never all in memory. A snapshot ends a block. Knows nothing of models.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from workers.analysis.batches import Batch, bucketed
from workers.analysis.errors import AnalysisError

BLOCK = 1_000
"""Samples that are sorted by length together."""


class Block(NamedTuple):
    """Samples `start` to `stop` (not included) of a language, or every `n_parts`-th batch of them."""

    start: int
    stop: int
    counts_to: int
    """The snapshot (or the number of all samples) that ends the stretch this block belongs to."""
    part: int = 0
    n_parts: int = 1


class Step(NamedTuple):
    """One sample of a stream: nothing to do, or a batch that it completes, or an end it reaches, or both."""

    batch: Batch | None
    cut: int | None
    """Everything up to this count has been given; None within a stretch."""


def blocks(n_samples: int, *, snapshots: Sequence[int] = ()) -> list[Block]:
    """All blocks of a language, in order: `BLOCK` samples each, the last before a snapshot or the end fewer.

    Invariant: together they hold every sample once; every snapshot is the `stop` of a block.
    Raises `AnalysisError`: `no_samples`, `snapshot_beyond`.
    """
    if n_samples < 1:
        raise AnalysisError("no_samples", "there is no sample to score", hint="Choose a range of lines that has text.")
    ends = [*sorted(set(snapshots)), n_samples]
    if ends[:-1] and not 0 < ends[0] <= ends[-2] < n_samples:
        raise AnalysisError(
            "snapshot_beyond",
            f"snapshots {', '.join(map(str, ends[:-1]))} must lie between 1 and the number of samples, "
            f"which is {n_samples}, not included",
            hint="Choose smaller snapshots or more lines; the scores of all samples are kept anyway.",
        )
    found, start = [], 0
    for end in ends:
        found += [Block(first, min(first + BLOCK, end), end) for first in range(start, end, BLOCK)]
        start = end
    return found


def share(whole: Sequence[Block], shard: int, *, n_shards: int) -> list[Block]:
    """What one of `n_shards` workers scores: neighbouring blocks, or a part of the batches of one.

    With at least as many blocks as shards, shard i takes blocks floor(i n / s) to floor((i+1) n / s).
    With fewer, shard i works on block floor(i n / s), and the k shards of a block take every k-th of its batches.
    Invariant: whatever the number of shards, the batches are those of a single run, each in one shard.
    """
    n = len(whole)
    first = shard * n // n_shards
    if n >= n_shards:
        return list(whole[first : (shard + 1) * n // n_shards])
    beside = [other for other in range(n_shards) if other * n // n_shards == first]
    return [whole[first]._replace(part=beside.index(shard), n_parts=len(beside))]


def steps(samples: Iterable[Sequence[int]], chosen: Sequence[Block], *, max_tokens_per_batch: int) -> Iterator[Step]:
    """One step per sample of the blocks, so that whoever counts steps counts samples.

    `samples` starts at the first chosen block and is read block by block; samples of fewer than two tokens
    predict nothing and are in no batch. Raises `AnalysisError("too_few_samples")` when the stream ends early.
    """
    stream = iter(samples)
    for block, following in zip(chosen, [*chosen[1:], None], strict=True):
        taken = list(islice(stream, block.stop - block.start))
        if len(taken) < block.stop - block.start:
            raise AnalysisError(
                "too_few_samples",
                f"the text ends at sample {block.start + len(taken)}, {chosen[-1].stop} were announced",
                hint="The corpus changed while it was read: submit the request again.",
            )
        work = _work([sample for sample in taken if len(sample) > 1], block, max_tokens_per_batch)
        idle: list[Batch | None] = [None] * (len(taken) - len(work))
        ends = following is None or following.counts_to != block.counts_to
        for number, batch in enumerate(idle + work, start=1):
            yield Step(batch, block.counts_to if ends and number == len(taken) else None)


def _work(samples: Sequence[Sequence[int]], block: Block, max_tokens_per_batch: int) -> list[Batch | None]:
    """As many entries as samples: each batch of this part stands where its last sample does."""
    work: list[Batch | None] = []
    for number, batch in enumerate(bucketed(samples, max_tokens_per_batch=max_tokens_per_batch)):
        work += [None] * (len(batch.lengths) - 1)
        work.append(batch if number % block.n_parts == block.part else None)
    return work
