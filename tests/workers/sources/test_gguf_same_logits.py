"""The same small model as a folder and as a GGUF file gives the same logits; what can't be is refused by its name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, PreTrainedModel
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

from backend.contracts.problems import KnownError
from tests.fakes import tiny_model
from tests.workers.sources.gguf_of import Keys, write_gguf_of
from workers.sources.gguf import convert
from workers.sources.gguf_keys import ARCHITECTURES

BASE: dict[str, Any] = {
    "context_length": 256,
    "block_count": 2,
    "embedding_length": 32,
    "feed_forward_length": 48,
    "attention.head_count": 4,
    "attention.head_count_kv": 2,
    "attention.layer_norm_rms_epsilon": 1e-5,
    "rope.freq_base": 5_000.0,
    "general.name": "mistral",  # transformers takes such a llama for a Mistral, with a window of 4,096
    "general.type": "model",
    "general.file_type": 0,
    "vocab_size": 260,
}
MODEL: dict[str, Any] = {
    "vocab_size": 260, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 256, "rms_norm_eps": 1e-5,
}  # fmt: skip
THETA = {"rope_type": "default", "rope_theta": 5_000.0}
WIDE = {"attention.key_length": 256, "attention.value_length": 256, "rope.dimension_count": 256}
WINDOW = {"attention.sliding_window": 8}


def gemma3(scaled: dict[str, Any], **changes: Any) -> dict[str, Any]:
    local = {"rope_type": "default", "rope_theta": 10_000.0}
    return {
        "head_dim": 256, "query_pre_attn_scalar": 256, "sliding_window": 8, "num_hidden_layers": 6,
        "rope_parameters": {"full_attention": scaled, "sliding_attention": local}, **changes,
    }  # fmt: skip


LINEAR = {"rope_type": "linear", "factor": 8.0, "rope_theta": 5_000.0}
YARN = {
    "rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64, "rope_theta": 5_000.0,
}  # fmt: skip
LINEAR_KEYS = {"rope.scaling.type": "linear", "rope.scaling.factor": 8.0}
YARN_KEYS = {"rope.scaling.type": "yarn", "rope.scaling.factor": 4.0, "rope.scaling.original_context_length": 64}
GEMMA_27B = {
    "attention.key_length": 128, "attention.value_length": 128, "attention.head_count": 2, "feed_forward_length": 48,
    "attention.head_count_kv": 2,
}  # fmt: skip
HEADS_27B = {"head_dim": 128, "num_attention_heads": 2, "num_key_value_heads": 2}
CAPS = {"attn_logit_softcapping": 5.0, "final_logit_softcapping": 3.0}

CASES: dict[str, tuple[str, str, dict[str, Any], Keys]] = {
    "llama": ("llama", "llama", {}, {"rope.dimension_count": 8}),
    "llama-head": ("llama", "llama", {"head_dim": 16}, {"attention.key_length": 16, "attention.value_length": 16}),
    "llama-linear": ("llama", "llama", {"rope_parameters": LINEAR}, LINEAR_KEYS),
    "llama-yarn": (
        "llama", "llama", {"rope_parameters": YARN | {"beta_fast": 16.0}},
        YARN_KEYS | {"rope.scaling.yarn_beta_fast": 16.0},
    ),
    "llama-yarn-attention": (
        "llama", "llama", {"rope_parameters": YARN | {"attention_factor": 0.5 * (1 + 0.1 * float(np.log(4.0)))}},
        YARN_KEYS | {"rope.scaling.attn_factor": 0.5},
    ),
    "qwen2": ("qwen2", "qwen2", {}, {}),
    "qwen2-multi-head": ("qwen2", "qwen2", {"num_key_value_heads": 4}, {"attention.head_count_kv": None}),
    "qwen2-yarn": ("qwen2", "qwen2", {"rope_parameters": YARN}, YARN_KEYS),
    "qwen3": ("qwen3", "qwen3", {"head_dim": 16}, {"attention.key_length": 16, "attention.value_length": 16}),
    "qwen3-narrow": ("qwen3", "qwen3", {"head_dim": 8}, {}),
    "gemma2": (
        "gemma2", "gemma2", {"head_dim": 256, "query_pre_attn_scalar": 256, "sliding_window": 8,
                             "attn_logit_softcapping": 5.0, "final_logit_softcapping": 3.0},
        WIDE | WINDOW | CAPS,
    ),
    "gemma2-27b": (
        "gemma2", "gemma2", HEADS_27B | {"hidden_size": 288, "query_pre_attn_scalar": 144, "sliding_window": 8},
        GEMMA_27B | WINDOW | {"embedding_length": 288},
    ),
    "gemma3": ("gemma3", "gemma3_text", gemma3(THETA), WIDE | WINDOW | {"block_count": 6}),
    "gemma3-4b": ("gemma3", "gemma3_text", gemma3(LINEAR), WIDE | WINDOW | LINEAR_KEYS | {"block_count": 6}),
    "gemma3-27b": (
        "gemma3", "gemma3_text", gemma3(LINEAR, **HEADS_27B | {"hidden_size": 336, "query_pre_attn_scalar": 168}),
        GEMMA_27B | WINDOW | LINEAR_KEYS | {"block_count": 6, "embedding_length": 336},
    ),
    "gemma3-pattern": (
        "gemma3", "gemma3_text",
        gemma3(THETA, num_hidden_layers=2, layer_types=["full_attention", "sliding_attention"], head_dim=16,
               query_pre_attn_scalar=25, final_logit_softcapping=3.0),
        WINDOW | {"attention.key_length": 16, "attention.sliding_window_pattern": [False, True],
                  "attention.scale": 0.2, "final_logit_softcapping": 3.0},
    ),
}  # fmt: skip
OLD = {
    "gpt2": (
        {"n_positions": 48, "n_embd": 32, "n_layer": 2, "n_head": 4, "n_inner": 40, "layer_norm_epsilon": 1e-3},
        {"context_length": 48, "feed_forward_length": 40, "attention.layer_norm_epsilon": 1e-3},
    ),
    "bloom": (
        {"hidden_size": 32, "n_layer": 2, "n_head": 4, "layer_norm_epsilon": 1e-3},
        {"feed_forward_length": 128, "attention.head_count_kv": 4, "attention.layer_norm_epsilon": 1e-3},
    ),
}


def model_of(model_type: str, **changes: Any) -> PreTrainedModel:
    """Weights large enough that what is scaled or capped shows."""
    values = MODEL if model_type not in OLD else {"vocab_size": 260}
    rope = {} if model_type in OLD else {"rope_parameters": THETA}
    model = tiny_model(model_type, **{**values, **rope, **changes})
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.mul_(4)
    return model


def written(path: Path, model: PreTrainedModel, architecture: str, keys: Keys, **more: Any) -> Path:
    base = BASE
    if architecture in OLD:
        base = {
            key: value for key, value in BASE.items()
            if "rms" not in key and not key.startswith("rope") and "head_count_kv" not in key
        }  # fmt: skip
    told = {key: value for key, value in {**base, **keys}.items() if value is not None}
    return write_gguf_of(path, model, architecture, told, **more)


def logits_differ(model: PreTrainedModel, file: Path) -> float:
    """Largest difference of logits, over texts longer than windows and original contexts."""
    convert(file, file.parent / "converted")
    other = AutoModelForCausalLM.from_pretrained(file.parent / "converted", attn_implementation="eager").eval()
    model.set_attn_implementation("eager")
    tokens = torch.randint(0, 256, (2, 40), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        ours, truth = other(tokens).logits, model(tokens).logits
    assert truth.std() > 0.01
    return float((ours - truth).abs().max() / truth.std())


def test_every_architecture_that_is_accepted_is_compared() -> None:
    assert {case[0] for case in CASES.values()} | OLD.keys() == ARCHITECTURES.keys()


@pytest.mark.parametrize(
    ("name", "tied"), [*((name, True) for name in CASES), *((name, False) for name in ("llama", "qwen2", "gemma3"))]
)
def test_folder_and_gguf_file_give_the_same_logits(name: str, tied: bool, tmp_path: Path) -> None:
    architecture, model_type, changes, keys = CASES[name]
    model = model_of(model_type, tie_word_embeddings=tied, **changes)
    assert logits_differ(model, written(tmp_path / "a.gguf", model, architecture, keys)) < 1e-4


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("architecture", OLD)
def test_gpt2_and_bloom_too(architecture: str, tied: bool, tmp_path: Path) -> None:
    changes, keys = OLD[architecture]
    model = model_of(architecture, tie_word_embeddings=tied, **changes)
    assert logits_differ(model, written(tmp_path / "a.gguf", model, architecture, keys)) < 1e-4


def llama3(factor: float = 32.0) -> tuple[PreTrainedModel, np.ndarray]:
    """A Llama 3.2 and its table of factors, as the converter computes it."""
    rope = {
        "rope_type": "llama3", "rope_theta": 5_000.0, "factor": factor, "low_freq_factor": 1.0,
        "high_freq_factor": 4.0, "original_max_position_embeddings": 64,
    }  # fmt: skip
    model = model_of("llama", rope_parameters=rope)
    scaled, _ = ROPE_INIT_FUNCTIONS["llama3"](model.config, torch.device("cpu"))
    plain = 5_000.0 ** -(torch.arange(0, 8, 2) / 8)
    return model, (plain / scaled).numpy()


def test_llama_3_keeps_its_table_of_factors(tmp_path: Path) -> None:
    model, factors = llama3()
    assert factors.max() > 20
    file = written(tmp_path / "a.gguf", model, "llama", {}, tensors={"rope_freqs.weight": factors})
    assert logits_differ(model, file) < 1e-4
    without = written(tmp_path / "b.gguf", model, "llama", {})
    (tmp_path / "converted").rename(tmp_path / "first")
    assert logits_differ(model, without) > 0.01  # the test would see the loss


def test_special_tokens_of_the_file_are_the_config_s(tmp_path: Path) -> None:
    convert(written(tmp_path / "a.gguf", model_of("llama"), "llama", {}), tmp_path / "converted")
    config = AutoModelForCausalLM.from_pretrained(tmp_path / "converted").config
    assert (config.bos_token_id, config.eos_token_id, config.model_type) == (256, 257, "llama")


REFUSED: dict[str, tuple[str, Keys]] = {
    "llama.expert_count": ("llama", {"expert_count": 8}),
    "llama.logit_scale": ("llama", {"logit_scale": 0.25}),
    "llama.attn_logit_softcapping": ("llama", {"attn_logit_softcapping": 30.0}),
    "llama.attention.scale": ("llama", {"attention.scale": 0.01}),
    "llama.attention.causal": ("llama", {"attention.causal": False}),
    "llama.attention.sliding_window": ("llama", {"attention.sliding_window": 8}),
    "llama.attention.value_length": ("llama", {"attention.value_length": 4}),
    "llama.attention.head_count": ("llama", {"attention.head_count": [4, 4]}),
    "llama.attention.layer_norm_rms_epsilon": ("llama", {"attention.layer_norm_rms_epsilon": None}),
    "llama.rope.dimension_count": ("llama", {"rope.dimension_count": 4}),
    "llama.rope.scaling.type": ("llama", {"rope.scaling.type": "longrope", "rope.scaling.factor": 2.0}),
    "llama.rope.scaling.factor": ("llama", {"rope.scaling.type": "linear", "rope.scaling.factor": float("nan")}),
    "llama.rope.scaling.attn_factor": ("llama", {**LINEAR_KEYS, "rope.scaling.attn_factor": 0.5}),
    "llama.rope.scaling.yarn_log_multiplier": ("llama", {**YARN_KEYS, "rope.scaling.yarn_log_multiplier": 0.1}),
    "llama.rope.dimension_sections": ("llama", {"rope.dimension_sections": [2, 2]}),
    "llama.rope.freq_base_swa": ("llama", {"rope.freq_base_swa": 10_000.0}),
    "llama.block_count": ("llama", {"block_count": 1_000_000_000}),
    "llama.embedding_length": ("llama", {"embedding_length": 2**31}),
    "llama.what_comes_next": ("llama", {"what_comes_next": 1}),
    "own.key": ("llama", {"own.key": 1}),
    "general.type": ("llama", {"general.type": "adapter"}),
    "qwen3.pooling_type": ("qwen3", {"pooling_type": 3}),
    "gemma3.attention.scale": ("gemma3", {**WINDOW, "attention.key_length": 128}),
    "gemma3.attention.sliding_window": ("gemma3", WIDE),
    "gemma3.attention.sliding_window_pattern": ("gemma3", WIDE | WINDOW | {"attention.sliding_window_pattern": 9}),
    "bloom.attention.max_alibi_bias": ("bloom", OLD["bloom"][1] | {"attention.max_alibi_bias": 4.0}),
}


@pytest.mark.parametrize("key", REFUSED)
def test_what_the_header_says_and_no_config_carries_is_refused_by_name(key: str, tmp_path: Path) -> None:
    architecture, keys = REFUSED[key]
    file = written(tmp_path / "a.gguf", model_of("llama"), architecture, keys, names_of="llama")
    with pytest.raises(KnownError) as caught:
        convert(file, tmp_path / "converted")
    assert caught.value.problem.code == "unsupported_gguf_key"
    assert str(caught.value).startswith(f"{key} of the GGUF file ")


@pytest.mark.parametrize("name", ["blk.0.attn_q.bias", "blk.1.ffn_gate_exps.weight", "blk.0.attn_q.scale"])
def test_a_tensor_the_model_has_no_place_for_is_refused_by_name(name: str, tmp_path: Path) -> None:
    file = written(tmp_path / "a.gguf", model_of("llama"), "llama", {}, tensors={name: np.ones(32, np.float32)})
    with pytest.raises(KnownError, match=name) as caught:
        convert(file, tmp_path / "converted")
    assert caught.value.problem.code == "unsupported_gguf_tensor"


def test_a_table_beside_another_scaling_is_refused(tmp_path: Path) -> None:
    model, factors = llama3()
    for keys, table in ((LINEAR_KEYS, factors), ({}, factors[:2]), ({}, -factors)):
        file = written(tmp_path / "a.gguf", model, "llama", keys, tensors={"rope_freqs.weight": table})
        with pytest.raises(KnownError, match=r"rope_freqs\.weight"):
            convert(file, tmp_path / "converted")


def test_harmless_values_are_read(tmp_path: Path) -> None:
    model = model_of("llama")
    keys = {
        "expert_count": 0, "attention.causal": True, "attention.sliding_window": 4096, "logit_scale": 1.0,
        "rope.scaling.finetuned": False, "rope.scaling.type": "none", "split.count": 1, "attention.scale": 8**-0.5,
        "quantize.imatrix.entries_count": 3, "mradermacher.quantize_version": "2", "general.quantization_version": 2,
    }  # fmt: skip
    assert logits_differ(model, written(tmp_path / "a.gguf", model, "llama", keys)) < 1e-4


def test_an_architecture_nobody_compared_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path / "a.gguf", model_of("llama"), "phi3", {}, names_of="llama")
    with pytest.raises(KnownError) as caught:
        convert(file, tmp_path / "converted")
    assert caught.value.problem.code == "unsupported_architecture"
