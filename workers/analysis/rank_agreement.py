"""How well one order agrees with another: Spearman's rank correlation and its bootstrap interval."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

N_RESAMPLES = 1000
_CELLS = 2_000_000
"""Resamples times points are kept near this, so that many points take seconds, not minutes."""


class Agreement(NamedTuple):
    """Spearman's rho with the ends of its 95 % interval; None where it is not defined."""

    rho: float | None
    low: float | None
    high: float | None


def spearman(left: ArrayLike, right: ArrayLike) -> float | None:
    """Pearson's correlation of the ranks, ties by their mean rank; None when a side is all equal.

    Invariant: in -1..1, unchanged by any increasing function of either side.
    """
    a, b = _ranks(np.asarray(left, dtype=np.float64)), _ranks(np.asarray(right, dtype=np.float64))
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.sqrt((a @ a) * (b @ b)))
    return float(np.clip(a @ b / scale, -1, 1)) if scale > 0 else None


def agreement(left: ArrayLike, right: ArrayLike, *, seed: int) -> Agreement:
    """Spearman's rho, and the 2.5 and 97.5 % points of it over points drawn again with replacement."""
    rho = spearman(left, right)
    if rho is None:
        return Agreement(None, None, None)
    a, b, source = np.asarray(left, dtype=np.float64), np.asarray(right, dtype=np.float64), np.random.default_rng(seed)
    n_resamples = max(100, min(N_RESAMPLES, _CELLS // len(a)))
    drawn = (source.integers(0, len(a), len(a)) for _ in range(n_resamples))
    found = [each for chosen in drawn if (each := spearman(a[chosen], b[chosen])) is not None]
    low, high = np.quantile(found, (0.025, 0.975)) if found else (rho, rho)
    return Agreement(rho, float(low), float(high))


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """From 1; equal values share the mean of their ranks."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = counts.cumsum()
    return (last - (counts - 1) / 2)[places]
