"""A region that training leaves alone, or moves less: frozen or limited (paper A, Tables 2, 6, Figure 5).

Only the places of the region and its values are kept (12 bytes for each parameter in it); reading
and writing 5 % of a model by its places costs less than a pass over masks of all of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from workers.analysis.checksum import checksum
from workers.analysis.training_memory import Flat


class Hold(Protocol):
    """Told before the gradients are used, and after the optimizer's step."""

    def before_step(self) -> None:
        """Gradients are whole, nothing is clipped yet."""

    def after_step(self) -> None:
        """The optimizer has moved the weights."""


class Frozen:
    """The region keeps its bits, whatever momentum and weight decay do.

    Its gradient is zeroed first, so that the gradient norm (and so the clipping of all others) is that
    of the parameters that may move, and its moments stay as they are; after each step the saved bits
    are put back, which undoes weight decay and the momentum of earlier steps.
    """

    def __init__(self, regions: Sequence[tuple[Flat, Tensor]]) -> None:
        self._regions = [
            (flat.weights, places, flat.weights.detach().index_select(0, places)) for flat, places in regions
        ]

    @torch.no_grad()
    def before_step(self) -> None:
        """Zero the region's gradient."""
        for weights, places, _ in self._regions:
            if weights.grad is not None:
                weights.grad.index_fill_(0, places, 0.0)

    @torch.no_grad()
    def after_step(self) -> None:
        """Put the saved bits back."""
        for weights, places, saved in self._regions:
            weights.data.index_copy_(0, places, saved)


class Limited:
    """The region's update, theta_new - theta_old, is scaled by `factor` (the paper's future work).

    Everything before it, clipping and moments included, is that of a free run: only the last step from
    the update to the weights is shorter.
    """

    def __init__(self, regions: Sequence[tuple[Flat, Tensor]], *, factor: float) -> None:
        self._regions = regions
        self._factor = factor
        self._old: list[Tensor] = []

    def before_step(self) -> None:
        """Remember where the region was."""
        self._old = [flat.weights.detach().index_select(0, places) for flat, places in self._regions]

    @torch.no_grad()
    def after_step(self) -> None:
        """Take back a part of its way."""
        for (flat, places), old in zip(self._regions, self._old, strict=True):
            weights = flat.weights.data
            weights.index_copy_(0, places, torch.lerp(old, weights.index_select(0, places), self._factor))


def region_checksum(regions: Sequence[tuple[Flat, Tensor]]) -> str:
    """SHA-256 over the bits of the region's parameters: equal as long as not one of them moved."""
    return checksum(flat.weights.detach()[places] for flat, places in regions)
