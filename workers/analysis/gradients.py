"""Gradients of many batches become one float32 total per parameter (the two modes of Eq. 4)."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor
from torch.nn import Parameter

MODES = ("abs_of_sum", "sum_of_abs")
TILE = 1 << 16
"""Cells whose weight, gradient and total stay in a core's cache while |theta * g| is added."""


class GradientTotals:
    """Takes each parameter's gradient as soon as it is there, adds it to a total, and frees it.

    `abs_of_sum`: total = sum over batches of g, made |theta * total| at the end.
    `sum_of_abs`: total = sum over batches of |theta * g|. The gradient of `head` (the weight of
    the LM head, which may be tied to the embedding) comes in parts and is held until it is whole.
    """

    def __init__(self, parameters: Iterable[Parameter], *, mode: str, head: Parameter) -> None:
        self._sums_first = mode == "abs_of_sum"
        self._totals = {p: torch.zeros_like(p, dtype=torch.float32, requires_grad=False) for p in parameters}
        self._parts: dict[Parameter, Tensor] = {}
        if head in self._totals:
            total = self._totals[head]
            self._parts[head] = total if self._sums_first else torch.zeros_like(total)

    def parts(self, parameter: Parameter) -> Tensor | None:
        """Float32 sum that takes a part of this parameter's gradient; None when it is not asked for."""
        return self._parts.get(parameter)

    @torch.no_grad()
    def take(self, parameter: Tensor) -> None:
        """Consume `parameter.grad` and free it; a post-accumulate-grad hook."""
        assert isinstance(parameter, Parameter)
        gradient, parameter.grad = parameter.grad, None
        if gradient is None:
            return
        if self._sums_first:
            self._totals[parameter].add_(gradient)
        elif parameter in self._parts:
            self._parts[parameter].add_(gradient)
        else:
            add_abs_product(self._totals[parameter], parameter, gradient)

    @torch.no_grad()
    def end_batch(self) -> None:
        """Every gradient of the batch is whole now."""
        if not self._sums_first:
            for parameter, gradient in self._parts.items():
                add_abs_product(self._totals[parameter], parameter, gradient)
                gradient.zero_()

    @torch.no_grad()
    def pop(self, parameter: Parameter) -> Tensor:
        """The parameter's importance in its stored shape; the total is given away."""
        total = self._totals.pop(parameter)
        return total.mul_(parameter).abs_() if self._sums_first else total


@torch.no_grad()
def add_abs_product(total: Tensor, weight: Tensor, gradient: Tensor) -> None:
    """`total += |weight * gradient|` in float32, in tiles on a CPU: one pass through the memory."""
    tile = TILE if total.device.type == "cpu" else total.numel()
    flat_total, flat_weight, flat_gradient = total.view(-1), weight.reshape(-1), gradient.reshape(-1)
    for start in range(0, total.numel(), max(1, tile)):
        cells = slice(start, start + tile)
        flat_total[cells].add_(flat_gradient[cells].float().mul(flat_weight[cells]).abs_())
