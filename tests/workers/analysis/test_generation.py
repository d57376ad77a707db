from __future__ import annotations

import copy

import pytest
import torch

from tests.fakes import ARCHITECTURES
from tests.workers.analysis.given import SAMPLES, model
from workers.analysis.errors import AnalysisError
from workers.analysis.generation import Sampler, continuation

PROMPT = SAMPLES[2]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_greedy_with_a_cache_is_the_argmax_of_a_full_forward(architecture: str) -> None:
    lm, heard = model(architecture), []
    steps, finish = continuation(lm, PROMPT, max_new_tokens=8, on_step=heard.append)
    assert (len(steps), finish, heard) == (8, "length", steps)
    token_ids = torch.tensor([PROMPT + [step.token_id for step in steps]])
    with torch.no_grad():
        expected = lm(input_ids=token_ids).logits[0, len(PROMPT) - 1 : -1].log_softmax(-1)
    assert expected.argmax(-1).tolist() == [step.token_id for step in steps]
    assert expected.amax(-1).tolist() == pytest.approx([step.log_probability for step in steps], abs=1e-4)


def test_eos_ends_the_text_and_is_its_last_step() -> None:
    free, _ = continuation(model(), PROMPT, max_new_tokens=6)
    eos = free[2].token_id
    first = [step.token_id for step in free].index(eos)
    steps, finish = continuation(model(), PROMPT, max_new_tokens=6, eos_ids={eos})
    assert (steps, finish) == (free[: first + 1], "eos")


def test_sampling_is_the_same_for_the_same_seed_and_ignores_the_global_one() -> None:
    def sampled(seed: int) -> list[int]:
        torch.rand(3)
        steps, _ = continuation(model(), PROMPT, max_new_tokens=8, sampling="sampled", temperature=2.0, seed=seed)
        return [step.token_id for step in steps]

    state = torch.get_rng_state()
    assert sampled(1) == sampled(1) != sampled(2)
    torch.set_rng_state(state)


def test_infinite_logits_can_be_drawn_from_at_any_temperature() -> None:
    """A changed model may give one; it stands as the largest float32, which a small temperature would overflow."""
    logits = torch.tensor([0.0, torch.finfo(torch.float32).max, -torch.inf])
    for temperature in (1e-3, 0.5, 2.0):
        sampler = Sampler(sampling="sampled", temperature=temperature, top_p=1.0, top_k=0, seed=0)
        assert sampler.choose(logits) == 1


def test_top_k_and_top_p_keep_the_most_likely_tokens() -> None:
    logits = torch.tensor([0.1, 0.4, 0.2, 0.3]).log()

    def drawn(**changes: float) -> set[int]:
        settings = {"sampling": "sampled", "temperature": 1.0, "top_p": 1.0, "top_k": 0, "seed": 0} | changes
        sampler = Sampler(**settings)
        return {sampler.choose(logits.clone()) for _ in range(300)}

    assert drawn() == {0, 1, 2, 3}
    assert drawn(top_k=2) == {1, 3}
    assert drawn(top_p=0.65) == {1, 3}
    assert drawn(top_p=0.75) == {1, 2, 3}
    assert drawn(top_p=1e-9) == {1}
    assert drawn(temperature=1e-3) == {1}
    assert drawn(top_k=3, top_p=0.5) == {1, 3}  # of the 0.9 that top-k leaves, 0.4 is less than half


def test_sampled_shares_follow_the_probabilities() -> None:
    sampler = Sampler(sampling="sampled", temperature=1.0, top_p=1.0, top_k=0, seed=0)
    logits = torch.tensor([0.25, 0.75]).log()
    assert sum(sampler.choose(logits) for _ in range(2000)) == pytest.approx(1500, abs=100)


def test_a_prompt_that_does_not_fit_names_both_lengths() -> None:
    with pytest.raises(AnalysisError, match=r"256 tokens.*takes 256"):
        continuation(model(), [1] * 256, max_new_tokens=1)
    with pytest.raises(AnalysisError, match="no tokens"):
        continuation(model(), [], max_new_tokens=1)
    steps, finish = continuation(model(), [1] * 254, max_new_tokens=9)
    assert (len(steps), finish) == (2, "length")


def test_progress_counts_tokens() -> None:
    told = []

    def track(items, total: int, unit: str):
        told.append((total, unit))
        return iter(items)

    continuation(model(), PROMPT, max_new_tokens=3, track=track)
    assert told == [(3, "tokens")]


def test_a_model_without_numbers_left_is_refused() -> None:
    lm = copy.deepcopy(model())
    with torch.no_grad():
        lm.model.norm.weight.fill_(float("nan"))
    with pytest.raises(AnalysisError, match="NaN"):
        continuation(lm, PROMPT, max_new_tokens=1)
    with pytest.raises(AnalysisError, match="'beam'"):
        continuation(lm, PROMPT, max_new_tokens=1, sampling="beam")
