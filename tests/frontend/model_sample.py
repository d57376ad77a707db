"""Description of a small Gemma-like model, for pages and panels."""

from __future__ import annotations

from datetime import UTC, datetime

from backend.contracts.models import MatrixView, ModelDescription, ModelShape, ModelSummary
from backend.contracts.vocabulary import MatrixKind, Side

OPENED_AT = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
SHAPE = ModelShape(
    n_layers=2, residual_size=32, n_heads=4, n_key_value_heads=2, head_size=8, n_neurons=48, vocabulary_size=260,
    context_length=256,
)  # fmt: skip
LICENCE = {"licence": "Gemma terms", "licence_url": "https://ai.google.dev/gemma/terms"}


def view(layer: int, kind: MatrixKind, shape: tuple[int, ...], sides: tuple[Side, ...]) -> MatrixView:
    return MatrixView(
        name=f"{layer}.{kind.value}", layer=layer, kind=kind, shape=shape, sides=sides, n_heads=(1,) * len(shape),
        tensor=f"layers.{layer}.{kind.value}", file="model.safetensors", dtype="F32",
    )  # fmt: skip


def description(name: str) -> ModelDescription:
    """Two layers with `attn.q`, `mlp.down` and `norm.input`."""
    kinds = (
        (MatrixKind.ATTN_Q, (32, 32), (Side.HEAD, Side.RESIDUAL)),
        (MatrixKind.MLP_DOWN, (32, 48), (Side.RESIDUAL, Side.NEURON)),
        (MatrixKind.NORM_INPUT, (32,), (Side.RESIDUAL,)),
    )
    return ModelDescription(
        name=name, source=f"demo:{name}", revision=None, fingerprint="f", folder="/models", weights_hash="w" * 64,
        tokenizer_hash="t" * 64, architecture="Gemma3ForCausalLM", family="gemma3", shape=SHAPE,
        matrices=tuple(view(layer, *kind) for layer in range(2) for kind in kinds), n_parameters=268_098_176,
        size_bytes=1_072_420_000, dtype="F32", opened_at=OPENED_AT, **LICENCE,
    )  # fmt: skip


def summary(name: str) -> ModelSummary:
    return ModelSummary(
        name=name, source=f"demo:{name}", status="ready", architecture="Gemma3ForCausalLM", family="gemma3",
        n_parameters=268_098_176, n_layers=18, size_bytes=1_072_420_000, weights_hash="w" * 64, opened_at=OPENED_AT,
        **LICENCE,
    )  # fmt: skip
