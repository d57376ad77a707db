"""Perturbation through its handler."""

from __future__ import annotations

import pytest

from backend.contracts.requests import (
    DimensionTarget,
    Edit,
    EvaluationSpec,
    GenerationRequest,
    GenerationSettings,
    LayerRange,
    Lines,
    PerturbationRequest,
    Prompt,
    ScalarTarget,
)
from backend.contracts.results import PerturbationSummary
from backend.contracts.vocabulary import EditAction, MatrixKind
from tests.workers.handlers.shop import Shop
from workers.analysis.checksum import checksum
from workers.analysis.errors import AnalysisError

PROMPTS = (Prompt(language="en", text="Fudan University is"),)
SHORT = GenerationSettings(max_new_tokens=5)
EVALUATION = EvaluationSpec(lines=Lines(corpus="small", start=4, stop=8), languages=("de", "en"))


def perturb(shop: Shop, *edits: Edit, **changes: object) -> PerturbationSummary:
    request = PerturbationRequest.model_validate(
        {"model": shop.model, "edits": edits, "prompts": PROMPTS, "settings": SHORT, **changes}
    )
    summary = shop.answer(request).summary
    assert isinstance(summary, PerturbationSummary)
    return summary


def test_an_edit_changes_text_and_perplexity_and_is_undone(shop: Shop) -> None:
    before = checksum(shop.context.host.load(shop.model).model.parameters())
    edit = Edit(where=DimensionTarget(index=3), action=EditAction.SCALE, factor=30.0)
    found = perturb(shop, edit, evaluation=EVALUATION)
    assert [token.log_probability for token in found.base[0].tokens] != [
        token.log_probability for token in found.perturbed[0].tokens
    ]
    assert all(
        base.perplexity != changed.perplexity
        for base, changed in zip(found.perplexity_base, found.perplexity_perturbed, strict=True)
    )
    assert found.weights_restored
    assert checksum(shop.context.host.load(shop.model).model.parameters()) == before


def test_the_base_is_what_generation_gives(shop: Shop) -> None:
    edit = Edit(where=ScalarTarget(matrix="1.norm.input", index=(2,)), action=EditAction.RESET)
    generated = shop.answer(GenerationRequest(model=shop.model, prompts=PROMPTS, settings=SHORT)).summary
    assert perturb(shop, edit).base == generated.base


def test_tokens_of_both_sides_are_told(shop: Shop) -> None:
    shop.progress.told.clear()
    found = perturb(shop, Edit(where=DimensionTarget(index=0), action=EditAction.ZERO))
    sides = [told["side"] for told in shop.progress.told for _ in told["tokens"]]
    assert sides == ["base"] * len(found.base[0].tokens) + ["perturbed"] * len(found.perturbed[0].tokens)


def test_the_base_is_computed_once_while_the_model_stays_loaded(shop: Shop) -> None:
    zero = perturb(shop, Edit(where=DimensionTarget(index=1), action=EditAction.ZERO), evaluation=EVALUATION)
    shop.progress.told.clear()
    shop.progress.notes.clear()
    twice = perturb(shop, Edit(where=DimensionTarget(index=2), action=EditAction.ZERO), evaluation=EVALUATION)
    assert (twice.base, twice.perplexity_base) == (zero.base, zero.perplexity_base)
    assert not [note for note in shop.progress.notes if note.startswith("base")]
    told = [event for event in shop.progress.told if event["side"] == "base"]
    assert [tuple(event["tokens"]) for event in told] == [zero.base[0].tokens]


def test_reports_say_what_was_really_done(shop: Shop) -> None:
    where = DimensionTarget(index=5, kinds=(MatrixKind.ATTN_Q,), layers=LayerRange(first=1, last=1))
    report = perturb(shop, Edit(where=where, action=EditAction.ZERO)).edits[0]
    assert report.matrices == ("1.attn.q",)
    assert report.n_parameters == 32
    assert report.sentence


def test_an_edit_outside_the_model_names_the_range(shop: Shop) -> None:
    with pytest.raises(AnalysisError) as caught:
        perturb(shop, Edit(where=DimensionTarget(index=32), action=EditAction.ZERO))
    assert caught.value.code == "index_out_of_range"
    assert "31" in caught.value.detail + caught.value.hint


def test_weights_that_are_not_restored_are_told_and_given_up(shop: Shop) -> None:
    loaded = shop.context.host.load(shop.model)
    edit = Edit(where=ScalarTarget(matrix="0.norm.input", index=(1,)), action=EditAction.ZERO)
    perturb(shop, edit)
    name = next(name for name in loaded.checksums if "input_layernorm" in name)
    loaded.checksums[name] = "of other weights"
    assert not perturb(shop, edit).weights_restored
    assert shop.context.host.load(shop.model).model is not loaded.model
