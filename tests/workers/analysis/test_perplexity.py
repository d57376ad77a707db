from __future__ import annotations

import copy
import math

import pytest
import torch
from transformers import AutoTokenizer

from tests.fakes import ARCHITECTURES, write_tokenizer
from tests.workers.analysis.given import SAMPLES, model, nll_by_hand
from workers.analysis.errors import AnalysisError
from workers.analysis.perplexity import Nll, bits_per_byte, measure, windows


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_batches_give_what_one_by_one_gives(architecture: str) -> None:
    lm = model(architecture)
    got = measure(lm, SAMPLES, max_tokens_per_batch=60)
    assert got.nll == pytest.approx(sum(nll_by_hand(lm, sample) for sample in SAMPLES), rel=1e-6)
    assert (got.n_tokens, got.n_samples) == (sum(map(len, SAMPLES)) - len(SAMPLES), len(SAMPLES))


def test_a_sliding_window_shorter_than_the_sample_is_kept() -> None:
    lm = copy.deepcopy(model("gemma3_text"))
    lm.config.sliding_window = 4
    for layer in lm.model.layers:
        layer.self_attn.sliding_window = 4
    got = measure(lm, SAMPLES, max_tokens_per_batch=60).nll
    assert got == pytest.approx(sum(nll_by_hand(lm, sample) for sample in SAMPLES), rel=1e-6)
    assert got != pytest.approx(measure(model("gemma3_text"), SAMPLES).nll, rel=1e-6)


def test_a_model_without_an_opinion_has_the_perplexity_of_its_vocabulary() -> None:
    lm = copy.deepcopy(model())
    with torch.no_grad():
        lm.lm_head.weight.zero_()
    assert measure(lm, SAMPLES).perplexity == pytest.approx(260, rel=1e-6)


def test_tokens_count_not_batches() -> None:
    assert Nll(nll=3 * math.log(2), n_tokens=3, n_samples=2).perplexity == pytest.approx(2)
    assert bits_per_byte(8 * math.log(2), n_bytes=4) == pytest.approx(2)


def test_samples_of_one_token_say_nothing() -> None:
    assert measure(model(), [*SAMPLES, [4], []]) == measure(model(), SAMPLES)
    with pytest.raises(AnalysisError, match="no sample"):
        measure(model(), [[1]])


@pytest.mark.parametrize("scale", [float("nan"), 3e38])
def test_a_broken_model_gives_a_broken_number_not_an_error(scale: float) -> None:
    lm = copy.deepcopy(model())
    with torch.no_grad():
        lm.model.norm.weight.fill_(scale)
    got = measure(lm, SAMPLES)
    assert not math.isfinite(got.nll) and not math.isfinite(got.perplexity)


@pytest.mark.parametrize("architecture", ["llama", "olmo2"])
def test_a_padding_token_that_overflows_reaches_no_other_sample(architecture: str) -> None:
    """Attention weighs it by zero, and zero times infinity is NaN: as float16 overflows on some tokens."""
    lm = copy.deepcopy(model(architecture))
    with torch.no_grad():
        lm.get_input_embeddings().weight[0] = torch.inf
    samples = [[max(1, token_id) for token_id in sample] for sample in SAMPLES]
    alone = sum(measure(lm, [sample]).nll for sample in samples)
    assert measure(lm, samples).nll == pytest.approx(alone, rel=1e-6)


def test_a_very_large_loss_is_an_infinite_perplexity() -> None:
    assert Nll(nll=1e6, n_tokens=1, n_samples=1).perplexity == math.inf


def test_windows_are_whole_joined_by_a_blank_line_after_one_bos(tmp_path) -> None:
    write_tokenizer(tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    stream = [256, *b"abc\n\ndefg\n\nh"]
    assert windows(tokenizer, ["abc", "defg", "h"], size=5) == [stream[:5], stream[5:10]]
    assert windows(tokenizer, ["abc", "defg", "h"], size=13) == [stream]
    with pytest.raises(AnalysisError, match=r"13 tokens.*2048"):
        windows(tokenizer, ["abc", "defg", "h"])
