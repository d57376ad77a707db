"""What the sides of a matrix are called, in the singular and in the plural."""

from __future__ import annotations

from backend.contracts.models import MatrixView
from backend.contracts.vocabulary import Side


def dimension_label(view: MatrixView, axis: int, index: int) -> str:
    """`residual dimension 311`, `head 2 channel 17`, `neuron 512`."""
    side = view.sides[axis]
    if side is Side.HEAD and view.n_heads[axis] > 1:
        size = view.shape[axis] // view.n_heads[axis]
        return f"head {index // size} channel {index % size}"
    names = {Side.RESIDUAL: "residual dimension", Side.HEAD: "head channel", Side.NEURON: "neuron"}
    return f"{names.get(side, side.value) if side else 'channel'} {index}"


def sizes(view: MatrixView) -> str:
    """`1,024 channels of 4 heads × 640 residual dimensions`."""
    return " × ".join(f"{size:,} {side_words(view, axis)}" for axis, size in enumerate(view.shape))


def side_words(view: MatrixView, axis: int) -> str:
    """`residual dimensions`, `channels of 4 heads`, `neurons`."""
    side = view.sides[axis]
    words = {Side.RESIDUAL: "residual dimensions", Side.HEAD: "head channels", Side.NEURON: "neurons"}
    if side is Side.HEAD and view.n_heads[axis] > 1:
        return f"channels of {view.n_heads[axis]} heads"
    return words.get(side, f"{side.value}s") if side else "channels"
