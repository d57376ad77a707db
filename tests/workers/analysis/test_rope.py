"""One sample's numbers never depend on what lies beside it or came before: every type of rotary positions."""

from __future__ import annotations

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

from tests.fakes import tiny_model
from tests.workers.analysis.given import nll_by_hand
from workers.analysis import head, rope
from workers.analysis.activations import sentence_activations
from workers.analysis.batches import bucketed
from workers.analysis.choice import Continuation, log_likelihoods
from workers.analysis.generation import continuation
from workers.analysis.gradients import GradientSums
from workers.analysis.perplexity import measure
from workers.analysis.prefix import remembered_below
from workers.families import family_of

PRETRAINED, LIMIT = 12, 24
"""Tokens from which on the positions stretch, and the context's limit. transformers lets `dynamic` stretch beyond the
limit only, where nothing of ours goes: here its own limit is set lower."""
ARCHITECTURES = ("llama", "gemma3_text", "olmo3", "gpt_neox")
"""One set of frequencies, one per type of layer (twice), and a part of the channels."""
SHORT, LONG = [5, 9, 3, 250, 17], list(range(100, 120))


def parameters(kind: str, n_frequencies: int) -> dict[str, object]:
    """Settings under which the type differs much from the plain one."""
    given: dict[str, dict[str, object]] = {
        "linear": {"factor": 4.0},
        "dynamic": {"factor": 4.0},
        "yarn": {"factor": 4.0, "original_max_position_embeddings": PRETRAINED},
        "longrope": {
            "short_factor": [1.0] * n_frequencies,
            "long_factor": [3.0 + index for index in range(n_frequencies)],
            "original_max_position_embeddings": PRETRAINED,
        },
        "llama3": {
            "factor": 8.0,
            "low_freq_factor": 1.0,
            "high_freq_factor": 4.0,
            "original_max_position_embeddings": PRETRAINED,
        },
    }
    return {"rope_type": kind, "rope_theta": 100.0} | given.get(kind, {})


def roped(architecture: str, kind: str):
    """A model with these positions; every layer's, where layers differ."""
    partial_rotary = {"rotary_pct": 0.5} if architecture == "gpt_neox" else {}
    one = parameters(kind, 2 if partial_rotary else 4)
    if partial_rotary:
        one |= {"partial_rotary_factor": 0.5}
    in_layers = {"layer_types": ["sliding_attention", "full_attention"], "sliding_window": 7}
    changes: dict = {"rope_parameters": one, "max_position_embeddings": LIMIT} | partial_rotary
    if architecture in ("gemma3_text", "olmo3"):
        changes |= in_layers | {"rope_parameters": dict.fromkeys(in_layers["layer_types"], one)}
    model = tiny_model(architecture, **changes)
    for module in model.modules() if kind == "dynamic" else ():
        if hasattr(module, "original_max_seq_len"):
            module.original_max_seq_len = module.max_seq_len_cached = PRETRAINED
            module.config = copy.deepcopy(module.config)
            module.config.max_position_embeddings = PRETRAINED
    return model


every_kind = pytest.mark.parametrize("kind", ["default", *sorted(ROPE_INIT_FUNCTIONS)])
every_architecture = pytest.mark.parametrize("architecture", ARCHITECTURES)


@every_kind
@every_architecture
def test_a_sample_is_read_as_if_it_were_alone(architecture: str, kind: str) -> None:
    alone = [_numbers(roped(architecture, kind), [sample]) for sample in (SHORT, LONG)]
    model = roped(architecture, kind)
    beside = _numbers(model, [SHORT, LONG])
    for order in ([SHORT, LONG], [LONG, SHORT]):
        again = _numbers(model, order)  # the model has read a long text by now
        torch.testing.assert_close(again.nll, beside.nll, atol=1e-6, rtol=1e-6)
    torch.testing.assert_close(beside.nll, alone[0].nll + alone[1].nll, atol=1e-5, rtol=1e-6)
    for row, single in enumerate(alone):
        torch.testing.assert_close(beside.activations[row], single.activations[0], atol=1e-6, rtol=1e-5)
    for name, gradient in beside.gradients.items():
        expected = alone[0].gradients[name] + alone[1].gradients[name]
        atol = 5e-6 * float(expected.abs().max()) + 1e-7
        torch.testing.assert_close(gradient, expected, atol=atol, rtol=1e-3)


