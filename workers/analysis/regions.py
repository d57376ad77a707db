# ruff: noqa: F722  jaxtyping writes shapes as strings
"""Regions: sets of parameters, one bit each (paper A, section 3.2). Knows scores, not models.

Shapes: O out, I in of a canonical matrix.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal
from zlib import crc32

import numpy as np
import torch
from jaxtyping import Bool, Float, Shaped
from torch import Tensor
from torch.nn import functional as F

from workers.analysis.errors import AnalysisError
from workers.analysis.selection import Bits, in_threads, kth_largest

SELECTIONS = ("top", "bottom", "random")
SCOPES = ("per_matrix", "global")


def select(
    scores: Mapping[str, Tensor], *, fraction: float, selection: str, scope: str = "per_matrix", seed: int = 0
) -> dict[str, Bool[Tensor, "*shape"]]:
    """Masks of `round(fraction * numel)` parameters, exact, ties by index (paper A, section 3.2).

    `scores`: non-negative float32 by matrix name. `per_matrix`: the share of each matrix (a small
    one may give none); `global`: of all together, one threshold, ties by the mapping's order, then
    index. `top` takes the largest, `bottom` the smallest, of equals the first; `random` as many,
    without replacement, the same for the same seed. Raises `AnalysisError`: `bad_fraction`,
    `empty_selection`, `not_finite`, `unknown_selection`.
    """
    _require(fraction, selection, scope)
    groups = [list(scores)] if scope == "global" else [[name] for name in scores]
    masks: dict[str, Tensor] = {}
    n_selected = 0
    for names in groups:
        sizes = [scores[name].numel() for name in names]
        k = round(fraction * sum(sizes))
        n_selected += k
        if selection == "random":
            flat = _random(sizes, k, seed=[seed, crc32("\n".join(names).encode())])
        else:
            flat = _ranked([_bits(scores[name]) for name in names], k, largest=selection == "top")
        masks |= {name: torch.from_numpy(mask).view(scores[name].shape) for name, mask in zip(names, flat, strict=True)}
    if not n_selected:
        n = sum(score.numel() for score in scores.values())
        raise AnalysisError(
            "empty_selection", f"fraction {fraction} of {n} parameters selects none", hint="Take a larger fraction."
        )
    return masks


def thumbnail(
    matrix_OI: Shaped[Tensor, "*shape"], *, height: int = 32, width: int = 32, reduce: Literal["mean", "max"] = "mean"
) -> Float[Tensor, "height_or_less width_or_less"]:
    """The matrix in at most `height` x `width` blocks, each its mean or max; a vector is a column.

    Blocks are equally large, `ceil(O / height)` by `ceil(I / width)`; the last ones may hold fewer
    cells and count only those.
    """
    cells_OI = matrix_OI.reshape(len(matrix_OI), -1).float()
    block = (-(-cells_OI.shape[0] // height), -(-cells_OI.shape[1] // width))
    pool = F.max_pool2d if reduce == "max" else F.avg_pool2d
    return pool(cells_OI[None, None], block, ceil_mode=True)[0, 0]


def _require(fraction: float, selection: str, scope: str) -> None:
    if not 0 < fraction < 1:
        raise AnalysisError("bad_fraction", f"fraction {fraction}", hint="A fraction lies above 0 and below 1.")
    for given, accepted in ((selection, SELECTIONS), (scope, SCOPES)):
        if given not in accepted:
            raise AnalysisError("unknown_selection", f"{given!r}", hint=f"Accepted: {', '.join(accepted)}.")


def _bits(scores: Tensor) -> Bits:
    """Row-major bit patterns of float32 scores."""
    return scores.detach().contiguous().cpu().float().view(-1).numpy().view(np.uint32)


def _ranked(shards: list[Bits], k: int, *, largest: bool) -> list[np.ndarray]:
    """Flat masks of the k largest, or of the k smallest: of equals the first."""
    n = sum(shard.size for shard in shards)
    if k == 0:
        return [np.zeros(shard.size, dtype=bool) for shard in shards]
    cut = kth_largest(shards, k if largest else n - k + 1)
    bits = np.uint32(cut.bits)
    n_excess = cut.n_above + cut.n_equal - k if largest else n - cut.n_above - k
    masks = [_compared(shard, bits, np.greater_equal if largest else np.less_equal) for shard in shards]
    for shard, mask in zip(reversed(shards), reversed(masks), strict=True):
        if n_excess:  # more are equal to the threshold than fit: the last ones go
            ties = np.flatnonzero(shard == bits)[-n_excess:]
            mask[ties] = False
            n_excess -= ties.size
    return masks


def _compared(shard: Bits, bits: np.uint32, compare: np.ufunc) -> np.ndarray:
    mask = np.empty(shard.shape, dtype=bool)
    in_threads(lambda cells: compare(shard[cells], bits, out=mask[cells]), shard.size)
    return mask


def _random(sizes: list[int], k: int, *, seed: list[int]) -> list[np.ndarray]:
    """Flat masks of k cells, every set of k equally likely."""
    n = sum(sizes)
    mask = np.zeros(n, dtype=bool)
    few = min(k, n - k)
    mask[_distinct(np.random.default_rng(seed), n, few)] = True
    if few < k:
        np.logical_not(mask, out=mask)
    return np.split(mask, np.cumsum(sizes)[:-1])


def _distinct(generator: np.random.Generator, n: int, k: int) -> np.ndarray:
    """k distinct indices below n: the first k distinct ones of a uniform sequence, in memory O(k)."""
    found = np.empty(0, dtype=np.int64)
    while found.size < k:
        found = np.sort(np.concatenate([found, generator.integers(0, n, size=k - found.size)]))
        found = found[np.diff(found, prepend=-1) > 0]
    return found
