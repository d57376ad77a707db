"""BLOOM: layers as GPT-NeoX stores them, a norm on the embedding, no positions (ALiBi)."""

from __future__ import annotations

from torch import nn
from transformers import PretrainedConfig, PreTrainedModel

from workers.families.base import Axis, Family, Shape, View, layer_norm, modules_at, view
from workers.families.gpt_neox import fused_layer

_TRAINED_LENGTH = 2048
"""Tokens BLOOM was trained on; ALiBi sets no limit and not every config tells the length."""


def shape(config: PretrainedConfig) -> Shape:
    """Sizes as the modelling code derives them."""
    return Shape(
        n_layers=config.n_layer,
        residual_size=config.hidden_size,
        n_heads=config.n_head,
        n_key_value_heads=config.n_head,
        head_size=config.hidden_size // config.n_head,
        n_neurons=4 * config.hidden_size,
        vocabulary_size=config.vocab_size,
        context_length=getattr(config, "seq_length", None) or _TRAINED_LENGTH,
    )


def views(config: PretrainedConfig) -> tuple[View, ...]:
    """Embedding and its norm, layers, final norm, and the head where it is not tied to the embedding."""
    size = shape(config)
    residual, vocabulary = Axis("residual", size.residual_size), Axis("vocabulary", size.vocabulary_size)
    found = [view(None, "embed.token", "transformer.word_embeddings.weight", vocabulary, residual)]
    found += layer_norm(None, "embed.norm", "transformer.word_embeddings_layernorm", residual)
    for layer in range(size.n_layers):
        found += fused_layer(layer, f"transformer.h.{layer}", "self_attention", size, attention_bias=True)
    found += layer_norm(None, "norm.final", "transformer.ln_f", residual)
    if not config.tie_word_embeddings:
        found.append(view(None, "head", "lm_head.weight", vocabulary, residual))
    return tuple(found)


def down_projections(model: PreTrainedModel) -> list[nn.Module]:
    """`dense_4h_to_h` of every layer: its input is gelu(up)."""
    return modules_at(model, "transformer.h.{}.mlp.dense_4h_to_h")


FAMILY = Family("bloom", ("bloom",), views, shape, down_projections)
