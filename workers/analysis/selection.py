"""The exact k largest of very many scores, as packed bits, in one streamed pass with little memory beside them.

Non-negative float32 numbers sort like their bit patterns, so all work is on `uint32` views. Scores may be memory
maps, and sums of several: they are added up chunk by chunk. Knows nothing of languages.

A bracket around the threshold is guessed from a random sample. One pass then packs what lies above it and keeps the
few scores within, whose ranking decides about them. Beside the result (one bit a score) this holds the sample
(4 million scores at most), 12 bytes for each score within the bracket (for the top 1 % of 1e8 independent scores
0.2 % of them) and `CHUNK` scores a thread; one bit a score more when very many are equal to the threshold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import NamedTuple, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from workers.analysis.brackets import INFINITY, Bits, Bracket, Scores, after_a_miss, guess
from workers.analysis.errors import AnalysisError
from workers.analysis.masks import PackedBits, add_cells, as_words, count, first, n_bytes

Given = TypeVar("Given")
Result = TypeVar("Result")
CHUNK = 1 << 18
"""Scores worked on at once: they stay in a core's cache. A multiple of 8."""
TASK = 1 << 21
"""Scores one thread takes at a time. A multiple of `CHUNK`."""


class Part(NamedTuple):
    """What one pass found in some cells of a matrix."""

    name: str
    above: PackedBits
    n_above: int
    candidates: PackedBits
    """Of cells; empty when the candidates were taken out as `indices`."""
    indices: NDArray[np.int64]
    """Cells of the candidates, counted from this part's first."""
    values: Bits

    @property
    def n_candidates(self) -> int:
        """How many lie within the bracket."""
        return self.indices.size + count(self.candidates)


def k_largest(scores: Mapping[str, Scores], k: int, *, of_equals: str = "first") -> dict[str, PackedBits]:
    """Which cells hold the k largest scores of all matrices together, exactly; of equal ones the `first` or `last`.

    Ties go by the mapping's order, then by index. Raises `AnalysisError`: `not_finite` names the matrix that holds
    NaN, infinity or a negative number; `empty_selection` for a k that is not in 1 to the number of scores.
    """
    n = sum(one.size for one in scores.values())
    if not 1 <= k <= n:
        raise AnalysisError("empty_selection", f"rank {k} of {n} scores", hint=f"Ranks go from 1 to {n}.")
    bracket = guess(scores, k / n, attempt=0)
    for attempt in range(1, 64):
        parts = _pass(scores, bracket)
        n_above = sum(part.n_above for part in parts)
        n_candidates = sum(part.n_candidates for part in parts)
        if n_above < k <= n_above + n_candidates:
            _settle(parts, k - n_above, bracket, of_equals=of_equals)
            return _joined(parts)
        bracket = after_a_miss(scores, k / n, bracket, missed_above=k <= n_above, attempt=attempt)
    raise AssertionError("the bracket covers everything after a few attempts")


def in_threads(work: Callable[[Given], Result], items: Sequence[Given]) -> list[Result]:
    """`work` on each item, in order; numpy frees the interpreter meanwhile."""
    if len(items) == 1:
        return [work(items[0])]
    with ThreadPoolExecutor(torch.get_num_threads()) as threads:
        return list(threads.map(work, items))


def _pass(scores: Mapping[str, Scores], bracket: Bracket) -> list[Part]:
    """All matrices compared with a bracket; refuses what is not a finite score. Each score is read once."""
    tasks = [
        (name, slice(start, min(one.size, start + TASK)))
        for name, one in scores.items()
        for start in range(0, one.size, TASK)
    ]
    return in_threads(lambda task: _compare(task[0], scores[task[0]], task[1], bracket), tasks)


def _compare(name: str, scores: Scores, cells: slice, bracket: Bracket) -> Part:
    """Some cells, chunk by chunk."""
    n = cells.stop - cells.start
    above, reached = np.empty(n_bytes(n), np.uint8), np.empty(n_bytes(n), np.uint8)
    flags, sums = np.empty(min(n, CHUNK), bool), np.empty(min(n, CHUNK), np.float32)
    low, high = np.uint32(bracket.low), np.uint32(bracket.high)
    for start in range(0, n, CHUNK):
        stop = min(n, start + CHUNK)
        chunk = scores.read(slice(cells.start + start, cells.start + stop), sums).view(np.uint32)
        flag = flags[: stop - start]
        if chunk.max() >= INFINITY:
            raise _not_finite(name)
        for bits, value in ((above, high), (reached, low)):
            bits[start // 8 : n_bytes(stop)] = np.packbits(np.greater_equal(chunk, value, out=flag))
    within = np.bitwise_xor(above, reached, out=reached)
    if bracket.is_one_value:
        return Part(name, above, count(above), within, np.empty(0, np.int64), np.empty(0, np.uint32))
    indices = _indices(within)
    return Part(
        name, above, count(above), np.empty(0, np.uint8), indices, scores.read(indices + cells.start).view(np.uint32)
    )


def _not_finite(name: str) -> AnalysisError:
    return AnalysisError(
        "not_finite",
        f"the scores of {name} hold NaN, infinity or a negative number",
        hint="Compute the scores again, in float32, of a model whose weights are finite.",
    )


def _indices(bits: PackedBits) -> NDArray[np.int64]:
    """Places of the set bits; fast where few bytes hold any."""
    words = np.flatnonzero(as_words(bits) != 0)
    places = (words[:, None] * 8 + np.arange(8)).ravel()
    places = places[: np.searchsorted(places, bits.size)]
    places = places[bits[places] != 0]
    rows, columns = np.nonzero(np.unpackbits(bits[places]).reshape(-1, 8))
    return places[rows] * 8 + columns


def _settle(parts: Sequence[Part], rank: int, bracket: Bracket, *, of_equals: str) -> None:
    """Add the `rank` largest candidates to what lies above the bracket, in place."""
    if bracket.is_one_value:
        _add_equals(parts, rank, of_equals=of_equals)
        return
    values = np.concatenate([part.values for part in parts])
    threshold = np.partition(values, values.size - rank)[values.size - rank]
    chosen = values > threshold
    equal = np.flatnonzero(values == threshold)
    n_equal = rank - int(np.count_nonzero(chosen))
    chosen[equal[:n_equal] if of_equals == "first" else equal[equal.size - n_equal :]] = True
    ends = np.cumsum([part.values.size for part in parts])
    for part, flags in zip(parts, np.split(chosen, ends[:-1]), strict=True):
        add_cells(part.above, part.indices[flags])


def _add_equals(parts: Sequence[Part], n: int, *, of_equals: str) -> None:
    """Add the first or the last `n` of candidates that are all equal."""
    for part in parts if of_equals == "first" else reversed(parts):
        taken = min(n, part.n_candidates)
        if of_equals == "first":
            part.above[:] |= first(part.candidates, taken)
        else:
            part.above[:] |= part.candidates ^ first(part.candidates, part.n_candidates - taken)
        n -= taken


def _joined(parts: Iterable[Part]) -> dict[str, PackedBits]:
    """The parts of each matrix after one another; all but a matrix's last hold whole bytes."""
    return {
        name: np.concatenate([part.above for part in group])
        for name, group in groupby(parts, key=lambda part: part.name)
    }