@every_architecture
def test_the_types_that_depend_on_the_length_are_known(architecture: str) -> None:
    """A type that transformers adds is put to the test: does a token's state change with what follows it?"""
    for kind in ("default", *ROPE_INIT_FUNCTIONS):
        model = roped(architecture, kind)
        with torch.no_grad():
            short = model.base_model(input_ids=torch.tensor([LONG[:5]]), use_cache=False).last_hidden_state[0]
            long = model.base_model(input_ids=torch.tensor([LONG]), use_cache=False).last_hidden_state[0]
        differs = not torch.allclose(short, long[:5], atol=1e-5)
        assert rope.depends_on_length(model) == differs == (kind in rope.BY_LENGTH), kind


@settings(deadline=None, max_examples=15)
@given(data=st.data(), kind=st.sampled_from(rope.BY_LENGTH))
def test_any_company_leaves_a_sample_its_numbers(data, kind: str) -> None:
    model = MODELS.setdefault(kind, roped("llama", kind))
    sample = st.lists(st.integers(0, 255), min_size=2, max_size=LIMIT)
    samples = data.draw(st.lists(sample, min_size=1, max_size=4))
    expected = [nll_by_hand(roped("llama", kind), one) for one in samples]
    assert measure(model, samples, max_tokens_per_batch=1_000).nll == pytest.approx(sum(expected), rel=1e-5)
    pairs = [Continuation(one, len(one) - 1) for one in samples]
    assert log_likelihoods(model, pairs) == pytest.approx([-nll for nll in expected], rel=1e-4)


MODELS: dict = {}


@pytest.mark.parametrize("kind", rope.BY_LENGTH)
def test_what_was_read_before_changes_no_continuation(kind: str) -> None:
    prompt = LONG[: PRETRAINED + 2]
    expected, _ = continuation(roped("llama", kind), prompt, max_new_tokens=3)
    model = roped("llama", kind)
    continuation(model, LONG, max_new_tokens=2)
    assert continuation(model, prompt, max_new_tokens=3)[0] == expected


def test_lower_layers_are_not_remembered_where_padding_decides_on_positions() -> None:
    model = roped("llama", "longrope")
    padded = [0] * (PRETRAINED + 3)
    with remembered_below(model, 1):
        found = [measure(model, [sample], max_tokens_per_batch=99).nll for sample in (padded, padded[:5])]
        together = measure(model, [padded, padded[:5]], max_tokens_per_batch=99).nll
    assert together == pytest.approx(sum(found), rel=1e-6)


def test_a_model_has_its_own_positions_back() -> None:
    model = roped("llama", "longrope")
    batch = bucketed([SHORT, LONG], max_tokens_per_batch=99)[0]
    with torch.no_grad():
        head.hidden_states(model, batch)
    assert not any("forward" in vars(module) for module in model.modules())


class _Numbers:
    def __init__(self, nll: torch.Tensor, gradients: dict[str, torch.Tensor], activations: torch.Tensor) -> None:
        self.nll, self.gradients, self.activations = nll, gradients, activations


def _numbers(model, samples: list[list[int]]) -> _Numbers:
    """Summed NLL, its gradients, and activations sorted by length: one batch each."""
    family = family_of(model.config)
    batch = bucketed(samples, max_tokens_per_batch=1_000)[0]
    n_tokens = int(batch.lengths.sum()) - len(samples)
    sums = GradientSums(
        dict(model.named_parameters()), parts=("gradient",), head_weight=model.get_output_embeddings().weight
    )
    with sums.listening(model):
        loss = sums.add(model, batch)
    views = family.views(model.config)
    by_length = sorted(samples, key=len)
    return _Numbers(
        torch.tensor(loss * n_tokens),
        {view.name: sums.parts(view)["gradient"] * n_tokens for view in views},
        sentence_activations(model, family.down_projections(model), by_length),
    )
