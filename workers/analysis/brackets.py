"""Between which scores a threshold almost surely lies, guessed from a random sample of very many.

Non-negative float32 numbers sort like their bit patterns, so brackets are of `uint32` patterns.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Bits = NDArray[np.uint32]
INFINITY = 0x7F800000
"""Bit pattern of infinity; NaN and negative numbers have larger ones."""
SMALL = 1 << 16
"""Up to here everything is a candidate: one partition is faster than a bracket."""
FEWEST, SAMPLES = 1 << 16, 1 << 22
"""Scores in the sample, at least and at most."""
READ = 256
"""In between, one of so many scores is in the sample."""
RUN = 64
"""Neighbouring scores read per random place: one place costs a few cache lines, or a disk page."""
MARGIN = 5.0
"""Half-width of the bracket in standard errors; when it misses, the search is done again, elsewhere."""


class Scores(NamedTuple):
    """Scores of one matrix, flat: the sum of `parts`, float32 arrays of one size, which may be memory maps."""

    parts: tuple[Floats, ...]

    @property
    def size(self) -> int:
        """How many there are."""
        return self.parts[0].size

    def read(self, cells: slice | NDArray[np.int64], into: Floats | None = None) -> Floats:
        """Some of the sums; those of a slice may be added up in `into`, which is at least as long."""
        one, *others = self.parts
        total = one[cells]
        for other in others:
            total = np.add(total, other[cells], out=None if into is None else into[: total.size])
        return total


class Bracket(NamedTuple):
    """Scores with bit patterns from `low` on and below `high` are candidates; `low` may be `high`."""

    low: int
    high: int

    @property
    def is_one_value(self) -> bool:
        """All candidates are equal: nothing is to be ranked, and they may be very many."""
        return self.high == self.low + 1


def guess(scores: Mapping[str, Scores], share: float, *, attempt: int) -> Bracket:
    """Between which bit patterns the threshold of the largest `share` lies, almost surely; wider per attempt."""
    n = sum(one.size for one in scores.values())
    if n <= SMALL or attempt > 5:
        return Bracket(0, INFINITY)
    n_samples = min(SAMPLES, max(FEWEST, n // READ))
    draw = np.random.default_rng(attempt)
    runs = np.concatenate([_sample(one, n_samples * one.size / n, draw) for one in scores.values()])
    width = 4**attempt * MARGIN * _standard_error(runs, share)
    sample = runs.ravel()
    low, high = int((1 - share - width) * sample.size), int((1 - share + width) * sample.size)
    sample.partition(sorted({min(sample.size - 1, max(0, low)), min(sample.size - 1, max(0, high))}))
    at_low = int(sample[low]) if low > 0 else -1
    at_high = int(sample[high]) if high < sample.size - 1 else INFINITY
    # The ends themselves stay out: either may be the value of very many scores, a zero for example.
    return _only(at_low) if at_low == at_high else Bracket(at_low + 1, at_high)


def after_a_miss(
    scores: Mapping[str, Scores], share: float, missed: Bracket, *, missed_above: bool, attempt: int
) -> Bracket:
    """The end of the bracket beyond which the threshold lies may itself be it; else a wider bracket."""
    value = missed.high if missed_above else missed.low - 1
    if attempt == 1 and not missed.is_one_value and 0 <= value < INFINITY:
        return _only(value)
    return guess(scores, share, attempt=attempt)


def _only(value: int) -> Bracket:
    return Bracket(value, value + 1)


def _sample(scores: Scores, n_scores: float, draw: np.random.Generator) -> Bits:
    """[runs, RUN]: neighbours at random places, `n_scores` in the mean, so that a small matrix counts little."""
    n_runs = int(n_scores / RUN + draw.random())
    starts = draw.integers(0, max(1, scores.size - RUN + 1), size=n_runs)
    places = starts[:, None] + np.arange(RUN) % scores.size
    bits = scores.read(places.ravel()).view(np.uint32).reshape(n_runs, RUN)
    return np.minimum(bits, np.uint32(INFINITY))  # what is no number is refused later, by name


def _standard_error(runs: Bits, share: float) -> float:
    """Of the share above a threshold near the true one, from how much the runs differ: neighbours may be alike."""
    few = runs[:, :: RUN // 4].ravel()
    rank = min(few.size - 1, int((1 - share) * few.size))
    threshold = np.partition(few, rank)[rank]
    by_run = np.count_nonzero(runs >= threshold, axis=1) / RUN
    independent = np.sqrt(max(share * (1 - share), 1 / runs.size) / runs.size)
    return max(float(independent), float(by_run.std()) / np.sqrt(len(runs)))
