"""GPT-2: Conv1D stores every matrix as (in, out), and q, k, v side by side in the columns of `c_attn`."""

from __future__ import annotations

from torch import nn
from transformers import PretrainedConfig, PreTrainedModel

from workers.families.base import Axis, Family, Fold, Part, Shape, View, layer_norm, modules_at, projection, view


def shape(config: PretrainedConfig) -> Shape:
    """Sizes as the modelling code derives them."""
    return Shape(
        n_layers=config.n_layer,
        residual_size=config.n_embd,
        n_heads=config.n_head,
        n_key_value_heads=config.n_head,
        head_size=config.n_embd // config.n_head,
        n_neurons=config.n_inner or 4 * config.n_embd,
        vocabulary_size=config.vocab_size,
        context_length=config.n_positions,
    )


def views(config: PretrainedConfig) -> tuple[View, ...]:
    """Embeddings, layers, final norm, and the head where it is not tied to the embedding."""
    size = shape(config)
    residual, vocabulary = Axis("residual", size.residual_size), Axis("vocabulary", size.vocabulary_size)
    positions = Axis("position", size.context_length)
    found = [
        view(None, "embed.token", "transformer.wte.weight", vocabulary, residual),
        view(None, "embed.position", "transformer.wpe.weight", positions, residual),
    ]
    for layer in range(size.n_layers):
        found += _layer(layer, size)
    found += layer_norm(None, "norm.final", "transformer.ln_f", residual)
    if not config.tie_word_embeddings:
        found.append(view(None, "head", "lm_head.weight", vocabulary, residual))
    return tuple(found)


def _layer(layer: int, size: Shape) -> list[View]:
    stem, residual = f"transformer.h.{layer}", Axis("residual", size.residual_size)
    heads, neurons = Axis("head", size.residual_size, size.n_heads), Axis("neuron", size.n_neurons)
    found: list[View] = []
    for pick, kind in enumerate(("attn.q", "attn.k", "attn.v")):
        # Columns of c_attn: all of q, then all of k, then all of v (`split(split_size, dim=2)`).
        part = Part(Fold((residual.size, 3, heads.size), 1, pick), Fold((3, heads.size), 0, pick))
        found += projection(layer, kind, f"{stem}.attn.c_attn", heads, residual, bias=True, transposed=True, part=part)
    for kind, module, out, into in (
        ("attn.o", "attn.c_proj", residual, heads),
        ("mlp.up", "mlp.c_fc", neurons, residual),
        ("mlp.down", "mlp.c_proj", residual, neurons),
    ):
        found += projection(layer, kind, f"{stem}.{module}", out, into, bias=True, transposed=True)
    found += layer_norm(layer, "norm.input", f"{stem}.ln_1", residual)
    return found + layer_norm(layer, "norm.post", f"{stem}.ln_2", residual)


def down_projections(model: PreTrainedModel) -> list[nn.Module]:
    """`c_proj` of every layer's MLP: its input is gelu(up)."""
    return modules_at(model, "transformer.h.{}.mlp.c_proj")


FAMILY = Family("gpt2", ("gpt2",), views, shape, down_projections)
