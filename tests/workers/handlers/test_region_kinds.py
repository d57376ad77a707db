"""Regions of matrices alone and with norms, through their handlers, against Python sets and hand-zeroed weights."""

from __future__ import annotations

import numpy as np
import pytest
from safetensors.numpy import load_file

from backend.artifacts.region_algebra import kind_of
from backend.contracts.problems import KnownError
from backend.contracts.regions import CombinedRegionRequest, Complement, RankedLeaf, Union_
from backend.contracts.requests import (
    EvaluationSpec,
    ImportanceRequest,
    Lines,
    RegionRequest,
    RegionSpec,
    RemovalRequest,
    Request,
    ScoreSpec,
)
from backend.contracts.results import PerplexitySummary, RemovalSummary
from backend.contracts.specs import ALL_KINDS, holds
from backend.contracts.vocabulary import Scope, Selection, group_of
from backend.jobs.region_checks import check_region
from tests.workers.handlers.shop import Shop
from workers.analysis.errors import AnalysisError

LINES = Lines(corpus="small", start=0, stop=4)
EVALUATION = EvaluationSpec(lines=Lines(corpus="small", start=4, stop=8), languages=("de",))
Cells = set[tuple[str, int]]


def spec(shop: Shop, **changes: object) -> RegionSpec:
    scores = ScoreSpec(model=shop.model, lines=LINES)
    return RegionSpec.model_validate({"scores": scores, "languages": ("de",), "fraction": 0.1, **changes})


def cells(shop: Shop, request: Request) -> Cells:
    masks = load_file(shop.context.store.path(shop.key(request)) / "mask.safetensors")
    return {(name, int(cell)) for name, bits in masks.items() for cell in np.flatnonzero(np.unpackbits(bits))}


@pytest.fixture(scope="module", params=["llama", "gemma3_text", "gpt2"])
def any_shop(request, tmp_path_factory) -> Shop:
    shop = Shop(tmp_path_factory.mktemp(request.param), request.param)
    shop.answer(ImportanceRequest(scores=ScoreSpec(model=shop.model, lines=LINES), language="de"))
    return shop


@pytest.mark.parametrize("scope", list(Scope))
@pytest.mark.parametrize("selection", list(Selection))
def test_a_region_holds_its_share_of_its_kinds_and_nothing_of_others(any_shop: Shop, selection, scope) -> None:
    for kinds in (("matrices",), ("norms",), ("attn.q", "mlp.down", "norm.input"), ALL_KINDS):
        asked = RegionRequest(region=spec(any_shop, kinds=kinds, scope=scope), selection=selection)
        summary = any_shop.answer(asked).summary
        held = [one for one in summary.matrices if holds(asked.region.kinds, kind_of(one.matrix))]
        assert summary.n_total == sum(one.total for one in held)
        assert all(one.selected == 0 for one in summary.matrices if one not in held)
        if scope is Scope.PER_MATRIX:
            assert all(one.selected == round(0.1 * one.total) for one in held)
        else:
            assert summary.n_selected == round(0.1 * summary.n_total)


def test_the_whole_region_is_the_matrices_and_the_norms_and_the_biases(any_shop: Shop) -> None:
    """Per matrix, each share is of its own: norms neither take nor give room."""
    parts: Cells = set()
    for group in ("matrices", "norms", "biases"):
        one = RegionRequest(region=spec(any_shop, kinds=(group,)))
        views = any_shop.context.models.named(any_shop.model).matrices
        if not any(group_of(view.kind) == group and view.layer is not None for view in views):
            with pytest.raises(AnalysisError, match="no scored parameter of biases"):
                any_shop.answer(one)
            with pytest.raises(KnownError, match="no scored parameter of biases"):
                check_region(one.region, any_shop.context.models.named(any_shop.model))
            continue
        any_shop.answer(one)
        found = cells(any_shop, one)
        assert {group_of(kind_of(name)) for name, _ in found} == {group}
        parts |= found
    whole = RegionRequest(region=spec(any_shop, kinds=ALL_KINDS))
    any_shop.answer(whole)
    assert cells(any_shop, whole) == parts


def test_regions_of_different_kinds_are_combined_and_a_complement_keeps_to_its_kinds(any_shop: Shop) -> None:
    alone, norms = (RankedLeaf(region=RegionRequest(region=spec(any_shop, kinds=(k,)))) for k in ("matrices", "norms"))
    for one in (alone, norms):
        any_shop.answer(one.region)
    a, b = cells(any_shop, alone.region), cells(any_shop, norms.region)
    both = CombinedRegionRequest(expression=Union_(of=(alone, norms)))
    assert any_shop.answer(both).summary.n_selected == len(a | b)
    assert cells(any_shop, both) == a | b
    outside = CombinedRegionRequest(expression=Complement(of=alone))
    summary = any_shop.answer(outside).summary
    found = cells(any_shop, outside)
    assert not found & a and {group_of(kind_of(name)) for name, _ in found} == {"matrices"}
    assert len(found) + len(a) == summary.n_total


def test_a_table_shows_both_and_says_what_zero_means_to_a_norm(any_shop: Shop) -> None:
    asked = RemovalRequest(region=spec(any_shop), evaluation=EVALUATION, random_draws=1)
    outcome = any_shop.answer(asked)
    assert isinstance(outcome.summary, RemovalSummary)
    found = {one.name: one for one in outcome.summary.conditions}
    assert list(found) == [
        "base", "top", "bottom", "random 1", "top with norms", "bottom with norms", "random 1 with norms",
    ]  # fmt: skip
    vectors = [v for v in any_shop.context.models.named(any_shop.model).matrices if v.layer is not None]
    few = sum(round(0.1 * int(np.prod(v.shape))) for v in vectors if group_of(v.kind) != "matrices")
    assert found["bottom with norms"].n_removed - found["bottom"].n_removed == few > 0
    assert found["bottom with norms"].rows != found["bottom"].rows
    assert "the same share of every norm and bias" in outcome.rules["norms"]
    assert ("a scale of 1, not of 0" in outcome.rules["norms"]) == _adds(any_shop)


def test_a_column_counts_the_norms_whose_scale_is_one(any_shop: Shop) -> None:
    asked = RemovalRequest(region=spec(any_shop), evaluation=EVALUATION, random_draws=1)
    inputs = any_shop.context.store.manifest(any_shop.key(asked)).inputs if _stored(any_shop, asked) else {}
    notes = {}
    for name, key in inputs.items():
        summary = any_shop.context.store.manifest(key).summary
        assert isinstance(summary, PerplexitySummary)
        notes[name] = summary.note
    assert "1 + w" not in notes["top"]
    assert ("of them are weights of norms that multiply by 1 + w" in notes["top with norms"]) == _adds(any_shop)
    assert "top 10 % of matrices, norms, biases" in notes["top with norms"]


def _adds(shop: Shop) -> bool:
    """Whether the architecture's norms multiply by 1 + w."""
    return any(view.scale_offset for view in shop.context.host.load(shop.model).views)


def _stored(shop: Shop, request: Request) -> bool:
    if not shop.context.store.has(shop.key(request)):
        shop.answer(request)
    return True
