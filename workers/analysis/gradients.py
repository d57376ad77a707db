"""Gradients of many batches become float32 sums per parameter (what Eq. 4 and its relatives add up).

One backward pass per batch; each gradient is consumed and freed as soon as it is whole, so the peak is
weights + the sums + the gradient of one parameter (+ the activations of a batch).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor
from torch.nn import Parameter
from torch.utils.hooks import RemovableHandle
from transformers import PreTrainedModel

from workers.analysis import head
from workers.analysis.batches import Batch
from workers.analysis.checkpointing import checkpointed
from workers.analysis.errors import AnalysisError
from workers.families.base import View

TILE = 1 << 16
"""Cells whose weight, gradient and total stay in a core's cache while they are added."""


class GradientSums:
    """Takes each parameter's gradient as soon as it is there, adds it to its sums, and frees it.

    One float32 sum of the parameter's shape for each of `parts` (`estimators.Estimator.parts`). The gradient of
    the LM head (which may be tied to the embedding) comes in pieces; unless only `gradient` is summed, it is held
    until it is whole.
    """

    def __init__(
        self, parameters: Mapping[str, Parameter], *, parts: tuple[str, ...], head_weight: Tensor | None = None
    ) -> None:
        self._parameters = dict(parameters)
        self._sums = {p: {part: _zeros(p) for part in parts} for p in parameters.values()}
        self._head = next((p for p in self._sums if p is head_weight), None)
        self._whole_head: Tensor | None = None
        if self._head is not None:
            self._whole_head = self._sums[self._head]["gradient"] if parts == ("gradient",) else _zeros(self._head)
        self._direct = parts == ("gradient",)

    @property
    def n_bytes(self) -> int:
        """Memory of the sums."""
        return sum(total.nbytes for sums in self._sums.values() for total in sums.values())

    def parts(self, view: View) -> dict[str, Tensor]:
        """The sums behind a view in its canonical shape; memory shared."""
        return {part: view.canonical(total) for part, total in self._sums[self._parameters[view.tensor]].items()}

    @contextmanager
    def listening(self, model: PreTrainedModel) -> Iterator[None]:
        """Only the parameters asked for get gradients, and these sums take them; undone at the end."""
        before = {p: (p.requires_grad, p.grad) for p in model.parameters()}
        handles: list[RemovableHandle] = []
        try:
            for parameter in before:
                parameter.grad = None
                parameter.requires_grad_(False)
            for parameter in self._sums:
                parameter.requires_grad_(True)
                handles.append(parameter.register_post_accumulate_grad_hook(self.take))
            yield
        finally:
            # A hook left behind would eat the next job's gradients.
            # A stop that cuts this short comes only once: then again.
            try:
                _undo(handles, before)
            except BaseException:
                _undo(handles, before)
                raise

    def add(self, model: PreTrainedModel, batch: Batch, *, room_bytes: int | None = None) -> float:
        """Forward and backward of one batch, of its mean-token loss, which is given back.

        Layers are computed twice instead of kept where their activations take more than `room_bytes`.
        """
        with torch.enable_grad(), checkpointed(model, batch, room_bytes=room_bytes):
            hidden_BTD = head.hidden_states(model, batch)
            found = head.targets(hidden_BTD, batch)
            loss, gradient_ND = head.loss_gradient(model, found, self._whole_head)
            if not math.isfinite(loss):
                raise AnalysisError(
                    "not_finite",
                    f"the loss of a batch is {loss}",
                    hint="Open the model in float32 or check its weights.",
                )
            if found.hidden.requires_grad:
                found.hidden.backward(gradient_ND)
        self.end_batch()
        return loss

    @torch.no_grad()
    def take(self, parameter: Tensor) -> None:
        """Consume `parameter.grad` and free it; a post-accumulate-grad hook."""
        assert isinstance(parameter, Parameter)
        gradient, parameter.grad = parameter.grad, None
        if gradient is None:
            return
        if parameter is self._head and self._whole_head is not None:
            self._whole_head.add_(gradient)
        else:
            self._add(parameter, gradient)

    @torch.no_grad()
    def end_batch(self) -> None:
        """Every gradient of the batch is whole now."""
        if self._head is not None and self._whole_head is not None and not self._direct:
            self._add(self._head, self._whole_head)
            self._whole_head.zero_()

    @torch.no_grad()
    def clear(self) -> None:
        """Start from nothing again."""
        for sums in self._sums.values():
            for total in sums.values():
                total.zero_()

    def drop(self, tensor: str) -> None:
        """Free the sums of one parameter; they are not needed any more."""
        self._sums.pop(self._parameters.pop(tensor))

    def _add(self, parameter: Parameter, gradient: Tensor) -> None:
        for part, total in self._sums[parameter].items():
            _ADD[part](total, parameter, gradient)


@torch.no_grad()
def add_gradient(total: Tensor, weight: Tensor, gradient: Tensor) -> None:
    """`total += gradient`, signed."""
    del weight
    total.add_(gradient)


@torch.no_grad()
def add_abs_product(total: Tensor, weight: Tensor, gradient: Tensor) -> None:
    """`total += |weight * gradient|` in float32, in tiles on a CPU: one pass through the memory."""
    for part_total, part_weight, part_gradient in _tiles(total, weight, gradient):
        part_total.add_(part_gradient.float().mul(part_weight).abs_())


@torch.no_grad()
def add_square(total: Tensor, weight: Tensor, gradient: Tensor) -> None:
    """`total += gradient^2` in float32, in tiles likewise."""
    for part_total, _, part_gradient in _tiles(total, weight, gradient):
        in_float32 = part_gradient.float()
        part_total.addcmul_(in_float32, in_float32)


_ADD: dict[str, Callable[[Tensor, Tensor, Tensor], None]] = {
    "gradient": add_gradient,
    "product": add_abs_product,
    "squared": add_square,
}


def _tiles(total: Tensor, weight: Tensor, gradient: Tensor) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    tile = TILE if total.device.type == "cpu" else total.numel()
    flat_total, flat_weight, flat_gradient = total.view(-1), weight.reshape(-1), gradient.reshape(-1)
    for start in range(0, total.numel(), max(1, tile)):
        cells = slice(start, start + tile)
        yield flat_total[cells], flat_weight[cells], flat_gradient[cells]


def _zeros(parameter: Parameter) -> Tensor:
    return torch.zeros_like(parameter, dtype=torch.float32, requires_grad=False)


def _undo(handles: Iterable[RemovableHandle], before: Mapping[Parameter, tuple[bool, Tensor | None]]) -> None:
    for handle in handles:
        handle.remove()
    for parameter, (required, gradient) in before.items():
        parameter.requires_grad_(required)
        parameter.grad = gradient
