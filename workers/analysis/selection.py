"""The exact k-th largest of many scores in one streamed pass, with little memory beside them.

Non-negative float32 numbers sort like their bit patterns, so all work is on `uint32` views, which
may be memory maps. Knows nothing of matrices or languages.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from workers.analysis.errors import AnalysisError

Bits = NDArray[np.uint32]
Result = TypeVar("Result")
INFINITY = np.uint32(0x7F800000)
SMALL = 1 << 16
"""Up to here everything is a candidate: one partition is faster than a bracket."""
CHUNK = 1 << 17
"""Scores worked on at once: they stay in a core's cache."""
TASK = 1 << 22
"""Scores one thread takes at a time."""
SAMPLES = 1 << 20
"""Scores that guess the bracket, at most; a sixteenth of them at most."""
RUN = 64
"""Neighbouring scores read per random place: one place costs a cache line, or a disk page."""
MARGIN = 7.0
"""Half-width of the bracket in standard errors; when it misses, the search is done again, wider."""


class Threshold(NamedTuple):
    """Where a ranking is cut."""

    bits: int
    """Bit pattern of the k-th largest score."""
    n_above: int
    """How many are strictly larger."""
    n_equal: int
    """How many are equal; `k - n_above` of them belong to the k largest."""


def kth_largest(shards: Sequence[Bits], k: int) -> Threshold:
    """The k-th largest (k from 1) over all shards, exactly; `0 < n_above + 1 <= k <= n_above + n_equal`.

    A bracket around the threshold is guessed from a random sample; one pass counts what lies above
    it and keeps what lies within. Raises `AnalysisError("not_finite")` on NaN, infinity or a negative.
    """
    n = sum(shard.size for shard in shards)
    if not 1 <= k <= n:
        raise AnalysisError("empty_selection", f"rank {k} of {n} scores", hint=f"Ranks go from 1 to {n}.")
    for attempt in range(64):
        low, high = _bracket(shards, n, k, attempt=attempt)
        n_above, candidates = _within(shards, low, high)
        rank = k - n_above
        if 1 <= rank <= candidates.size:
            return _exactly(candidates, rank, n_above)
    raise AssertionError("the bracket covers everything after a few attempts")


def in_threads(work: Callable[[slice], Result], n: int) -> list[Result]:
    """`work` on slices that together cover `n` cells, in order; numpy frees the interpreter meanwhile."""
    slices = [slice(start, min(n, start + TASK)) for start in range(0, n, TASK)]
    if len(slices) == 1:
        return [work(slices[0])]
    with ThreadPoolExecutor(torch.get_num_threads()) as threads:
        return list(threads.map(work, slices))


def _bracket(shards: Sequence[Bits], n: int, k: int, *, attempt: int) -> tuple[np.uint32, np.uint32]:
    """Bit patterns between which the k-th largest lies, almost surely; four times wider per attempt."""
    if n <= SMALL or attempt > 5:
        return np.uint32(0), np.uint32(0xFFFFFFFF)
    share_read = min(SAMPLES, n // 16) / n
    sample = np.concatenate([_sample(shard, share_read * shard.size, seed=attempt) for shard in shards])
    share, size = k / n, sample.size
    width = 4**attempt * MARGIN * np.sqrt(max(share * (1 - share), 1 / size) * RUN / size)
    low, high = int((1 - share - width) * size), int((1 - share + width) * size)
    sample.partition(sorted({min(size - 1, max(0, low)), min(size - 1, max(0, high))}))
    return (
        sample[low] if low > 0 else np.uint32(0),
        sample[high] if high < size - 1 else np.uint32(0xFFFFFFFF),
    )


def _sample(shard: Bits, n_scores: float, *, seed: int) -> Bits:
    """About `n_scores` scores in runs of neighbours, at random places."""
    n_runs = max(1, int(n_scores / RUN))
    starts = np.random.default_rng(seed).integers(0, max(1, shard.size - RUN + 1), size=n_runs)
    places = starts[:, None] + np.arange(min(RUN, shard.size))
    return shard[places.ravel()]


def _within(shards: Sequence[Bits], low: np.uint32, high: np.uint32) -> tuple[int, Bits]:
    """How many lie above `high`, and those from `low` to `high`; refuses what is not a finite score."""
    counted: list[tuple[int, Bits]] = []
    for shard in shards:
        counted += in_threads(partial(_within_part, shard, low, high), shard.size)
    return sum(n_above for n_above, _ in counted), np.concatenate([kept for _, kept in counted])


def _within_part(shard: Bits, low: np.uint32, high: np.uint32, cells: slice) -> tuple[int, Bits]:
    """`_within` of some cells, chunk by chunk, so that each chunk is read from memory once."""
    part, width = shard[cells], np.uint32(high - low)
    n_above, kept = 0, []
    distances, flags = np.empty(CHUNK, np.uint32), np.empty(CHUNK, bool)
    for start in range(0, part.size, CHUNK):
        chunk = part[start : start + CHUNK]
        flag, distance = flags[: chunk.size], distances[: chunk.size]
        if chunk.max() >= INFINITY:
            raise AnalysisError(
                "not_finite", "a score is NaN, infinite or negative", hint="Compute the scores again in float32."
            )
        n_above += int(np.count_nonzero(np.greater(chunk, high, out=flag)))
        # Below `low` the difference wraps around and is large: one comparison for both ends.
        np.less_equal(np.subtract(chunk, low, out=distance), width, out=flag)
        kept.append(chunk[flag])
    return n_above, np.concatenate(kept)


def _exactly(candidates: Bits, rank: int, n_above: int) -> Threshold:
    bits = np.partition(candidates, candidates.size - rank)[candidates.size - rank]
    return Threshold(
        int(bits), n_above + int(np.count_nonzero(candidates > bits)), int(np.count_nonzero(candidates == bits))
    )
