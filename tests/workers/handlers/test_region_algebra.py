"""Regions and their combinations through their handlers, against Python sets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file
from safetensors.torch import save_file

from backend.artifacts.manifests import sealed
from backend.artifacts.results import MANIFEST, checksums_of
from backend.contracts.problems import KnownError
from backend.contracts.regions import (
    CombinedRegionRequest,
    Complement,
    Difference,
    Expression,
    Intersection,
    RankedLeaf,
    RegionRequest,
    Union_,
    monolingual,
)
from backend.contracts.requests import ImportanceRequest, Lines, RegionSpec, Request, ScoreSpec
from backend.contracts.specs import ALL_KINDS
from backend.contracts.vocabulary import Scope, Selection
from tests.workers.handlers.shop import Shop
from workers.analysis.errors import AnalysisError

SCORED = Lines(corpus="small", start=0, stop=4)


def leaf(shop: Shop, language: str, selection: Selection = Selection.TOP, **changes: object) -> RankedLeaf:
    scores = ScoreSpec(model=shop.model, lines=SCORED)
    spec = {"scores": scores, "languages": (language,), "fraction": 0.2, "kinds": ALL_KINDS, **changes}
    return RankedLeaf(region=RegionRequest(region=RegionSpec.model_validate(spec), selection=selection))


def cells(shop: Shop, request: Request) -> set[tuple[str, int]]:
    """Every parameter of a stored region."""
    if not shop.context.store.has(shop.key(request)):
        shop.answer(request)
    masks = load_file(shop.context.store.path(shop.key(request)) / "mask.safetensors")
    return {(name, int(cell)) for name, bits in masks.items() for cell in np.flatnonzero(np.unpackbits(bits))}


def combined(shop: Shop, expression: Expression) -> set[tuple[str, int]]:
    return cells(shop, CombinedRegionRequest(expression=expression))


def everything(shop: Shop) -> set[tuple[str, int]]:
    matrices = shop.context.models.named(shop.model).matrices
    return {(m.name, cell) for m in matrices if m.layer is not None for cell in range(int(np.prod(m.shape)))}


def test_the_algebra_is_that_of_sets(shop: Shop) -> None:
    de, en, fr = (leaf(shop, language) for language in ("de", "en", "fr"))
    a, b, c = (cells(shop, one.region) for one in (de, en, fr))
    assert combined(shop, Union_(of=(de, en, fr))) == a | b | c
    assert combined(shop, Intersection(of=(de, en, fr))) == a & b & c
    assert combined(shop, Difference(of=(de, en, fr))) == a - b - c
    assert combined(shop, Complement(of=de)) == everything(shop) - a
    nested = Difference(of=(Complement(of=Union_(of=(de, en))), Complement(of=Complement(of=fr))))
    assert combined(shop, nested) == everything(shop) - (a | b) - c


def test_a_monolingual_region_is_equation_5(shop: Shop) -> None:
    spec = leaf(shop, "de").region.region
    request = monolingual(spec, "fr", others=("de", "en", "fr"))
    outcome = shop.answer(request)
    found = cells(shop, request)
    naive = cells(shop, leaf(shop, "fr").region)
    for other in ("de", "en"):
        for end in (Selection.TOP, Selection.BOTTOM):
            taken_out = cells(shop, leaf(shop, other, end).region)
            naive -= taken_out
            assert not found & taken_out
    assert found == naive
    assert outcome.summary.n_selected == len(found)
    assert outcome.summary.formula == (
        "top 20 % fr [with norms] − (top 20 % de [with norms] ∪ bottom 20 % de [with norms] ∪ "
        "top 20 % en [with norms] ∪ bottom 20 % en [with norms])"
    )
    assert outcome.rules["formula"] == outcome.summary.formula


def test_regions_of_different_cover_are_refused(shop: Shop) -> None:
    outside = ScoreSpec(model=shop.model, lines=SCORED, outside_layers=True)
    expression = Union_(of=(leaf(shop, "de"), leaf(shop, "de", scores=outside)))
    with pytest.raises(KnownError) as caught:
        combined(shop, expression)
    assert caught.value.problem.code == "different_cover"
    assert "embed.token" in caught.value.problem.detail


def test_an_expression_that_holds_nothing_is_refused_and_not_stored(shop: Shop) -> None:
    request = CombinedRegionRequest(expression=Difference(of=(leaf(shop, "de"), leaf(shop, "de"))))
    with pytest.raises(AnalysisError) as caught:
        shop.answer(request)
    assert caught.value.code == "empty_selection"
    assert not shop.context.store.has(shop.key(request))
    assert not [path for path in shop.context.store.root.iterdir() if path.name.startswith(".writing")]


def test_a_fraction_that_selects_nothing_is_refused(shop: Shop) -> None:
    for selection in (Selection.TOP, Selection.RANDOM):
        request = leaf(shop, "de", selection, fraction=1e-9).region
        with pytest.raises(AnalysisError, match="selects none"):
            shop.answer(request)
        assert not shop.context.store.has(shop.key(request))


@pytest.mark.parametrize("scope", list(Scope))
def test_random_regions_need_no_scores(tmp_path: Path, scope: Scope) -> None:
    shop = Shop(tmp_path)
    summary = shop.answer(leaf(shop, "de", Selection.RANDOM, scope=scope).region).summary
    if scope is Scope.GLOBAL:
        assert summary.n_selected == round(0.2 * summary.n_total)
    else:
        assert all(one.selected == round(0.2 * one.total) for one in summary.matrices)
    newest_first = shop.context.store.keys()
    assert [shop.context.store.manifest(key).request.kind for key in newest_first] == ["region", "open_model"]


def test_the_middle_lies_between_top_and_bottom(shop: Shop) -> None:
    top, middle, bottom = (cells(shop, leaf(shop, "de", end).region) for end in ("top", "middle", "bottom"))
    assert len(middle) == len(top)
    assert not middle & (top | bottom)


def test_a_snapshot_is_read_from_its_own_file(shop: Shop) -> None:
    scores = ScoreSpec(model=shop.model, lines=SCORED, snapshots=(2,))
    first_two = ScoreSpec(model=shop.model, lines=Lines(corpus="small", start=0, stop=2))
    at_two = cells(shop, leaf(shop, "de", scores=scores, snapshot=2).region)
    assert at_two == cells(shop, leaf(shop, "de", scores=first_two).region)
    assert at_two != cells(shop, leaf(shop, "de", scores=scores).region)


def test_scores_that_are_no_numbers_are_refused_by_name(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    request = leaf(shop, "de").region
    scored = ImportanceRequest(scores=request.region.scores, language="de")
    shop.answer(scored)
    file = shop.context.store.path(shop.key(scored)) / "scores.safetensors"
    broken = {name: torch.from_numpy(array) for name, array in load_file(file).items()}
    broken["1.mlp.up"][3, 4] = float("nan")
    save_file(broken, file)
    stored = shop.context.store.manifest(file.parent.name)
    written = sealed(stored.model_copy(update={"checksums": checksums_of(file.parent)}))
    (file.parent / MANIFEST).write_text(written.model_dump_json(), encoding="utf-8")
    with pytest.raises(AnalysisError, match=r"scores of 1\.mlp\.up hold NaN"):
        shop.answer(request)
    assert not shop.context.store.has(shop.key(request))
