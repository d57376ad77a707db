"""Matrix products for processors on which torch's float32 product is slow; elsewhere the usual ones.

On AMD processors oneDNN multiplies float32 about twice as fast as MKL, which torch takes
(STACK.md, "Speed"). The operation is private to torch, so it is used only after it has shown, once
per process, that it is there and gives the same numbers. Knows nothing of language models.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

from workers.analysis.forwards import replaced


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """`x @ weight.T + bias` by the faster of two libraries; to autograd it is `F.linear`, in-place use included."""
    if not _suits(x, weight) or not onednn_works():
        return F.linear(x, weight, bias)
    if not torch.is_grad_enabled() or not _any_requires_grad(x, weight, bias):
        return _onednn(x, weight, bias)
    # Models write into what a projection gives (OLMo's clip_qkv clamps in place). autograd forbids that for a view that
    # a custom function returns, and oneDNN returns one for more than two axes; a view of its result it allows.
    return _Linear.apply(x.flatten(0, -2), weight, bias).view(*x.shape[:-1], weight.shape[0])


@contextmanager
def fast_linear(model: nn.Module) -> Iterator[None]:
    """Within the block, the model's `nn.Linear` modules multiply by `linear`.

    Modules whose forward somebody else has replaced (accelerate's device maps) stay as they are.
    """
    swapped = (
        [m for m in model.modules() if type(m) is nn.Linear and "forward" not in vars(m)] if onednn_works() else []
    )
    with replaced({module: partial(_forward, module) for module in swapped}):
        yield


@cache
def onednn_works() -> bool:
    """Whether torch's oneDNN product is there and agrees with `F.linear` to float32 precision."""
    if torch.backends.cpu.get_cpu_capability() not in ("AVX2", "AVX512"):
        return False
    generator = torch.Generator().manual_seed(0)
    x, weight, bias = (torch.randn(shape, generator=generator) for shape in ((5, 64), (96, 64), (96,)))
    try:
        plain, transposed = _onednn(x, weight, bias), _onednn(x, weight.t().contiguous().t(), None)
    except (AttributeError, RuntimeError, NotImplementedError):
        return False
    expected = F.linear(x, weight)
    return torch.allclose(plain, expected + bias, atol=1e-4) and torch.allclose(transposed, expected, atol=1e-4)


class _Linear(torch.autograd.Function):
    """The product of rows and its gradients; the gradient of the weight stays with MKL, which is good at it."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(x, weight)
        return _onednn(x, weight, bias)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
        x, weight = ctx.saved_tensors
        gradient = gradients[0]
        of_x = _onednn(gradient, weight.t(), None) if ctx.needs_input_grad[0] else None
        of_weight = gradient.t() @ x if ctx.needs_input_grad[1] else None
        of_bias = gradient.sum(0) if ctx.needs_input_grad[2] else None
        return of_x, of_weight, of_bias


def _forward(module: nn.Linear, input: Tensor) -> Tensor:
    return linear(input, module.weight, module.bias)


def _any_requires_grad(*tensors: Tensor | None) -> bool:
    return any(tensor is not None and tensor.requires_grad for tensor in tensors)


def _suits(x: Tensor, weight: Tensor) -> bool:
    """Float32 on a CPU, and more than a few rows: below that both libraries wait for the memory."""
    return (
        x.device.type == weight.device.type == "cpu"
        and x.dtype == weight.dtype == torch.float32
        and x.numel() >= 8 * x.shape[-1] > 0
    )


def _onednn(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    return torch.ops.mkldnn._linear_pointwise(x, weight, bias, "none", [], "")
