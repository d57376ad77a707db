"""Trainable parameters end to end in one float32 memory, with gradients and AdamW over the whole of it.

One long vector costs one kernel where hundreds of tensors cost hundreds, and a region in it is one
list of places, whatever the layout of the model. Knows parameters, no language models.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import Parameter

from workers.analysis.removal import checked
from workers.families.base import View

_ALIGNMENT = 64
"""Floats that every parameter begins at a multiple of, for vector units."""
_NORM_CHUNK = 1 << 22
"""A float32 norm of more than this many cells would lose digits."""


class Flat:
    """Parameters of one device. `weights` is what the optimizer moves, `weights.grad` what it reads.

    A float32 parameter becomes a view of `weights`, its gradient one of `weights.grad`: nothing is
    copied. Any other dtype is the working copy of its float32 master here: gradients are added up in
    float32 as they come, and `publish` rounds the masters into the working copies.
    """

    def __init__(self, parameters: Mapping[str, Parameter]) -> None:
        self.places: dict[str, slice] = {}
        self.shapes = {name: parameter.shape for name, parameter in parameters.items()}
        end = 0
        for name, parameter in parameters.items():
            self.places[name] = slice(end, end + parameter.numel())
            end += math.ceil(parameter.numel() / _ALIGNMENT) * _ALIGNMENT
        device = next(iter(parameters.values())).device
        self.weights = Parameter(torch.zeros(end, dtype=torch.float32, device=device))
        self._copies: list[tuple[Tensor, Tensor]] = []
        for name, parameter in parameters.items():
            self._take_over(name, parameter)
        self.weights.grad = torch.zeros_like(self.weights)
        for name, parameter in parameters.items():
            parameter.requires_grad_(True)
            if parameter.dtype == torch.float32:
                parameter.grad = self.gradient(name)
            else:
                parameter.register_post_accumulate_grad_hook(partial(_add_gradient, self.gradient(name)))

    def gradient(self, name: str) -> Tensor:
        """Float32 gradient of one parameter, in its shape; adding to it counts."""
        assert self.weights.grad is not None
        return self.weights.grad[self.places[name]].view(self.shapes[name])

    @torch.no_grad()
    def publish(self) -> None:
        """Bring what the optimizer did into parameters of other dtypes."""
        if self._copies:
            torch._foreach_copy_([copy for copy, _ in self._copies], [master for _, master in self._copies])

    def _take_over(self, name: str, parameter: Parameter) -> None:
        master = self.weights.data[self.places[name]].view(self.shapes[name])
        master.copy_(parameter.data)
        if parameter.dtype == torch.float32:
            parameter.data = master
        else:
            self._copies.append((parameter.data, master))


def flats_of(model: nn.Module) -> list[Flat]:
    """Every parameter of the model, once (tied ones are one), by device."""
    by_device: dict[torch.device, dict[str, Parameter]] = defaultdict(dict)
    for name, parameter in model.named_parameters():
        by_device[parameter.device][name] = parameter
    return [Flat(parameters) for parameters in by_device.values()]


def gradient_norm(flats: Sequence[Flat]) -> float:
    """Euclidean norm over all gradients; the chunks of it are added in float64."""
    norms = [torch.stack(torch._foreach_norm(_gradients(flat).split(_NORM_CHUNK))) for flat in flats]
    return math.sqrt(math.fsum(float(of_device.double().square().sum()) for of_device in norms))


def scale_gradients(flats: Sequence[Flat], factor: float) -> None:
    """Multiply all gradients."""
    for flat in flats:
        _gradients(flat).mul_(factor)


def zero_gradients(flats: Sequence[Flat]) -> None:
    """Forget all gradients; their memory stays."""
    for flat in flats:
        _gradients(flat).zero_()


def places_of(flat: Flat, views: Sequence[View], masks: Mapping[str, Tensor]) -> Tensor:
    """Where in `flat.weights` the parameters lie that the masks select: int64, rising, each once.

    `masks`: bool, canonical shape, by view name; a view without a mask selects nothing. Fused and
    transposed matrices are told apart by their views. Raises `AnalysisError`: `unknown_matrix`, `mask_shape`.
    """
    by_tensor: dict[str, list[View]] = defaultdict(list)
    for view in checked(views, masks):
        by_tensor[view.tensor].append(view)
    found = [torch.empty(0, dtype=torch.int64)]
    for name, place in flat.places.items():
        if name in by_tensor:
            stored = torch.zeros(flat.shapes[name], dtype=torch.bool)
            for view in by_tensor[name]:
                cells = view.writable(stored)
                cells.copy_(masks[view.name].view(cells.shape))
            found.append(stored.view(-1).nonzero().view(-1) + place.start)
    return torch.cat(found).to(flat.weights.device)


def _gradients(flat: Flat) -> Tensor:
    assert flat.weights.grad is not None
    return flat.weights.grad


@torch.no_grad()
def _add_gradient(total: Tensor, parameter: Tensor) -> None:
    """Add a gradient of another dtype to its float32 total and free it; a post-accumulate-grad hook."""
    gradient, parameter.grad = parameter.grad, None
    if gradient is not None:
        total.add_(gradient.to(torch.float32))
