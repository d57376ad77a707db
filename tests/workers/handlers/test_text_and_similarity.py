"""Generation and similarity through their handlers."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoTokenizer

from backend.contracts.requests import (
    EvaluationSpec,
    GenerationRequest,
    GenerationSettings,
    Lines,
    Prompt,
    SimilarityRequest,
)
from backend.contracts.vocabulary import Sampling
from tests.workers.handlers.shop import LANGUAGES, Shop
from workers.analysis.errors import AnalysisError
from workers.handlers.texts import evaluation

PROMPTS = (Prompt(language="en", text="Fudan University"), Prompt(language="zh", text="复旦大学"))


@torch.no_grad()
def greedy(shop: Shop, text: str, n: int) -> list[int]:
    ids = [256, *text.encode()]
    model = shop.context.host.load(shop.model).model
    for _ in range(n):
        ids.append(int(model(input_ids=torch.tensor([ids])).logits[0, -1].argmax()))
    return ids[1 + len(text.encode()) :]


def test_greedy_text_is_the_naive_one_and_is_told_while_it_comes(shop: Shop) -> None:
    shop.progress.told.clear()
    settings = GenerationSettings(max_new_tokens=6)
    outcome = shop.answer(GenerationRequest(model=shop.model, prompts=PROMPTS, settings=settings))
    for number, (prompt, found) in enumerate(zip(PROMPTS, outcome.summary.base, strict=True)):
        ids = [token.id for token in found.tokens]
        assert ids == greedy(shop, prompt.text, 6)[: len(ids)]
        assert len(ids) == 6 or found.finish == "eos"
        assert found.prompt_token_ids == (256, *prompt.text.encode())
        told = [told for told in shop.progress.told if told["prompt"] == number]
        assert [event["offset"] for event in told] == list(range(len(ids)))
        assert all(event["side"] == "base" and event["language"] == prompt.language for event in told)
    assert outcome.seed is None


def test_bytes_are_kept_where_the_text_is_broken(shop: Shop) -> None:
    settings = GenerationSettings(max_new_tokens=24, sampling=Sampling.SAMPLED, temperature=5.0, seed=1)
    found = shop.answer(GenerationRequest(model=shop.model, prompts=PROMPTS[:1], settings=settings))
    text = found.summary.base[0]
    kept = b"".join(bytes.fromhex(token.bytes_hex) for token in text.tokens)
    assert "".join(token.text for token in text.tokens) == kept.decode(errors="replace")
    assert "�" in text.text
    assert found.seed == 1


def test_a_prompt_longer_than_the_context_is_refused(shop: Shop) -> None:
    with pytest.raises(AnalysisError) as caught:
        shop.answer(GenerationRequest(model=shop.model, prompts=(Prompt(language="en", text="x" * 300),)))
    assert caught.value.code == "prompt_too_long"


def test_a_line_of_one_token_without_bos_does_not_end_the_measurement(shop: Shop) -> None:
    tokenizer = AutoTokenizer.from_pretrained(shop.model_folder)
    tokenizer.bos_token = None
    loaded = shop.context.host.load(shop.model)._replace(tokenizer=tokenizer, adds_bos=False)
    found = evaluation(loaded, ["a", "bcd"], EvaluationSpec(languages=("en",)))
    assert found.samples == [[98, 99, 100]]
    assert found.n_bytes == 2


def test_the_similarity_map_is_that_of_the_neurons_means(shop: Shop) -> None:
    request = SimilarityRequest(model=shop.model, lines=Lines(corpus="small", start=0, stop=3), languages=LANGUAGES)
    outcome = shop.answer(request)
    maps = load_file(shop.context.store.path(shop.key(request)) / "similarity.safetensors")
    assert set(maps) == {"whole", "layer.0", "layer.1"}
    naive = torch.nn.functional.normalize(_neurons(shop, request.lines), dim=1)
    torch.testing.assert_close(maps["whole"], naive @ naive.T, rtol=1e-4, atol=1e-5)
    assert [score.layer for score in outcome.summary.scores] == [None, 0, 1]
    assert outcome.summary.n_lines == 3
    assert outcome.rules["bos"] == "never: left out by request"


def _neurons(shop: Shop, lines: Lines) -> torch.Tensor:
    """[samples, layers * neurons], sentence by sentence."""
    model = shop.context.host.load(shop.model).model
    texts = shop.context.corpora.named("small").texts(lines, LANGUAGES)
    return torch.stack([_sentence(model, text) for language in LANGUAGES for text in texts[language]])


@torch.no_grad()
def _sentence(model: torch.nn.Module, text: str) -> torch.Tensor:
    seen: list[torch.Tensor] = []
    hooks = [
        layer.mlp.down_proj.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0][0].mean(0)))
        for layer in model.model.layers
    ]
    model(input_ids=torch.tensor([list(text.encode())]))
    for hook in hooks:
        hook.remove()
    return torch.cat(seen)
