"""Views cover every parameter exactly once, see it canonically and write through to it."""

from __future__ import annotations

import math

import pytest
import torch

from backend.contracts.vocabulary import MatrixKind, Side
from tests.fakes import ARCHITECTURES, tiny_config, tiny_model
from workers.analysis.errors import AnalysisError
from workers.families import FAMILIES, family_of, in_layers, n_parameters

VARIANTS = [
    *((name, {}) for name in ARCHITECTURES),
    *((name, {}) for name in ("gemma", "smollm3", "olmo", "olmo3")),
    ("llama", {"attention_bias": True, "mlp_bias": True}),
    ("llama", {"tie_word_embeddings": True}),
    ("llama", {"num_key_value_heads": 4, "head_dim": 12}),
    ("smollm3", {"attention_bias": True, "mlp_bias": True, "tie_word_embeddings": False}),
    ("qwen3", {"attention_bias": True}),
    ("gemma3_text", {"attention_bias": True, "tie_word_embeddings": False}),
    ("olmo2", {"attention_bias": True}),
    ("gpt2", {"n_inner": None, "tie_word_embeddings": False}),
    ("gpt_neox", {"attention_bias": False, "tie_word_embeddings": True}),
    ("bloom", {"tie_word_embeddings": False}),
]  # fmt: skip
every_variant = pytest.mark.parametrize("architecture,changes", VARIANTS)


def number(model) -> dict[str, torch.Tensor]:
    """A tensor of unique integers in the place of every parameter."""
    numbered, start = {}, 0
    for name, parameter in model.named_parameters():
        numbered[name] = torch.arange(start, start + parameter.numel()).view(parameter.shape)
        start += parameter.numel()
    return numbered


@every_variant
def test_every_element_is_in_exactly_one_view(architecture, changes):
    model = tiny_model(architecture, **changes)
    views = family_of(model.config).views(model.config)
    numbered = number(model)
    seen = torch.cat([view.canonical(numbered[view.tensor]).reshape(-1) for view in views])
    assert torch.equal(seen.sort().values, torch.arange(sum(p.numel() for p in model.parameters())))
    assert n_parameters(views) == len(seen)
    assert len({view.name for view in views}) == len(views)


@every_variant
def test_writable_is_the_canonical_matrix_on_the_same_memory(architecture, changes):
    model = tiny_model(architecture, **changes)
    parameters = dict(model.named_parameters())
    for view in family_of(model.config).views(model.config):
        stored = parameters[view.tensor]
        canonical = view.canonical(stored).clone()
        assert canonical.shape == view.shape
        assert stored.shape == view.stored_shape
        assert torch.equal(view.writable(stored).reshape(view.shape), canonical)
        view.writable(stored).mul_(2)
        assert torch.equal(view.canonical(stored), canonical * 2)
        assert view.writable(stored).untyped_storage().data_ptr() == stored.untyped_storage().data_ptr()


