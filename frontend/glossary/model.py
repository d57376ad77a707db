"""Terms: what a model is made of."""

from __future__ import annotations

from frontend.glossary.entry import Entry
from frontend.urls import Page

ENTRIES = (
    Entry(
        "Parameter",
        "One number of the model that training has found: a weight or a bias.",
        page=Page.START,
        also=("parameters",),
    ),
    Entry(
        "Layer",
        "One block of attention and MLP; layers count from 0.",
        page=Page.ATLAS,
        also=(
            "layers",
            "from layer",
        ),
    ),
    Entry(
        "Matrix kind",
        (
            "What a matrix does in its layer: attn.q, attn.k, attn.v, attn.o, mlp.gate, mlp.up, mlp.down, or a "
            "norm vector."
        ),
        equation="3.attn.q = the query matrix of layer 3",
        source="docs/protocol.md, Vocabulary",
        page=Page.ATLAS,
        also=(
            "matrix",
            "kind",
            "matrix kinds",
            "layers by kinds",
        ),
    ),
    Entry(
        "Side",
        ("What an axis of a matrix counts: the residual stream, the channels of the heads, or the neurons of the MLP."),
        equation=(
            "q, k, v: head × residual · o: residual × head · gate, up: neurons × residual · down: residual × neurons"
        ),
        source="docs/protocol.md, Vocabulary",
        page=Page.TOUCH,
        also=(
            "sides",
            "which side",
        ),
    ),
    Entry(
        "Residual side",
        (
            "The stream that every layer reads from and adds to: the inputs of q, k, v, gate and up, the "
            "outputs of o and down."
        ),
        equation="h ← h + attn(norm(h)), h ← h + mlp(norm(h))",
        source="docs/protocol.md, Vocabulary",
        page=Page.DIMENSIONS,
        also=(
            "residual",
            "residual dimension",
            "residual stream",
        ),
    ),
    Entry(
        "Head side",
        "The channels of the attention heads: the outputs of q, k and v, the inputs of o.",
        equation="index = head × head size + channel",
        source="docs/protocol.md, Vocabulary",
        page=Page.DIMENSIONS,
        also=(
            "head",
            "heads",
            "attention heads",
        ),
    ),
    Entry(
        "Neuron side",
        "The neurons of the MLP: the outputs of gate and up, the inputs of down.",
        source="docs/protocol.md, Vocabulary",
        page=Page.NEURONS,
        also=("neuron side",),
    ),
    Entry(
        "Output side",
        "The axis that a matrix writes: rows of the canonical (output, input) matrix.",
        equation="y = W x, W of shape (output, input)",
        page=Page.ATLAS,
        also=(
            "output",
            "outputs",
            "out",
        ),
    ),
    Entry(
        "Input side",
        "The axis that a matrix reads: columns of the canonical (output, input) matrix.",
        equation="y = W x, W of shape (output, input)",
        page=Page.ATLAS,
        also=(
            "input",
            "inputs",
            "in",
        ),
    ),
    Entry(
        "Dimension",
        (
            "One index of a side; a residual dimension exists in every layer and in every matrix that has a "
            "residual side."
        ),
        source="paper A, section 3.3",
        page=Page.DIMENSIONS,
        also=("dimensions",),
    ),
    Entry(
        "Norm",
        (
            "The vector that scales the residual stream before attention or MLP, one factor per dimension; "
            "Gemma multiplies by 1 + w."
        ),
        equation="y = x / rms(x) · w, for Gemma x / rms(x) · (1 + w)",
        source="paper A, Table 4",
        page=Page.DIMENSIONS,
        also=(
            "norms",
            "norm vector",
            "vector",
        ),
    ),
    Entry(
        "BOS",
        (
            "The token that begins every text; perplexity and scores put it before each sample, activations "
            "leave it out unless asked."
        ),
        equation="sample = BOS + text (+ EOS for scores)",
        source="docs/protocol.md",
        page=Page.LANGUAGES,
        also=(
            "with the BOS token",
            "bos token",
        ),
    ),
    Entry(
        "Token",
        "A piece of a word, as the model's tokenizer cuts text; models may only read numbers of tokens.",
        page=Page.RUNS,
        also=("tokens",),
    ),
    Entry(
        "Checkpoint",
        ("A state of a model that training saved; a family is the states of one training, or sizes of one model."),
        source="paper B, Figure 4",
        page=Page.DEVELOPMENT,
        also=(
            "checkpoints",
            "family",
            "b steps through",
        ),
    ),
)
