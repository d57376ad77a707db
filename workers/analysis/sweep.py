# ruff: noqa: F722  jaxtyping writes shapes as strings
"""Which dimensions or scalars a sweep changes, one at a time (paper A, Figure 3 and the scan of Table 4).

Knows indices and counts; touches no weights. Shapes: N dimensions of a side.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import torch
from jaxtyping import Int
from torch import Tensor

from workers.analysis.dimensions import ranking
from workers.analysis.errors import AnalysisError

Group = Literal["given", "top", "random", "all"]


class Point(NamedTuple):
    """One change of a sweep."""

    place: int
    """The index along the side or the vector. (A NamedTuple cannot have a field `index`.)"""
    group: Group


def dimension_points(
    given: Sequence[int],
    *,
    n: int,
    counts_N: Int[Tensor, " N"] | None = None,
    n_top: int = 0,
    n_random: int = 0,
    seed: int = 0,
) -> list[Point]:
    """The dimensions `given`, the `n_top` that hold most of a region, and `n_random` others drawn by `seed`.

    `n` dimensions can be changed; `counts_N` says how much of the region each holds (more than `n` are cut off), None
    means that there is no top. Ties by index. A dimension that is given and among the top is a point of both groups;
    random ones are in neither. Raises `AnalysisError`: `too_many_dimensions`, `nothing_to_sweep`.
    """
    first = list(dict.fromkeys(given))
    top = [] if counts_N is None else ranking(counts_N[:n])[:n_top].tolist()
    if counts_N is not None and n_top > n:
        raise _too_many(f"n_top={n_top}", n)
    rest = torch.tensor([index for index in range(n) if index not in {*first, *top}], dtype=torch.long)
    if n_random > len(rest):
        raise _too_many(f"n_random={n_random} beside {n - len(rest)} others", n)
    order = torch.randperm(len(rest), generator=torch.Generator().manual_seed(seed))
    drawn = sorted(rest[order[:n_random]].tolist())
    if not first and not top and not drawn:
        raise AnalysisError("nothing_to_sweep", "no dimension is named", hint="Give indices, or n_top or n_random.")
    return [
        *(Point(index, "given") for index in first),
        *(Point(index, "top") for index in top),
        *(Point(index, "random") for index in drawn),
    ]


def scalar_points(given: Sequence[int], *, n: int) -> list[Point]:
    """The scalars `given`, each once, or all `n` of the vector when none is."""
    if not given:
        return [Point(index, "all") for index in range(n)]
    return [Point(index, "given") for index in dict.fromkeys(given)]


def _too_many(wanted: str, n: int) -> AnalysisError:
    return AnalysisError(
        "too_many_dimensions", f"{wanted}: the side has {n} dimensions", hint="Ask for fewer dimensions."
    )
