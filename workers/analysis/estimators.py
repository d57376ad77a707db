"""What each estimator of importance adds up, and how its sums become scores (docs/protocol.md, "Importance").

An estimator is two things: *sums*, which can be added over batches, snapshots and workers in any order, and a
*finish*, which turns the sums of one matrix (and its weights) into scores. Knows tensors, no models and no text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from workers.analysis.errors import AnalysisError

Sums = Mapping[str, Tensor]
"""By name of the part: float32, of the matrix's shape or broadcastable to it."""


class Estimator(NamedTuple):
    """One way to score the parameters of a model."""

    name: str
    """As `backend.contracts.building.estimator_name` calls it, but the mode is always said."""
    reads: Literal["nothing", "forward", "backward"]
    """What it needs of a batch of text."""
    parts: tuple[str, ...]
    """What it sums: `gradient` sum g; `product` sum |theta g|; `squared` sum g^2; `inputs` squares of inputs."""
    uses_weights: bool
    """Whether `finish` reads the weights."""
    finish: Callable[[Tensor, Sums], Tensor]
    """`finish(weights, sums)`: scores of one matrix, float32, in memory of its own, none below 0."""


def estimator_of(name: str, mode: str = "abs_of_sum") -> Estimator:
    """The estimator by its name of docs/protocol.md; `mode` counts for `taylor` alone.

    Raises `AnalysisError`: `unknown_mode`, `unknown_estimator`.
    """
    if name == "taylor" and mode not in MODES:
        raise AnalysisError("unknown_mode", f"mode {mode!r}", hint=f"Accepted: {', '.join(MODES)}.")
    full = f"taylor {mode}" if name == "taylor" else name
    if full not in ESTIMATORS:
        known = ", ".join(sorted({each.split()[0] for each in ESTIMATORS}))
        raise AnalysisError("unknown_estimator", f"estimator {name!r}", hint=f"Accepted: {known}.")
    return ESTIMATORS[full]


@torch.no_grad()
def taylor_abs_of_sum(weights: Tensor, sums: Sums) -> Tensor:
    """|theta * sum over batches of g| (paper A, Eq. 4; the sum signed, as the authors' code)."""
    return sums["gradient"].mul(weights).abs_().contiguous()


@torch.no_grad()
def taylor_sum_of_abs(weights: Tensor, sums: Sums) -> Tensor:
    """Sum over batches of |theta * g| (paper A, Eq. 4, batch by batch)."""
    del weights
    return sums["product"].clone(memory_format=torch.contiguous_format)


@torch.no_grad()
def fisher(weights: Tensor, sums: Sums) -> Tensor:
    """Sum over batches of g^2: the diagonal of the empirical Fisher information, up to a constant."""
    del weights
    return sums["squared"].clone(memory_format=torch.contiguous_format)


@torch.no_grad()
def second_order(weights: Tensor, sums: Sums) -> Tensor:
    """|theta * sum g - 1/2 theta^2 * sum g^2| (paper A, Eq. 3, diagonal empirical Fisher for H).

    The change of the loss when theta becomes 0 is, to second order, L(0) - L(theta) = -theta * g + 1/2 theta^2 * H:
    the two orders add up where zeroing raises the loss to first order (theta * g < 0) and cancel where it lowers it.
    """
    theta = weights.float()
    first = theta * sums["gradient"]
    return first.sub_(theta.square().mul_(0.5).mul_(sums["squared"])).abs_().contiguous()


@torch.no_grad()
def magnitude(weights: Tensor, sums: Sums) -> Tensor:
    """|theta|; reads no text, so it is the same for every language."""
    del sums
    return weights.float().abs().contiguous()


@torch.no_grad()
def wanda(weights: Tensor, sums: Sums) -> Tensor:
    """|theta| times the L2 norm, over all tokens, of the input that theta multiplies (`inputs`).

    `rows` and `columns` hold sums of squares per output row and per input column; a matrix that is used twice
    (an embedding tied to the head) has both, and they add up.
    """
    squares = torch.zeros((), device=weights.device)
    for part in sums.values():
        squares = squares + part
    return weights.float().abs().mul(squares.sqrt()).contiguous()


MODES = ("abs_of_sum", "sum_of_abs")
ESTIMATORS: dict[str, Estimator] = {
    each.name: each
    for each in (
        Estimator("taylor abs_of_sum", "backward", ("gradient",), True, taylor_abs_of_sum),
        Estimator("taylor sum_of_abs", "backward", ("product",), False, taylor_sum_of_abs),
        Estimator("fisher", "backward", ("squared",), False, fisher),
        Estimator("second_order", "backward", ("gradient", "squared"), True, second_order),
        Estimator("magnitude", "nothing", (), True, magnitude),
        Estimator("wanda", "forward", ("rows", "columns"), True, wanda),
    )
}
