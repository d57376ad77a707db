from __future__ import annotations

import copy

import pytest
import torch

from tests.fakes import ARCHITECTURES
from tests.workers.analysis.given import SAMPLES, model
from workers.analysis.activations import sentence_activations
from workers.analysis.errors import AnalysisError
from workers.families import family_of


def naive(lm, downs, sample: list[int]) -> torch.Tensor:
    """Eq. 5 as it is written, one sentence at a time through the whole model."""
    seen = {}
    handles = [
        down.register_forward_hook(lambda _, inputs, __, layer=layer: seen.__setitem__(layer, inputs[0]))
        for layer, down in enumerate(downs)
    ]
    with torch.no_grad():
        lm(input_ids=torch.tensor([sample]))
    for handle in handles:
        handle.remove()
    return torch.stack([seen[layer][0].mean(0) for layer in range(len(downs))])


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_means_are_those_of_each_sentence_alone(architecture: str) -> None:
    lm = model(architecture)
    downs = family_of(lm.config).down_projections(lm)
    got = sentence_activations(lm, downs, SAMPLES, max_tokens_per_batch=60)
    assert got.shape[:2] == (len(SAMPLES), 2) and got.dtype == torch.float32
    expected = torch.stack([naive(lm, downs, sample) for sample in SAMPLES])
    torch.testing.assert_close(got, expected, atol=1e-5, rtol=1e-4)
    assert not any(down._forward_pre_hooks for down in downs)


def test_the_company_in_a_batch_does_not_matter() -> None:
    lm = model()
    downs = family_of(lm.config).down_projections(lm)
    alone = sentence_activations(lm, downs, SAMPLES[:1])
    for budget in (1, 60, 1024):
        together = sentence_activations(lm, downs, SAMPLES, max_tokens_per_batch=budget)
        torch.testing.assert_close(together[:1], alone, atol=1e-6, rtol=1e-5)


def test_the_head_does_not_run_and_hooks_go_even_after_a_stop() -> None:
    lm = model()
    downs = family_of(lm.config).down_projections(lm)

    def stop(items, total: int, unit: str):
        yield items[0]
        raise KeyboardInterrupt

    ran = []
    handle = lm.lm_head.register_forward_hook(lambda *_: ran.append(1))
    with pytest.raises(KeyboardInterrupt):
        sentence_activations(lm, downs, SAMPLES, track=stop)
    handle.remove()
    assert not ran and not any(down._forward_pre_hooks for down in downs)


def test_empty_sentences_are_named() -> None:
    lm = model()
    with pytest.raises(AnalysisError, match=r"\[1, 3\]"):
        sentence_activations(lm, family_of(lm.config).down_projections(lm), [[1], [], [2], []])


def test_a_padding_token_that_overflows_reaches_no_mean() -> None:
    """Its mean in a padded batch would be zero times infinity."""
    lm = copy.deepcopy(model())  # the shared one must stay as it is
    downs = family_of(lm.config).down_projections(lm)
    short, long = [1, 2], [3, 4, 5, 6, 7]
    alone = torch.cat([sentence_activations(lm, downs, [sample]) for sample in (short, long)])
    with torch.no_grad():
        lm.get_input_embeddings().weight[0] = torch.inf
    torch.testing.assert_close(sentence_activations(lm, downs, [short, long]), alone)
