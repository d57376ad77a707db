"""BOS as the model's own tokenizer says, or always, or never: in every kind of question, told in the result."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import torch

from backend.contracts.requests import (
    ActivationSpec,
    ActivationsRequest,
    EvaluationSpec,
    GenerationRequest,
    GenerationSettings,
    ImportanceRequest,
    Lines,
    OpenModelRequest,
    PerplexityRequest,
    Prompt,
    ScoreSpec,
)
from backend.contracts.results import GenerationSummary, ImportanceSummary, PerplexitySummary
from backend.contracts.vocabulary import Bos
from tests.fakes import write_model
from tests.workers.handlers.shop import Shop
from workers.analysis.errors import AnalysisError

LINES = Lines(corpus="small", start=0, stop=2)


def opened(shop: Shop, name: str, **settings: object) -> str:
    """A copy of the tiny model whose tokenizer's settings say something else."""
    folder = write_model(shop.model_folder.parent / name)
    file = folder / "tokenizer_config.json"
    told = json.loads(file.read_text()) | settings
    file.write_text(json.dumps({key: value for key, value in told.items() if value is not None}))
    model = shop.answer(OpenModelRequest(source=str(folder))).model
    assert model is not None
    return model


def perplexity(shop: Shop, model: str, bos: Bos = Bos.TOKENIZER) -> tuple[PerplexitySummary, str]:
    spec = EvaluationSpec(lines=LINES, languages=("de", "en"), bos=bos)
    outcome = shop.answer(PerplexityRequest(model=model, evaluation=spec))
    assert isinstance(outcome.summary, PerplexitySummary)
    return outcome.summary, outcome.rules["bos"]


def by_hand(shop: Shop, model: str, language: str, *, bos: bool) -> float:
    """The naive twin: one sample after the other through the model, exp of the mean over all predicted tokens."""
    loaded = shop.context.host.load(model)
    nll, n_tokens = 0.0, 0
    for text in shop.context.corpora.named("small").texts(LINES, (language,))[language]:
        ids = torch.tensor([[*([256] if bos else []), *text.encode()]])
        logits = loaded.model(ids).logits[0, :-1].double()
        nll -= float(logits.log_softmax(-1).gather(1, ids[0, 1:, None]).sum())
        n_tokens += ids.shape[1] - 1
    return math.exp(nll / n_tokens)


def test_perplexity_obeys_the_tokenizer_and_the_choice(shop: Shop) -> None:
    said_not = opened(shop, "said-not", add_bos_token=False)
    for model, bos, first in (
        (shop.model, Bos.TOKENIZER, True),
        (said_not, Bos.TOKENIZER, False),
        (said_not, Bos.ALWAYS, True),
        (shop.model, Bos.NEVER, False),
    ):
        found, rule = perplexity(shop, model, bos)
        assert found.rows[0].perplexity == pytest.approx(by_hand(shop, model, "de", bos=first), rel=1e-5)
        assert ("starts with <bos>" in rule) is first
        assert ("as the tokenizer says" in rule) is (bos is Bos.TOKENIZER)


def test_what_the_settings_leave_open_the_tokenizer_itself_does(shop: Shop) -> None:
    silent = opened(shop, "silent", add_bos_token=None)  # no post processor: transformers adds none either
    assert not shop.context.host.load(silent).adds_bos
    assert perplexity(shop, silent)[0] == perplexity(shop, silent, Bos.NEVER)[0]


def test_the_opened_model_tells_what_is_done(shop: Shop) -> None:
    entry = shop.context.models.ready(opened(shop, "said-not", add_bos_token=False))
    assert entry.tokenizer["bos_rule"] == "none: the tokenizer does not add <bos>"
    assert shop.context.models.ready(shop.model).tokenizer["bos_rule"] == "every sample starts with <bos>"


def test_scores_activations_and_texts_obey_alike(shop: Shop) -> None:
    model = opened(shop, "said-not", add_bos_token=False)

    def n_tokens(bos: Bos) -> int:
        spec = ScoreSpec(model=model, lines=LINES, bos=bos)
        summary = shop.answer(ImportanceRequest(scores=spec, language="de")).summary
        assert isinstance(summary, ImportanceSummary)
        return summary.n_tokens

    assert n_tokens(Bos.TOKENIZER) == n_tokens(Bos.NEVER) == n_tokens(Bos.ALWAYS) - 2  # one less of each line
    for bos, first in ((Bos.TOKENIZER, 97), (Bos.ALWAYS, 256)):
        settings = GenerationSettings(max_new_tokens=1, bos=bos)
        prompts = (Prompt(language="en", text="a"),)
        written = shop.answer(GenerationRequest(model=model, prompts=prompts, settings=settings)).summary
        assert isinstance(written, GenerationSummary)
        assert written.base[0].prompt_token_ids[0] == first
        read = ActivationsRequest(activations=ActivationSpec(model=model, lines=LINES, bos=bos), language="de")
        assert shop.answer(read).rules["bos"].startswith("none" if bos is Bos.TOKENIZER else "always")


def test_always_without_a_bos_token_is_refused(shop: Shop) -> None:
    model = opened(shop, "without", bos_token=None)
    with pytest.raises(AnalysisError, match="no BOS token") as refused:
        perplexity(shop, model, Bos.ALWAYS)
    assert refused.value.code == "no_bos"


def test_requests_of_earlier_versions_are_still_read() -> None:
    given = {"model": "m", "add_bos": True}
    assert ActivationSpec.model_validate(given).bos is Bos.ALWAYS
    assert ActivationSpec.model_validate({**given, "add_bos": False}) == ActivationSpec(model="m")


def test_the_same_weights_as_folder_and_as_gguf_have_the_same_perplexity(shop: Shop, tmp_path: Path) -> None:
    """Qwen's GGUF files name a BOS token and say `add_bos_token` false; its folders name none."""
    from tests.workers.sources.given import write_gguf

    file = write_gguf(shop.model_folder.parent / "said-not.gguf", add_bos=False)
    from_file = shop.answer(OpenModelRequest(source=str(file))).model
    assert from_file is not None
    converted = Path(shop.context.models.ready(from_file).folder)
    folder = shop.model_folder.parent / "folder"
    folder.mkdir()
    for one in converted.iterdir():
        (folder / one.name).write_bytes(one.read_bytes())
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    del settings["add_bos_token"], settings["bos_token"]
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    from_folder = shop.answer(OpenModelRequest(source=str(folder))).model
    assert from_folder is not None
    assert perplexity(shop, from_file)[0] == perplexity(shop, from_folder)[0]


@pytest.mark.parametrize(
    ("said", "pre", "expected"), [(True, "default", True), (None, "llama-bpe", True), (None, "default", False)]
)
def test_a_gguf_file_that_does_not_say_is_read_as_llama_cpp_does(tmp_path: Path, said, pre, expected) -> None:
    from tests.workers.sources.given import write_gguf
    from workers.sources.gguf_header import read_header

    assert read_header(write_gguf(tmp_path / "a.gguf", add_bos=said, pre=pre)).adds_bos is expected
