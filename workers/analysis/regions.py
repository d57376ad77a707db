# ruff: noqa: F722  jaxtyping writes shapes as strings
"""Regions: sets of parameters, one bit each (paper A, section 3.2). Knows scores, not models.

Shapes: O out, I in of a canonical matrix.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal
from zlib import crc32

import numpy as np
from jaxtyping import Bool, Float, Shaped
from torch import Tensor
from torch.nn import functional as F

from workers.analysis.brackets import Scores
from workers.analysis.errors import AnalysisError
from workers.analysis.masks import PackedBits, add_cells, count, inverted, n_bytes, unpacked
from workers.analysis.selection import k_largest

SELECTIONS = ("top", "middle", "bottom", "random")
SCOPES = ("per_matrix", "global")


def select(
    scores: Mapping[str, Tensor], *, fraction: float, selection: str, scope: str = "per_matrix", seed: int = 0
) -> dict[str, Bool[Tensor, "*shape"]]:
    """Masks of `round(fraction * numel)` parameters, exact, ties by index (paper A, section 3.2).

    `scores`: non-negative float32 by matrix name. The short form of `ranked` and `drawn` for notebooks and tests:
    it holds whole masks, those hold bits only.
    """
    if selection == "random":
        sizes = {name: score.numel() for name, score in scores.items()}
        regions = drawn(sizes, fraction=fraction, scope=scope, seed=seed)
    else:
        summands = {name: (score,) for name, score in scores.items()}
        regions = ranked(summands, fraction=fraction, selection=selection, scope=scope)
    return {name: unpacked(bits, scores[name].shape) for name, bits in regions}


def ranked(
    scores: Mapping[str, Sequence[Tensor]], *, fraction: float, selection: str, scope: str = "per_matrix"
) -> Iterator[tuple[str, PackedBits]]:
    """Packed bits of `round(fraction * numel)` parameters by rank, matrix by matrix, exact, ties by index.

    `scores`: by matrix name non-negative float32 matrices, the sum of which is ranked; they may be memory maps, and
    are read as streams. `per_matrix`: the share of each matrix (a small one may give none), one matrix at a time;
    `global`: of all together, one threshold, ties by the mapping's order, then index. `top` takes the largest,
    `bottom` the smallest, `middle` those around the median; of equals the first. Raises `AnalysisError`:
    `bad_fraction`, `empty_selection`, `not_finite`, `unknown_selection`.
    """
    _require(fraction, selection, scope)
    n, n_selected = 0, 0
    groups = [list(scores)] if scope == "global" else [[name] for name in scores]
    for names in groups:
        group = {name: Scores(tuple(_flat(part) for part in scores[name])) for name in names}
        size = sum(one.size for one in group.values())
        k = round(fraction * size)
        n, n_selected = n + size, n_selected + k
        yield from _by_rank(group, k, selection).items()
    _require_some(n_selected, n, fraction)


def drawn(
    sizes: Mapping[str, int], *, fraction: float, scope: str = "per_matrix", seed: int
) -> Iterator[tuple[str, PackedBits]]:
    """Packed bits of `round(fraction * size)` parameters drawn without replacement; the same for the same seed.

    `sizes`: numbers of cells by matrix name. Every set of so many parameters is equally likely: of each matrix
    (`per_matrix`; a matrix alone is drawn as among others) or of all together (`global`).
    """
    _require(fraction, "random", scope)
    n_selected = 0
    groups = [list(sizes)] if scope == "global" else [[name] for name in sizes]
    for names in groups:
        group = {name: sizes[name] for name in names}
        k = round(fraction * sum(group.values()))
        n_selected += k
        yield from _random(group, k, np.random.default_rng([seed, crc32("\n".join(names).encode())])).items()
    _require_some(n_selected, sum(sizes.values()), fraction)


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


def _require_some(n_selected: int, n: int, fraction: float) -> None:
    if not n_selected:
        raise AnalysisError(
            "empty_selection", f"fraction {fraction} of {n} parameters selects none", hint="Take a larger fraction."
        )


def _flat(scores: Tensor) -> np.ndarray:
    """Row-major float32; a memory map stays one."""
    return scores.detach().contiguous().cpu().float().view(-1).numpy()


def _by_rank(scores: Mapping[str, Scores], k: int, selection: str) -> dict[str, PackedBits]:
    """The k largest, smallest or middle cells of all matrices together."""
    n = sum(one.size for one in scores.values())
    if selection == "top":
        return _largest(scores, k)
    if selection == "bottom":
        others = _largest(scores, n - k, of_equals="last")
        return {name: inverted(bits, scores[name].size) for name, bits in others.items()}
    n_larger = (n - k) // 2
    larger, and_middle = _largest(scores, n_larger), _largest(scores, n_larger + k)
    return {name: and_middle[name] ^ larger[name] for name in scores}


def _largest(scores: Mapping[str, Scores], k: int, *, of_equals: str = "first") -> dict[str, PackedBits]:
    if k == 0:
        return {name: np.zeros(n_bytes(one.size), np.uint8) for name, one in scores.items()}
    return k_largest(scores, k, of_equals=of_equals)


def _random(sizes: Mapping[str, int], k: int, draw: np.random.Generator) -> dict[str, PackedBits]:
    """k cells, every set of k equally likely: the first k distinct ones of a uniform sequence over all cells.

    Works on one matrix at a time: how many of the next so many draws fall into each is multinomial.
    """
    n = sum(sizes.values())
    bits = {name: np.zeros(n_bytes(size), np.uint8) for name, size in sizes.items()}
    few = min(k, n - k)
    missing = few
    while missing:
        n_draws = draw.multinomial(missing, np.array(list(sizes.values())) / n)
        for (name, size), n_here in zip(sizes.items(), n_draws, strict=True):
            if n_here:
                before = count(bits[name])
                add_cells(bits[name], draw.integers(0, size, size=n_here))
                missing -= count(bits[name]) - before
    return bits if few == k else {name: inverted(bits[name], size) for name, size in sizes.items()}
