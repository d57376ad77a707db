"""What an index of a side is called. One function, so that page, table and API say the same."""

from __future__ import annotations

from backend.contracts.models import MatrixView
from backend.contracts.vocabulary import Side

_WORDS = {
    Side.RESIDUAL: "residual dimension",
    Side.NEURON: "neuron",
    Side.VOCABULARY: "token",
    Side.POSITION: "position",
}


def dimension_label(side: Side | None, index: int, *, size: int, n_heads: int) -> str:
    """`residual dimension 2100`, `head 3 channel 17`, `neuron 512`; None is a channel within every head."""
    if side is Side.HEAD:
        head, channel = divmod(index, size // n_heads)
        return f"head {head} channel {channel}"
    return f"{_WORDS[side]} {index}" if side is not None else f"channel {index} of every head"


def axis_label(view: MatrixView, axis: int, index: int) -> str:
    """Label of one index along one axis of a matrix's canonical shape."""
    return dimension_label(view.sides[axis], index, size=view.shape[axis], n_heads=view.n_heads[axis])
