"""Llama and its relatives: separate q, k, v, o, gate, up, down; they differ in norms and biases only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from torch import nn
from transformers import PretrainedConfig, PreTrainedModel

from workers.families.base import Axis, Family, Shape, View, modules_at, projection, view

_ATTENTION = frozenset({"attn.q", "attn.k", "attn.v", "attn.o"})
_MLP = frozenset({"mlp.gate", "mlp.up", "mlp.down"})


def _config_says(config: PretrainedConfig) -> frozenset[str]:
    attention = _ATTENTION if getattr(config, "attention_bias", False) else frozenset()
    return attention | (_MLP if getattr(config, "mlp_bias", False) else frozenset())


def _never(config: PretrainedConfig) -> frozenset[str]:
    del config
    return frozenset()


def _on_q_k_v(config: PretrainedConfig) -> frozenset[str]:
    del config
    return _ATTENTION - {"attn.o"}


_BEFORE = {"norm.input": "input_layernorm", "norm.post": "post_attention_layernorm"}
_AFTER = {"norm.attn_out": "post_attention_layernorm", "norm.mlp_out": "post_feedforward_layernorm"}
_AROUND = {"norm.input": "input_layernorm", "norm.post": "pre_feedforward_layernorm"} | _AFTER


class Variant(NamedTuple):
    """What tells one architecture from its relatives."""

    norms: Mapping[str, str] = _BEFORE
    """Module of each norm on the residual, by kind: the same module name can mean different norms."""
    head_norms: str = ""
    """Norms on q and k: '' none, `in_head` one scale shared by all heads, `all_heads` one per channel."""
    biased: Callable[[PretrainedConfig], frozenset[str]] = _config_says
    """Kinds whose projection has a bias."""
    has_final_norm: bool = True
    scale_offset: float = 0.0


VARIANTS: dict[str, Variant] = {
    "llama": Variant(),
    "mistral": Variant(biased=_never),
    "qwen2": Variant(biased=_on_q_k_v),
    "qwen3": Variant(head_norms="in_head"),
    "smollm3": Variant(),
    # Gemma's norms multiply by 1 + weight.
    "gemma": Variant(scale_offset=1.0),
    "gemma2": Variant(_AROUND, scale_offset=1.0),
    "gemma3_text": Variant(_AROUND, head_norms="in_head", scale_offset=1.0),
    # OLMo's norms have no parameters; OLMo 2 norms what leaves a block, not what enters it.
    "olmo": Variant({}, has_final_norm=False),
    "olmo2": Variant(_AFTER, head_norms="all_heads"),
    "olmo3": Variant(_AFTER, head_norms="all_heads"),
}


def shape(config: PretrainedConfig) -> Shape:
    """Sizes as the modelling code derives them."""
    n_heads = config.num_attention_heads
    return Shape(
        n_layers=config.num_hidden_layers,
        residual_size=config.hidden_size,
        n_heads=n_heads,
        n_key_value_heads=getattr(config, "num_key_value_heads", None) or n_heads,
        head_size=getattr(config, "head_dim", None) or config.hidden_size // n_heads,
        n_neurons=config.intermediate_size,
        vocabulary_size=config.vocab_size,
        context_length=config.max_position_embeddings,
    )


def views(config: PretrainedConfig) -> tuple[View, ...]:
    """Embedding, layers, final norm, and the head where it is not tied to the embedding."""
    variant, size = VARIANTS[config.model_type], shape(config)
    vocabulary, residual = Axis("vocabulary", size.vocabulary_size), Axis("residual", size.residual_size)
    found = [view(None, "embed.token", "model.embed_tokens.weight", vocabulary, residual)]
    for layer in range(size.n_layers):
        found += _projections(layer, size, variant.biased(config)) + _norms(layer, size, variant)
    if variant.has_final_norm:
        found.append(view(None, "norm.final", "model.norm.weight", residual, scale_offset=variant.scale_offset))
    if not config.tie_word_embeddings:
        found.append(view(None, "head", "lm_head.weight", vocabulary, residual))
    return tuple(found)


def _projections(layer: int, size: Shape, biased: frozenset[str]) -> list[View]:
    residual, neurons = Axis("residual", size.residual_size), Axis("neuron", size.n_neurons)
    queries, keys = _head_axes(size)
    stem = f"model.layers.{layer}"
    table = {
        "attn.q": ("self_attn.q_proj", queries, residual),
        "attn.k": ("self_attn.k_proj", keys, residual),
        "attn.v": ("self_attn.v_proj", keys, residual),
        "attn.o": ("self_attn.o_proj", residual, queries),
        "mlp.gate": ("mlp.gate_proj", neurons, residual),
        "mlp.up": ("mlp.up_proj", neurons, residual),
        "mlp.down": ("mlp.down_proj", residual, neurons),
    }
    found: list[View] = []
    for kind, (module, out, into) in table.items():
        found += projection(layer, kind, f"{stem}.{module}", out, into, bias=kind in biased)
    return found


def _norms(layer: int, size: Shape, variant: Variant) -> list[View]:
    residual, (queries, keys) = Axis("residual", size.residual_size), _head_axes(size)
    inside = Axis(None, size.head_size)
    axes = dict.fromkeys(variant.norms, residual)
    modules = dict(variant.norms)
    if variant.head_norms:
        modules |= {"norm.q": "self_attn.q_norm", "norm.k": "self_attn.k_norm"}
        shared = variant.head_norms == "in_head"
        axes |= {"norm.q": inside if shared else queries, "norm.k": inside if shared else keys}
    return [
        view(layer, kind, f"model.layers.{layer}.{modules[kind]}.weight", axis, scale_offset=variant.scale_offset)
        for kind, axis in axes.items()
    ]


def _head_axes(size: Shape) -> tuple[Axis, Axis]:
    """The head sides of q and o, and of k and v."""
    queries = Axis("head", size.n_heads * size.head_size, size.n_heads)
    return queries, Axis("head", size.n_key_value_heads * size.head_size, size.n_key_value_heads)


def down_projections(model: PreTrainedModel) -> list[nn.Module]:
    """`down_proj` of every layer: its input is act(gate) * up."""
    return modules_at(model, "model.layers.{}.mlp.down_proj")


FAMILY = Family("llama-like", tuple(VARIANTS), views, shape, down_projections)