@every_variant
def test_cells_are_the_canonical_cells(architecture, changes):
    model = tiny_model(architecture, **changes)
    numbered = number(model)
    for view in family_of(model.config).views(model.config):
        stored = numbered[view.tensor]
        canonical = view.canonical(stored)
        middle = tuple(size // 2 + 1 for size in view.shape)
        assert view.cells(stored, middle).item() == canonical[middle].item()
        for axis, index in enumerate(middle):
            line = tuple(index if axis == other else slice(None) for other in range(len(view.shape)))
            assert torch.equal(view.cells(stored, line).reshape(-1), canonical[line].reshape(-1))


@every_variant
def test_names_kinds_sides_and_heads_fit_the_contract(architecture, changes):
    config = tiny_config(architecture, **changes)
    family = family_of(config)
    shape = family.shape(config)
    sizes = {"residual": shape.residual_size, "neuron": shape.n_neurons, "vocabulary": shape.vocabulary_size,
             "position": shape.context_length, None: shape.head_size}  # fmt: skip
    for view in family.views(config):
        assert MatrixKind(view.kind)
        assert view.name == (view.kind if view.layer is None else f"{view.layer}.{view.kind}")
        assert len(view.shape) == len(view.sides) == len(view.n_heads) == (2 if view.kind in TWO_SIDED else 1)
        for size, side, n_heads in zip(view.shape, view.sides, view.n_heads, strict=True):
            assert side is None or Side(side)
            assert size == (n_heads * shape.head_size if side == "head" else sizes[side])
            grouped = view.kind.startswith(("attn.k", "attn.v", "norm.k"))
            heads = shape.n_key_value_heads if grouped else shape.n_heads
            assert n_heads == (heads if side == "head" else 1)


TWO_SIDED = {
    "attn.q": ("head", "residual"), "attn.k": ("head", "residual"), "attn.v": ("head", "residual"),
    "attn.o": ("residual", "head"), "mlp.gate": ("neuron", "residual"), "mlp.up": ("neuron", "residual"),
    "mlp.down": ("residual", "neuron"), "embed.token": ("vocabulary", "residual"),
    "embed.position": ("position", "residual"), "head": ("vocabulary", "residual"),
}  # fmt: skip


@every_variant
def test_sides_are_those_of_the_protocol(architecture, changes):
    config = tiny_config(architecture, **changes)
    for view in family_of(config).views(config):
        if view.kind in TWO_SIDED:
            assert view.sides == TWO_SIDED[view.kind]
        elif view.kind.endswith(".bias") and view.kind.removesuffix(".bias") in TWO_SIDED:
            assert view.sides == TWO_SIDED[view.kind.removesuffix(".bias")][:1]
        elif view.kind not in ("norm.q", "norm.k"):
            assert view.sides == ("residual",)


@every_variant
def test_the_shape_is_the_configs(architecture, changes):
    config = tiny_config(architecture, **changes)
    shape = family_of(config).shape(config)
    assert (shape.n_layers, shape.residual_size, shape.n_heads, shape.vocabulary_size) == (2, 32, 4, 260)
    assert shape.context_length == (2048 if architecture == "bloom" else 256)
    assert shape.n_key_value_heads == config.to_dict().get("num_key_value_heads", 4)


@pytest.mark.parametrize("architecture", ["gemma", "gemma2", "gemma3_text"])
def test_gemma_norms_multiply_by_one_plus_weight(architecture):
    model = tiny_model(architecture)
    views = family_of(model.config).views(model.config)
    assert {view.scale_offset for view in views if view.kind.startswith("norm.")} == {1.0}
    assert {view.scale_offset for view in views if not view.kind.startswith("norm.")} == {0.0}
    norm = model.get_submodule("model.norm")
    norm.weight.detach().fill_(0)
    x = torch.randn(1, 32)
    assert torch.allclose(norm(x), x * (x.pow(2).mean() + norm.eps).rsqrt())


@pytest.mark.parametrize("architecture", [name for name in ARCHITECTURES if not name.startswith("gemma")])
def test_other_norms_multiply_by_their_weight(architecture):
    config = tiny_config(architecture)
    assert all(view.scale_offset == 0 for view in family_of(config).views(config))


def test_layers_hold_all_but_embeddings_final_norm_and_head():
    config = tiny_config("bloom", tie_word_embeddings=False)
    outside = [view.name for view in family_of(config).views(config) if not in_layers(view)]
    assert outside == [
        "embed.token", "embed.norm", "embed.norm.bias", "norm.final", "norm.final.bias", "head",
    ]  # fmt: skip


def test_an_unsupported_architecture_is_told_what_is_supported():
    from transformers import AutoConfig

    with pytest.raises(AnalysisError) as caught:
        family_of(AutoConfig.for_model("t5"))
    assert caught.value.code == "unsupported_architecture"
    assert "'t5'" in caught.value.detail
    assert all(name in caught.value.detail for family in FAMILIES for name in family.architectures)


def test_fused_rows_are_interleaved_by_head():
    """Two heads of one channel, one residual dimension: stored q0 k0 v0 q1 k1 v1 (modeling_bloom, `_reshape`)."""
    config = tiny_config("gpt_neox", hidden_size=2, num_attention_heads=2)
    views = {view.name: view for view in family_of(config).views(config)}
    stored = torch.arange(12).view(6, 2)
    assert views["0.attn.q"].canonical(stored).tolist() == [[0, 1], [6, 7]]
    assert views["0.attn.v"].canonical(stored).tolist() == [[4, 5], [10, 11]]
    assert views["0.attn.k.bias"].canonical(torch.arange(6)).tolist() == [1, 4]


def test_gpt2_columns_are_q_then_k_then_v():
    config = tiny_config("gpt2", n_embd=2, n_head=1)
    views = {view.name: view for view in family_of(config).views(config)}
    stored = torch.arange(12).view(2, 6)
    assert views["0.attn.k"].canonical(stored).tolist() == [[2, 8], [3, 9]]
    assert views["0.attn.v.bias"].canonical(torch.arange(6)).tolist() == [4, 5]
    assert math.prod(views["0.mlp.up"].shape) == 2 * 48
