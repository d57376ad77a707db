# ruff: noqa: F722  jaxtyping writes shapes as strings
"""Which dimensions of a side hold how much of a region, and which of them a rank takes (paper A, Tables 3, 7, 8).

A dimension's rank is the *number* of region parameters it holds, not their scores (section 3.3). Knows masks and
views; touches no weights. Shapes: O out side, I in side, N dimensions of a side, K dimensions taken.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from workers.analysis.errors import AnalysisError
from workers.families.base import View, in_layers

RANKS = ("top", "middle", "bottom", "random")
Sides = Mapping[str, str]
"""The side that is ranked, by matrix kind: `{"attn.q": "head", "attn.o": "head"}`."""


class Taken(NamedTuple):
    """The dimensions of one matrix's side that a rank takes."""

    view: View
    axis: int
    """Of the canonical matrix; `view.sides[axis]` is the side."""
    indices: Int[Tensor, " K"]
    """In the order of the ranking; drawn ones by index."""
    counts: Int[Tensor, " K"]
    """Parameters of the region that each holds in this matrix."""


class HeadShare(NamedTuple):
    """One attention head in one matrix."""

    layer: int
    kind: str
    head: int
    selected: int
    """Parameters of the region within the head's channels."""
    total: int


def taken_dimensions(
    views: Sequence[View],
    masks: Mapping[str, Bool[Tensor, "O I"]],
    *,
    sides: Sides,
    rank: str,
    count: int,
    shared: bool = False,
    seed: int = 0,
) -> tuple[Taken, ...]:
    """The `count` dimensions of `rank` in every matrix within the layers whose kind is in `sides`.

    Every matrix has a ranking of its own, as in the paper; with `shared` those with the same side of the same size
    have one, of their summed counts (under grouped-query attention q and o, and k and v). `random` is drawn by `seed`
    from those that are not among the top `count`; its stream belongs to seed and matrix (shared: seed and side).
    Invariant: no `count` dimensions of a ranking hold more than its top ones. Raises what `pick` raises, and
    `no_dimensions` when no matrix has such a side.
    """
    ranked = [(view, view.sides.index(sides[view.kind])) for view in _carriers(views, masks, sides)]
    if not ranked:
        raise AnalysisError(
            "no_dimensions",
            f"no matrix of the region has the sides asked for: {', '.join(f'{k} ({s})' for k, s in sides.items())}",
            hint="Choose kinds that the model has, and a region that covers them.",
        )
    counts = [held(masks[view.name], axis) for view, axis in ranked]
    names = [_ranking_name(view, axis, shared=shared) for view, axis in ranked]
    totals: dict[str, Tensor] = {}
    for name, count_N in zip(names, counts, strict=True):
        totals[name] = totals[name] + count_N if name in totals else count_N
    picked = {name: pick(total_N, rank=rank, count=count, seed=seed, name=name) for name, total_N in totals.items()}
    return tuple(
        Taken(view, axis, picked[name], count_N[picked[name]])
        for (view, axis), name, count_N in zip(ranked, names, counts, strict=True)
    )


def held(mask: Bool[Tensor, "*axes"], axis: int) -> Int[Tensor, " N"]:
    """How many parameters of the region each index of one axis holds; sums to all that the mask selects."""
    others = [other for other in range(mask.ndim) if other != axis % mask.ndim]
    return mask.sum(dim=others) if others else mask.long()


def ranking(counts_N: Int[Tensor, " N"]) -> Int[Tensor, " N"]:
    """Indices by how much they hold, most first; of equals the smaller index first."""
    return torch.sort(counts_N, descending=True, stable=True).indices


def pick(counts_N: Int[Tensor, " N"], *, rank: str, count: int, seed: int = 0, name: str = "") -> Int[Tensor, " K"]:
    """`count` indices of the ranking: its first, its last, those around the median rank, or drawn ones.

    Top, middle and bottom are disjoint while three of them fit; random ones are never among the top. Raises
    `AnalysisError`: `unknown_rank`, `too_many_dimensions` (naming how many there are).
    """
    n = len(counts_N)
    if rank not in RANKS:
        raise AnalysisError("unknown_rank", f"rank {rank!r}", hint=f"Accepted: {', '.join(RANKS)}.")
    most = n // 2 if rank == "random" else n
    if not 1 <= count <= most:
        raise AnalysisError(
            "too_many_dimensions",
            f"{rank} {count} of {n} dimensions{name and f' of {name}'}; {rank} takes 1 to {most}",
            hint="Take fewer dimensions" + ("; random ones must not be among the top." if rank == "random" else "."),
        )
    order_N = ranking(counts_N)
    if rank == "random":
        generator = torch.Generator().manual_seed(zlib.crc32(f"{seed} {name}".encode()))
        rest = order_N[count:].sort().values
        return rest[torch.randperm(n - count, generator=generator)[:count]].sort().values
    start = {"top": 0, "middle": (n - count) // 2, "bottom": n - count}[rank]
    return order_N[start : start + count]


def held_by_index(views: Sequence[View], masks: Mapping[str, Tensor], side: str) -> Int[Tensor, " N"]:
    """How many parameters of the region the same index of a side holds in all matrices within the layers together.

    What a perturbation of that dimension in all layers would touch of the region (Figure 3). Where sides differ in
    size (k and v under grouped-query attention), the shorter ones count for the indices they have. Raises
    `AnalysisError("no_dimensions")` when no matrix of the region has the side.
    """
    covered = set(masks)
    carriers = [view for view in views if in_layers(view) and side in view.sides and view.name in covered]
    if not carriers:
        raise AnalysisError(
            "no_dimensions", f"no matrix of the region has a {side} side", hint="Accepted: residual, head, neuron."
        )
    sizes = [view.shape[view.sides.index(side)] for view in carriers]
    total_N = torch.zeros(max(sizes), dtype=torch.long)
    for view, size in zip(carriers, sizes, strict=True):
        total_N[:size] += held(masks[view.name], view.sides.index(side))
    return total_N


def heads(views: Sequence[View], masks: Mapping[str, Tensor], *, sides: Sides) -> list[HeadShare]:
    """Every head of every matrix whose head side is ranked, the one with the largest share of the region first.

    Grouped-query attention: the heads of k and v are the fewer key-value heads.
    """
    found = []
    for view in _carriers(views, masks, sides):
        if sides[view.kind] != "head":
            continue
        axis = view.sides.index("head")
        n_heads = view.n_heads[axis]
        per_head = held(masks[view.name], axis).view(n_heads, -1).sum(dim=1).tolist()
        total = math.prod(view.shape) // n_heads
        assert view.layer is not None
        found += [HeadShare(view.layer, view.kind, head, n, total) for head, n in enumerate(per_head)]
    return sorted(found, key=lambda share: -share.selected / share.total)


def _carriers(views: Sequence[View], masks: Mapping[str, Tensor], sides: Sides) -> list[View]:
    covered = set(masks)  # asking a mapping of stored masks whether it holds one would unpack it
    return [
        view
        for view in views
        if in_layers(view) and view.kind in sides and sides[view.kind] in view.sides and view.name in covered
    ]


def _ranking_name(view: View, axis: int, *, shared: bool) -> str:
    return f"the {view.sides[axis]} side of {view.shape[axis]}" if shared else view.name
