"""Every optional switch of a configuration computes as transformers does: loss, gradients, logits, activations.

The atlas takes its own road through a model (oneDNN's product, the head in pieces, no mask, layers computed twice).
The truth is transformers' own forward with its own mask and loss, and autograd.
"""

from __future__ import annotations

from functools import partial

import pytest
import torch
from torch import Tensor

from tests.fakes import tiny_config, tiny_model
from tests.workers.analysis.given import SAMPLES
from workers.analysis import head
from workers.analysis.activations import sentence_activations
from workers.analysis.batches import bucketed
from workers.analysis.gradients import GradientSums
from workers.analysis.products import fast_linear
from workers.families import FAMILIES, family_of

BATCH = bucketed(SAMPLES, max_tokens_per_batch=1_000)[0]


def _rotated(share: float) -> dict[str, object]:
    return {"rope_type": "default", "rope_theta": 100.0, "partial_rotary_factor": share}


BIASES = {"attention_bias": True}
SWITCHES = [
    *((name, {}) for family in FAMILIES for name in family.architectures),
    ("llama", BIASES | {"mlp_bias": True}),
    ("llama", {"tie_word_embeddings": True}),
    ("llama", {"hidden_act": "gelu", "head_dim": 12}),
    ("mistral", {"sliding_window": 7}),
    ("qwen2", {"use_sliding_window": True, "sliding_window": 7, "max_window_layers": 1}),
    ("qwen3", BIASES | {"use_sliding_window": True, "sliding_window": 7, "max_window_layers": 1}),
    ("smollm3", BIASES | {"mlp_bias": True, "tie_word_embeddings": False}),
    ("smollm3", {"no_rope_layers": [1, 0], "use_sliding_window": True, "sliding_window": 7}),
    ("gemma", BIASES | {"hidden_act": "gelu"}),
    ("gemma2", {"final_logit_softcapping": 0.5, "attn_logit_softcapping": 0.2, "query_pre_attn_scalar": 3}),
    ("gemma2", BIASES | {"final_logit_softcapping": None, "attn_logit_softcapping": None, "sliding_window": 7}),
    ("gemma3_text", {"final_logit_softcapping": 0.5, "query_pre_attn_scalar": 3, "sliding_window": 7}),
    ("gemma3_text", BIASES | {"tie_word_embeddings": False, "attn_logit_softcapping": 0.2}),
    ("olmo", {"clip_qkv": 0.05}),
    ("olmo", BIASES | {"clip_qkv": 0.05, "tie_word_embeddings": True}),
    ("olmo2", BIASES),
    ("olmo3", BIASES | {"sliding_window": 7}),
    ("gpt2", {"n_inner": None, "tie_word_embeddings": False, "activation_function": "relu"}),
    ("gpt2", {"scale_attn_by_inverse_layer_idx": True, "reorder_and_upcast_attn": True}),
    ("gpt2", {"scale_attn_weights": False}),
    ("gpt_neox", BIASES | {"use_parallel_residual": False, "tie_word_embeddings": True}),
    ("gpt_neox", {"attention_bias": False, "rope_parameters": _rotated(1.0)}),
    ("gpt_neox", {"rope_parameters": _rotated(0.5)}),
    ("bloom", {"apply_residual_connection_post_layernorm": True, "tie_word_embeddings": False}),
]  # fmt: skip


def _id(value: object) -> str:
    return value if isinstance(value, str) else "+".join(map(str, value)) if isinstance(value, dict) else str(value)


@pytest.mark.parametrize("attention", ["eager", "sdpa"])
@pytest.mark.parametrize(("architecture", "changes"), SWITCHES, ids=_id)
def test_the_own_road_is_that_of_transformers(architecture: str, changes: dict, attention: str) -> None:
    if attention == "sdpa" and (architecture == "gemma2" or changes.get("attn_logit_softcapping")):
        pytest.skip("soft caps exist in the eager attention only, which is what the worker loads")
    lm = tiny_model(architecture, **changes)
    lm.set_attn_implementation(attention)
    expected_loss, expected, expected_states = _by_transformers(lm)
    sums = GradientSums(dict(lm.named_parameters()), parts=("gradient",), head_weight=_head(lm))
    for room_bytes in (None, 0):
        sums.clear()
        with sums.listening(lm), fast_linear(lm):
            loss = sums.add(lm, BATCH, room_bytes=room_bytes)
        assert loss == pytest.approx(expected_loss, rel=1e-5)
        for view in family_of(lm.config).views(lm.config):
            found, truth = sums.parts(view)["gradient"], view.canonical(expected[view.tensor])
            torch.testing.assert_close(found, truth, atol=2e-6 * float(truth.abs().max()) + 1e-8, rtol=1e-3)
    activations = sentence_activations(lm, family_of(lm.config).down_projections(lm), SAMPLES)
    torch.testing.assert_close(activations, expected_states, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(("architecture", "changes"), SWITCHES, ids=_id)
def test_every_switch_changes_the_model(architecture: str, changes: dict) -> None:
    """A name that transformers has given up would test nothing."""
    known = tiny_config(architecture).to_dict()
    assert set(changes) <= set(known), set(changes) - set(known)


def _by_transformers(lm) -> tuple[float, dict[str, Tensor], Tensor]:
    labels = BATCH.token_ids.clone()
    labels[torch.arange(labels.shape[1]) >= BATCH.lengths[:, None]] = -100
    seen: list[Tensor] = []
    hooks = [
        module.register_forward_pre_hook(partial(lambda kept, _module, args: kept.append(args[0].detach()), seen))
        for module in family_of(lm.config).down_projections(lm)
    ]
    logits = lm(input_ids=BATCH.token_ids, attention_mask=(labels >= 0).long(), use_cache=False).logits
    loss = torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten())
    gradients = torch.autograd.grad(loss, list(lm.parameters()))
    for hook in hooks:
        hook.remove()
    means = torch.zeros(len(SAMPLES), len(seen), seen[0].shape[-1])
    for row, (index, length) in enumerate(zip(BATCH.indices, BATCH.lengths, strict=True)):
        means[index] = torch.stack([neurons[row, :length].mean(0) for neurons in seen])
    return loss.item(), {n: g for (n, _), g in zip(lm.named_parameters(), gradients, strict=True)}, means


def _head(lm) -> Tensor:
    return lm.get_output_embeddings().weight


def test_logits_of_every_switch_are_those_of_the_model() -> None:
    for architecture, changes in SWITCHES:
        lm = tiny_model(architecture, **changes)
        lm.set_attn_implementation("eager")
        batch = bucketed([SAMPLES[1]], max_tokens_per_batch=64)[0]
        with torch.no_grad(), fast_linear(lm):
            found = head.logits(lm, head.hidden_states(lm, batch)[0])
        with torch.no_grad():
            expected = lm(input_ids=batch.token_ids).logits[0]
        torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5, msg=lambda m, a=architecture: f"{a}: {m}")
