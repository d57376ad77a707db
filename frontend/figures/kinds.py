"""What each kind of matrix is called, which group it stands in, and what it does, in plain words."""

from __future__ import annotations

from typing import NamedTuple

from backend.contracts.models import MatrixView
from backend.contracts.vocabulary import MatrixKind


class Kind(NamedTuple):
    """Words for one matrix kind: short label of a column, its group, and one sentence."""

    label: str
    group: str
    sentence: str


_MATRICES = {
    MatrixKind.ATTN_Q: Kind("q", "attention", "Query: what a token looks for. Residual to head channels."),
    MatrixKind.ATTN_K: Kind("k", "attention", "Key: what a token offers to be found by. Residual to head channels."),
    MatrixKind.ATTN_V: Kind("v", "attention", "Value: what a found token passes on. Residual to head channels."),
    MatrixKind.ATTN_O: Kind("o", "attention", "Output of attention: head channels back to the residual stream."),
    MatrixKind.MLP_GATE: Kind("gate", "MLP", "Gate: decides which neurons fire. Residual to neurons."),
    MatrixKind.MLP_UP: Kind("up", "MLP", "Up: what the neurons carry. Residual to neurons."),
    MatrixKind.MLP_DOWN: Kind("down", "MLP", "Down: what the neurons write back. Neurons to residual."),
}
_NORMS = {
    MatrixKind.NORM_INPUT: "Norm before attention: one scale per residual dimension.",
    MatrixKind.NORM_POST: "Norm before the MLP: one scale per residual dimension.",
    MatrixKind.NORM_ATTN_OUT: "Norm on the attention output: one scale per residual dimension.",
    MatrixKind.NORM_MLP_OUT: "Norm on the MLP output: one scale per residual dimension.",
    MatrixKind.NORM_Q: "Norm on the queries inside each head.",
    MatrixKind.NORM_K: "Norm on the keys inside each head.",
}
_OUTSIDE = {
    MatrixKind.EMBED_TOKEN: "Token embedding: one vector per token of the vocabulary.",
    MatrixKind.EMBED_POSITION: "Position embedding: one vector per position.",
    MatrixKind.NORM_FINAL: "Norm before the head: one scale per residual dimension.",
    MatrixKind.HEAD: "Head: turns the residual stream into a score for every token.",
}


def kind_words(kind: MatrixKind) -> Kind:
    """Label, group and sentence of a kind; biases speak of the matrix they belong to."""
    if kind in _MATRICES:
        return _MATRICES[kind]
    bare = kind.value.rpartition(".")[2]
    if kind in _NORMS:
        return Kind(bare, "norms", _NORMS[kind])
    if kind in _OUTSIDE:
        return Kind(kind.value, "outside the layers", _OUTSIDE[kind])
    owner = kind.value.removesuffix(".bias")
    return Kind(owner, "biases", f"Bias added after {owner}.")


def matrix_title(view: MatrixView) -> str:
    """`layer 3 · attn.q`, or the kind alone outside the layers."""
    return view.kind.value if view.layer is None else f"layer {view.layer} · {view.kind.value}"
