"""Structured removal: every cell is a perplexity of its own, the table collects them (Tables 3, 7, 8)."""

from __future__ import annotations

import pytest
import torch

from backend.contracts.building import all_inputs
from backend.contracts.requests import (
    DimensionRanking,
    EvaluationSpec,
    Lines,
    PerplexityRequest,
    RegionRequest,
    RegionSpec,
    RemoveDimensions,
    Request,
    ScoreSpec,
    StructuredRemovalRequest,
)
from backend.contracts.results import PerplexitySummary, StructuredRemovalSummary
from backend.contracts.vocabulary import DimensionSetting, Rank, Side
from tests.fakes import ARCHITECTURES
from tests.workers.handlers.shop import Shop
from workers.analysis.checksum import checksum
from workers.analysis.dimensions import held
from workers.context import Outcome
from workers.handlers.regions_read import StoredMasks

EVALUATION = EvaluationSpec(lines=Lines(corpus="small", start=4, stop=8), languages=("de", "fr"))


def answered(shop: Shop, request: Request) -> Outcome:
    """The answer, after those it is built on."""
    for needed in all_inputs(request):
        if not shop.context.store.has(shop.key(needed)):
            shop.answer(needed)
    return shop.answer(request)


def ranking(shop: Shop, setting: DimensionSetting, **changes: object) -> DimensionRanking:
    scores = ScoreSpec(model=shop.model, lines=Lines(corpus="small", start=0, stop=4))
    region = RegionRequest(region=RegionSpec(scores=scores, languages=("de",), fraction=0.05))
    return DimensionRanking.model_validate({"region": region, "setting": setting, **changes})


def masks_of(shop: Shop, region: RegionRequest) -> StoredMasks:
    views = shop.context.host.load(shop.model).views
    return StoredMasks(shop.context.store.path(shop.key(region)) / "mask.safetensors", views)


@pytest.mark.parametrize("setting", DimensionSetting)
def test_the_table_has_every_cell_and_the_base(shop: Shop, setting: DimensionSetting) -> None:
    model = shop.context.host.load(shop.model).model
    before = checksum(model.parameters())
    request = StructuredRemovalRequest(ranking=ranking(shop, setting), counts=(1, 3), evaluation=EVALUATION)
    outcome = answered(shop, request)
    found = outcome.summary
    assert isinstance(found, StructuredRemovalSummary)
    assert [(cell.count, cell.rank.value) for cell in found.cells] == [
        (count, rank) for count in (1, 3) for rank in ("top", "middle", "bottom", "random")
    ]
    assert [row.language for row in found.base] == ["de", "fr"]
    n_matrices = 2 * len(setting.sides)
    held_by = {}
    for cell in found.cells:
        assert cell.rows != found.base
        assert cell.n_removed > 0
        assert len(cell.dimensions) == n_matrices
        for taken in cell.dimensions:
            assert taken.side is setting.sides[taken.matrix.partition(".")[2]]
            assert len(taken.indices) == len(taken.counts) == cell.count
        held_by[cell.count, cell.rank] = sum(sum(taken.counts) for taken in cell.dimensions)
    assert all(held_by[count, Rank.TOP] >= n for (count, _), n in held_by.items())
    assert checksum(model.parameters()) == before
    assert outcome.dtype == "float32"
    assert "perplexity" in outcome.rules


def test_a_cell_zeroes_what_a_naive_ranking_names(shop: Shop) -> None:
    setting = DimensionSetting.HEAD_AND_DOWN
    change = RemoveDimensions(ranking=ranking(shop, setting), rank=Rank.TOP, count=2)
    request = PerplexityRequest(model=shop.model, evaluation=EVALUATION, change=change)
    found = answered(shop, request).summary
    assert isinstance(found, PerplexitySummary)
    masks = masks_of(shop, change.ranking.region)
    views = {view.name: view for view in shop.context.host.load(shop.model).views}
    n_changed = 0
    for taken in found.dimensions:
        view = views[taken.matrix]
        axis = view.sides.index(taken.side.value)
        counts = held(masks[taken.matrix], axis).tolist()
        assert list(taken.indices) == sorted(range(len(counts)), key=lambda index: (-counts[index], index))[:2]
        assert list(taken.counts) == sorted(counts, reverse=True)[:2]
        n_changed += 2 * torch.Size(view.shape).numel() // view.shape[axis]
    assert found.n_changed == n_changed
    assert found.note.startswith(
        "top 2 dimensions of the head side of attn.q, attn.k, attn.v, attn.o and the residual side of mlp.down in 10 "
    )
    assert "every matrix by its own" in found.note


def test_one_ranking_for_all_matrices_when_shared(shop: Shop) -> None:
    change = RemoveDimensions(
        ranking=ranking(shop, DimensionSetting.RESIDUAL_AND_DOWN, shared=True), rank=Rank.RANDOM, count=3, seed=5
    )
    request = PerplexityRequest(model=shop.model, evaluation=EVALUATION, change=change)
    found = answered(shop, request).summary
    assert isinstance(found, PerplexitySummary)
    assert len({taken.indices for taken in found.dimensions}) == 1
    assert "drawn with seed 5" in found.note


def test_heads_hold_what_the_masks_say(shop: Shop) -> None:
    request = StructuredRemovalRequest(
        ranking=ranking(shop, DimensionSetting.HEAD), counts=(1,), ranks=(Rank.TOP,), evaluation=EVALUATION
    )
    found = answered(shop, request).summary
    assert isinstance(found, StructuredRemovalSummary)
    masks = masks_of(shop, request.ranking.region)
    assert len(found.heads) == 2 * (4 + 4 + 2 + 2)
    assert [head.selected for head in found.heads] == sorted((head.selected for head in found.heads), reverse=True)
    for head in found.heads:
        mask = masks[f"{head.layer}.{head.kind.value}"]
        rows = mask.T if head.kind.value == "attn.o" else mask
        assert head.selected == int(rows[8 * head.head : 8 * head.head + 8].sum())
        assert head.total == 8 * 32


def test_a_region_deleted_since_costs_the_heads_alone(shop: Shop) -> None:
    request = StructuredRemovalRequest(
        ranking=ranking(shop, DimensionSetting.HEAD), counts=(2,), ranks=(Rank.TOP,), evaluation=EVALUATION
    )
    answered(shop, request)
    shop.context.store.delete(shop.key(request.ranking.region))
    shop.context.store.delete(shop.key(request))
    found = shop.answer(request).summary
    assert isinstance(found, StructuredRemovalSummary)
    assert (found.heads, len(found.cells)) == ((), 1)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_architecture_has_both_settings(architecture: str, tmp_path) -> None:
    shop = Shop(tmp_path, architecture)
    for setting in (DimensionSetting.HEAD_AND_DOWN, DimensionSetting.RESIDUAL):
        request = StructuredRemovalRequest(ranking=ranking(shop, setting), counts=(2,), evaluation=EVALUATION)
        found = answered(shop, request).summary
        assert isinstance(found, StructuredRemovalSummary)
        assert len({cell.rows for cell in found.cells} | {found.base}) > 1
        assert bool(found.heads) is (Side.HEAD in setting.sides.values())
