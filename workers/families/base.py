"""The words every model family is told in: views of parameters, their sides, the model's shape.

Knows torch tensors; knows no architecture. Canonical is (out, in) for a matrix, (n,) for a norm or a bias.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor, nn
from transformers import PretrainedConfig, PreTrainedModel


class View(NamedTuple):
    """One matrix of the atlas: which part of which parameter, seen how, and what its axes count.

    The stored parameter becomes the canonical matrix by `reshape(fold)`, `select(axis, pick)`,
    transposing if `transposed`, then joining the leading axes. Without `fold` it is taken whole.
    """

    name: str
    """`{layer}.{kind}` within the layers, else the kind itself."""
    layer: int | None
    kind: str
    """A matrix kind of docs/protocol.md, e.g. `attn.q`, `norm.input`, `mlp.up.bias`."""
    shape: tuple[int, ...]
    """Canonical: (out, in) or (n,)."""
    sides: tuple[str | None, ...]
    """What each axis of `shape` counts: residual, head, neuron, vocabulary, position; None inside a head."""
    n_heads: tuple[int, ...]
    """Heads along each axis; 1 where the axis is no head side."""
    tensor: str
    """Name in `model.named_parameters()`."""
    fold: tuple[int, ...] | None
    axis: int
    pick: int
    transposed: bool
    scale_offset: float
    """Norms: effective scale = weight + offset."""

    @property
    def stored_shape(self) -> tuple[int, ...]:
        """Shape of the parameter that holds the matrix."""
        if self.fold is None:
            return self.shape[::-1] if self.transposed else self.shape
        size = math.prod(self.fold)
        if len(self.shape) == 1:
            return (size,)
        n_rows = self.fold[0] if self.transposed else size // self.fold[-1]
        return n_rows, size // n_rows

    def writable(self, stored: Tensor) -> Tensor:
        """The matrix as a view on `stored`'s memory, no copy; any number of dims.

        Invariant: read row-major it is the canonical matrix (`.reshape(shape)` gives it).
        """
        stored = stored.detach()
        part = stored if self.fold is None else stored.view(self.fold).select(self.axis, self.pick)
        return part.T if self.transposed else part

    def canonical(self, stored: Tensor) -> Tensor:
        """The matrix in its canonical `shape`; shares memory where it can, so never write to it."""
        return self.writable(stored).reshape(self.shape)

    def cells(self, stored: Tensor, index: tuple[int | slice, ...]) -> Tensor:
        """`canonical[index]` as a view on `stored`'s memory; `index` holds integers and `slice(None)`."""
        part = self.writable(stored)
        out, *into = index
        n_leading = part.ndim - len(into)
        leading = _unravel(out, tuple(part.shape[:n_leading])) if isinstance(out, int) else (slice(None),) * n_leading
        return part[(*leading, *into)]


def _unravel(index: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Row-major position of a flat index."""
    positions = []
    for size in reversed(shape):
        index, position = divmod(index, size)
        positions.append(position)
    return tuple(reversed(positions))


class Shape(NamedTuple):
    """The numbers by which a user chooses a layer or a dimension."""

    n_layers: int
    residual_size: int
    n_heads: int
    n_key_value_heads: int
    head_size: int
    n_neurons: int
    vocabulary_size: int
    context_length: int


class Family(NamedTuple):
    """A group of architectures that lay out their parameters alike."""

    name: str
    architectures: tuple[str, ...]
    """`config.model_type` of every architecture it covers."""
    views: Callable[[PretrainedConfig], tuple[View, ...]]
    """Every element of every parameter exactly once; layers in order."""
    shape: Callable[[PretrainedConfig], Shape]
    down_projections: Callable[[PreTrainedModel], list[nn.Module]]
    """One module per layer; its input are the neurons (paper B, Eq. 5)."""


class Axis(NamedTuple):
    """One side of a matrix."""

    side: str | None
    size: int
    n_heads: int = 1


class Fold(NamedTuple):
    """How one part lies in a fused parameter: reshaped to `shape`, it is number `pick` along `axis`."""

    shape: tuple[int, ...]
    axis: int
    pick: int


class Part(NamedTuple):
    """One of the equal parts of a fused projection."""

    weight: Fold
    bias: Fold


def view(
    layer: int | None,
    kind: str,
    tensor: str,
    *axes: Axis,
    fold: Fold | None = None,
    transposed: bool = False,
    scale_offset: float = 0.0,
) -> View:
    """A view with its name, shape, sides and head counts taken from its axes (out first)."""
    return View(
        name=kind if layer is None else f"{layer}.{kind}",
        layer=layer,
        kind=kind,
        shape=tuple(side.size for side in axes),
        sides=tuple(side.side for side in axes),
        n_heads=tuple(side.n_heads for side in axes),
        tensor=tensor,
        fold=fold.shape if fold else None,
        axis=fold.axis if fold else 0,
        pick=fold.pick if fold else 0,
        transposed=transposed,
        scale_offset=scale_offset,
    )


def projection(
    layer: int, kind: str, module: str, out: Axis, into: Axis,
    *, bias: bool, transposed: bool = False, part: Part | None = None,
) -> list[View]:  # fmt: skip
    """Views of a linear module (or of one part of a fused one): its matrix, then its bias on the out side."""
    fold = part.weight if part else None
    views = [view(layer, kind, f"{module}.weight", out, into, fold=fold, transposed=transposed)]
    if bias:
        views.append(view(layer, f"{kind}.bias", f"{module}.bias", out, fold=part.bias if part else None))
    return views


def layer_norm(layer: int | None, kind: str, module: str, residual: Axis) -> list[View]:
    """Views of a norm with a weight and a bias."""
    return [
        view(layer, kind, f"{module}.weight", residual),
        view(layer, f"{kind}.bias", f"{module}.bias", residual),
    ]


def interleaved_by_head(n_heads: int, head_size: int, n_in: int) -> tuple[Part, Part, Part]:
    """The q, k and v parts of a fused projection whose rows run head by head: q, k, v of head 0, of head 1..."""
    weight, bias = (n_heads, 3, head_size, n_in), (n_heads, 3, head_size)
    q, k, v = (Part(Fold(weight, 1, pick), Fold(bias, 1, pick)) for pick in range(3))
    return q, k, v


def modules_at(model: PreTrainedModel, path: str) -> list[nn.Module]:
    """The module at `path`, with `{}` for the layer, in every layer."""
    return [model.get_submodule(path.format(layer)) for layer in range(model.config.num_hidden_layers)]


def in_layers(view: View) -> bool:
    """Whether the view lies under the transformer layers: the default region, norms and biases included."""
    return view.layer is not None


def n_parameters(views: tuple[View, ...]) -> int:
    """Parameters behind the views."""
    return sum(math.prod(view.shape) for view in views)
