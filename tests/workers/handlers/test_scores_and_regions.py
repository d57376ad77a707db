"""Importance, region and removal through their handlers, against naive twins."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file as load_numpy
from safetensors.torch import load_file

from backend.contracts.problems import KnownError
from backend.contracts.requests import (
    EvaluationSpec,
    ImportanceRequest,
    Lines,
    RegionRequest,
    RegionSpec,
    RemovalRequest,
    ScoreSpec,
)
from backend.contracts.specs import ALL_KINDS
from backend.contracts.vocabulary import PerplexityRule, Scope, Selection
from tests.workers.handlers.shop import Shop
from workers.analysis.checksum import checksum
from workers.analysis.errors import AnalysisError
from workers.handlers.region_files import THUMBNAIL

SCORED = Lines(corpus="small", start=0, stop=4)
MEASURED = Lines(corpus="small", start=4, stop=8)


def spec(shop: Shop) -> ScoreSpec:
    return ScoreSpec(model=shop.model, lines=SCORED)


@pytest.fixture(scope="session")
def scored(shop: Shop) -> dict[str, dict[str, torch.Tensor]]:
    """Stored scores of two languages, by language and matrix."""
    found = {}
    for language in ("de", "fr"):
        request = ImportanceRequest(scores=spec(shop), language=language)
        shop.answer(request)
        found[language] = load_file(shop.context.store.path(shop.key(request)) / "scores.safetensors")
    return found


def region(shop: Shop, **changes: object) -> RegionSpec:
    return RegionSpec.model_validate(
        {"scores": spec(shop), "languages": ("de", "fr"), "fraction": 0.05, "kinds": ALL_KINDS, **changes}
    )


def test_scores_are_theta_times_the_gradient_of_the_mean_loss(shop: Shop, scored: dict) -> None:
    loaded = shop.context.host.load(shop.model)
    texts = shop.context.corpora.named("small").texts(SCORED, ("de",))["de"]
    tokenizer, model = loaded.tokenizer, loaded.model
    ids = [[256, *tokenizer.encode(text, add_special_tokens=False), 257] for text in texts]
    assert len({len(line) for line in ids}) <= 2  # one batch: they fit into one budget
    weight = model.model.layers[1].mlp.up_proj.weight
    longest = max(map(len, ids))
    padded = torch.tensor([line + [0] * (longest - len(line)) for line in ids])
    labels = torch.tensor([line + [-100] * (longest - len(line)) for line in ids])
    weight.requires_grad_(True)
    gradient = torch.autograd.grad(model(input_ids=padded, labels=labels).loss, weight)[0]
    weight.requires_grad_(False)
    torch.testing.assert_close(scored["de"]["1.mlp.up"], (weight * gradient).abs().detach(), rtol=1e-3, atol=1e-7)


def test_scores_hold_every_matrix_in_its_canonical_shape(shop: Shop, scored: dict) -> None:
    description = shop.context.models.named(shop.model)
    inside = {m.name: m.shape for m in description.matrices if m.layer is not None}
    assert {name: tuple(tensor.shape) for name, tensor in scored["de"].items()} == inside


def test_a_region_holds_the_largest_stored_scores_of_each_matrix(shop: Shop, scored: dict) -> None:
    request = RegionRequest(region=region(shop))
    summary = shop.answer(request).summary
    masks = load_numpy(shop.context.store.path(shop.key(request)) / "mask.safetensors")
    assert "embed.token" not in masks
    for count in summary.matrices:
        total = (scored["de"][count.matrix] + scored["fr"][count.matrix]).numpy().ravel()
        bits = np.unpackbits(masks[count.matrix])[: total.size].astype(bool)
        assert count.total == total.size
        assert bits.sum() == count.selected == round(0.05 * total.size)
        if count.selected:
            assert total[bits].min() >= total[~bits].max()
    assert summary.n_selected == sum(count.selected for count in summary.matrices)


def test_thumbnails_show_where_the_region_sits(shop: Shop, scored: dict) -> None:
    request = RegionRequest(region=region(shop, fraction=0.1))
    shop.answer(request)
    folder = shop.context.store.path(shop.key(request))
    grid, masks = load_numpy(folder / "grid.safetensors"), load_numpy(folder / "mask.safetensors")
    assert set(grid) == {f"{what}/{name}" for what in ("density", "peak") for name in masks}
    density = grid["density/0.mlp.up"]  # 48 x 32: blocks of 2 x 1
    assert density.shape == THUMBNAIL
    bits = np.unpackbits(masks["0.mlp.up"])[: 48 * 32].reshape(24, 2, 32).mean(1)
    np.testing.assert_allclose(density / 255, bits, atol=0.01)
    assert grid["peak/0.mlp.up"].max() == 255


def test_a_global_region_may_take_whole_outside_parameters(shop: Shop) -> None:
    scores = ScoreSpec(model=shop.model, lines=SCORED, outside_layers=True)
    shop.answer(ImportanceRequest(scores=scores, language="de"))
    everywhere = RegionSpec(scores=scores, languages=("de",), fraction=0.05, scope=Scope.GLOBAL, kinds=ALL_KINDS)
    summary = shop.answer(RegionRequest(region=everywhere)).summary
    description = shop.context.models.named(shop.model)
    assert summary.n_total == description.n_parameters
    assert summary.n_selected == round(0.05 * summary.n_total)


def test_a_random_region_names_its_seed(shop: Shop, scored: dict) -> None:
    drawn = shop.answer(RegionRequest(region=region(shop), selection=Selection.RANDOM, seed=7))
    assert drawn.seed == 7
    assert shop.answer(RegionRequest(region=region(shop))).seed is None


@pytest.fixture(scope="session")
def table(shop: Shop, scored: dict):
    evaluation = EvaluationSpec(lines=MEASURED, languages=("de", "en"))
    before = checksum(shop.context.host.load(shop.model).model.parameters())
    shop.progress.notes.clear()
    outcome = shop.answer(RemovalRequest(region=region(shop), evaluation=evaluation, random_draws=2, seed=3))
    assert checksum(shop.context.host.load(shop.model).model.parameters()) == before
    return outcome


def test_the_removal_table_has_its_columns_and_languages(table, shop: Shop) -> None:
    assert [c.name for c in table.summary.conditions] == ["base", "top", "bottom", "random 1", "random 2"]
    assert all([row.language for row in c.rows] == ["de", "en"] for c in table.summary.conditions)
    base, top, bottom, *draws = (c.n_removed for c in table.summary.conditions)
    assert base == 0
    assert top == bottom == draws[0] == draws[1] > 0
    assert any(note.startswith("top 5 % of matrices, norms, biases removed · en") for note in shop.progress.notes)


def test_base_perplexity_is_the_naive_one(table, shop: Shop) -> None:
    loaded = shop.context.host.load(shop.model)
    texts = shop.context.corpora.named("small").texts(MEASURED, ("en",))["en"]
    nll, n_tokens = 0.0, 0
    with torch.no_grad():
        for text in texts:
            ids = torch.tensor([[256, *text.encode()]])
            loss = loaded.model(input_ids=ids, labels=ids).loss.item()
            nll, n_tokens = nll + loss * (ids.shape[1] - 1), n_tokens + ids.shape[1] - 1
    row = table.summary.conditions[0].rows[1]
    assert (row.n_tokens, row.n_samples) == (n_tokens, len(texts))
    assert row.n_bytes == sum(len(text.encode()) for text in texts)
    assert row.perplexity == pytest.approx(math.exp(nll / n_tokens), rel=1e-5)
    assert row.bits_per_byte == pytest.approx(nll / math.log(2) / row.n_bytes, rel=1e-5)


def test_removal_says_its_rules(table) -> None:
    assert {"perplexity", "bos", "token_budget", "scores", "ties", "random"} <= set(table.rules)
    assert table.seed == 3


def test_a_token_budget_cuts_the_last_sample(shop: Shop, scored: dict) -> None:
    evaluation = EvaluationSpec(lines=MEASURED, languages=("en",), max_tokens_per_language=20)
    base = shop.answer(RemovalRequest(region=region(shop), evaluation=evaluation, random_draws=0)).summary.conditions[0]
    assert base.rows[0].n_tokens == base.rows[0].n_bytes == 20  # one byte a token


def test_windows_longer_than_the_context_are_refused(shop: Shop, scored: dict) -> None:
    evaluation = EvaluationSpec(lines=MEASURED, languages=("en",), rule=PerplexityRule.WINDOWS_2048)
    with pytest.raises(AnalysisError) as caught:
        shop.answer(RemovalRequest(region=region(shop), evaluation=evaluation))
    assert caught.value.code == "too_little_text"


def test_scores_that_were_not_computed_are_named(shop: Shop) -> None:
    from workers.handlers.scores import stored_scores

    with pytest.raises(KnownError) as caught:
        stored_scores(type("T", (), {"inputs": {}})(), shop.context, [], languages=("xx",))
    assert caught.value.problem.code == "input_missing"
    assert "xx" in caught.value.problem.detail
