"""GPT-NeoX and Pythia: q, k, v fused and interleaved by head; an MLP without a gate."""

from __future__ import annotations

from torch import nn
from transformers import PretrainedConfig, PreTrainedModel

from workers.families.base import (
    Axis,
    Family,
    Shape,
    View,
    interleaved_by_head,
    layer_norm,
    modules_at,
    projection,
    view,
)


def shape(config: PretrainedConfig) -> Shape:
    """Sizes as the modelling code derives them."""
    return Shape(
        n_layers=config.num_hidden_layers,
        residual_size=config.hidden_size,
        n_heads=config.num_attention_heads,
        n_key_value_heads=config.num_attention_heads,
        head_size=config.hidden_size // config.num_attention_heads,
        n_neurons=config.intermediate_size,
        vocabulary_size=config.vocab_size,
        context_length=config.max_position_embeddings,
    )


def views(config: PretrainedConfig) -> tuple[View, ...]:
    """Embedding, layers, final norm, and the head where it is not tied to the embedding."""
    size = shape(config)
    residual, vocabulary = Axis("residual", size.residual_size), Axis("vocabulary", size.vocabulary_size)
    found = [view(None, "embed.token", "gpt_neox.embed_in.weight", vocabulary, residual)]
    for layer in range(size.n_layers):
        found += fused_layer(layer, f"gpt_neox.layers.{layer}", "attention", size, attention_bias=config.attention_bias)
    found += layer_norm(None, "norm.final", "gpt_neox.final_layer_norm", residual)
    if not config.tie_word_embeddings:
        found.append(view(None, "head", "lm_head.weight", vocabulary, residual))
    return tuple(found)


def fused_layer(layer: int, stem: str, attention: str, size: Shape, *, attention_bias: bool) -> list[View]:
    """One layer as GPT-NeoX and BLOOM store it; `attention` is the name of the attention module."""
    residual, neurons = Axis("residual", size.residual_size), Axis("neuron", size.n_neurons)
    heads = Axis("head", size.n_heads * size.head_size, size.n_heads)
    parts = interleaved_by_head(size.n_heads, size.head_size, size.residual_size)
    found: list[View] = []
    for kind, part in zip(("attn.q", "attn.k", "attn.v"), parts, strict=True):
        fused = f"{stem}.{attention}.query_key_value"
        found += projection(layer, kind, fused, heads, residual, bias=attention_bias, part=part)
    found += projection(layer, "attn.o", f"{stem}.{attention}.dense", residual, heads, bias=attention_bias)
    found += projection(layer, "mlp.up", f"{stem}.mlp.dense_h_to_4h", neurons, residual, bias=True)
    found += projection(layer, "mlp.down", f"{stem}.mlp.dense_4h_to_h", residual, neurons, bias=True)
    found += layer_norm(layer, "norm.input", f"{stem}.input_layernorm", residual)
    return found + layer_norm(layer, "norm.post", f"{stem}.post_attention_layernorm", residual)


def down_projections(model: PreTrainedModel) -> list[nn.Module]:
    """`dense_4h_to_h` of every layer: its input is gelu(up)."""
    return modules_at(model, "gpt_neox.layers.{}.mlp.dense_4h_to_h")


FAMILY = Family("gpt-neox", ("gpt_neox",), views, shape, down_projections)
