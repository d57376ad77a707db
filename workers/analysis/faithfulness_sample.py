"""Which parameters Eq. 2 is measured on: equal parts from bins of ranks, the very largest scores among them.

Reads scores matrix by matrix, twice, and holds one of them. Knows nothing of models.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from workers.analysis.errors import AnalysisError

N_STRATA = 10
_CHUNK = 1 << 24
"""Cells that are looked at together."""
_N_BUCKETS = 1 << 15
"""Upper 16 bits of a float32 that is not negative: they order scores to within one part in 128."""
_INFINITY = 0x7F80


class Cell(NamedTuple):
    """One parameter."""

    matrix: str
    at: tuple[int, ...]
    """Index in the canonical matrix: (out, in) or (i,)."""


def sampled(scores: Mapping[str, Tensor], *, n_parameters: int, stratified: bool, seed: int) -> list[Cell]:
    """Different parameters, in the order of `scores`, the same for the same seed; all of them when there are fewer.

    `stratified`: the ranks (1 the largest score) are cut into `N_STRATA` bins with edges evenly spaced in log rank,
    and each gives the same number of parameters; one with too few gives all, the others the rest. Otherwise every
    parameter is as likely as another. Scores: float32, none below 0. Raises `AnalysisError("not_finite")`.
    """
    sizes = sum((_histogram(name, part) for name, _, part in _chunks(scores)), np.zeros(_N_BUCKETS, dtype=np.int64))
    strata = _strata(sizes) if stratified else np.zeros(_N_BUCKETS, dtype=np.int64)
    n_in = np.bincount(strata, weights=sizes, minlength=int(strata.max()) + 1).astype(np.int64)
    source = np.random.default_rng(seed)
    quotas = _quotas(n_in, n_parameters)
    wanted = [np.sort(source.choice(n, size, replace=False)) for n, size in zip(n_in, quotas, strict=True)]
    return _cells(scores, strata, wanted)


def _cells(scores: Mapping[str, Tensor], strata: NDArray[np.int64], wanted: list[NDArray]) -> list[Cell]:
    """The cells that stand at the `wanted` places of each stratum, counted through all matrices."""
    seen = np.zeros(len(wanted), dtype=np.int64)
    found = []
    for name, start, part in _chunks(scores):
        of_cell = strata[_buckets(part)]
        n_here = np.bincount(of_cell, minlength=len(wanted))
        places = [
            np.flatnonzero(of_cell == stratum)[inside - seen[stratum]]
            for stratum, each in enumerate(wanted)
            if len(inside := each[(each >= seen[stratum]) & (each < seen[stratum] + n_here[stratum])])
        ]
        seen += n_here
        shape = tuple(scores[name].shape)
        flat = start + np.sort(np.concatenate(places)) if places else ()
        found += [Cell(name, tuple(int(i) for i in np.unravel_index(place, shape))) for place in flat]
    return found


def _strata(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Stratum of each bucket, by the rank of its largest cell; 0 holds the largest scores."""
    first_rank = sizes[::-1].cumsum()[::-1] - sizes + 1
    edges = np.geomspace(1, max(2, int(sizes.sum())), N_STRATA + 1)[1:-1]
    return np.searchsorted(edges, first_rank, side="right")


def _quotas(n_in: NDArray[np.int64], n_parameters: int) -> list[int]:
    """Equal parts; what a small stratum cannot give is spread over the larger ones."""
    quotas, left = [0] * len(n_in), min(n_parameters, int(n_in.sum()))
    for done, stratum in enumerate(np.argsort(n_in, kind="stable")):
        quotas[stratum] = min(int(n_in[stratum]), left // (len(n_in) - done))
        left -= quotas[stratum]
    return quotas


def _chunks(scores: Mapping[str, Tensor]) -> Iterator[tuple[str, int, NDArray[np.uint32]]]:
    """Name, place of the first cell, and the bits of neighbouring cells."""
    for name, matrix in scores.items():
        flat = matrix.contiguous().view(-1).view(torch.int32).numpy().view(np.uint32)
        for start in range(0, flat.size, _CHUNK):
            yield name, start, flat[start : start + _CHUNK]


def _buckets(part: NDArray[np.uint32]) -> NDArray[np.uint32]:
    return part >> np.uint32(16)


def _histogram(name: str, part: NDArray[np.uint32]) -> NDArray[np.int64]:
    buckets = _buckets(part)
    if buckets.size and buckets.max() >= _INFINITY:
        raise AnalysisError(
            "not_finite",
            f"the scores of {name} hold NaN, infinity or numbers below 0",
            hint="Compute the scores again, in float32.",
        )
    return np.bincount(buckets, minlength=_N_BUCKETS)
