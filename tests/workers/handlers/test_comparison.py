"""Comparisons through the real handler: tiny models against each other, with and without a region."""

from __future__ import annotations

import pytest
import torch
from pydantic import ValidationError
from safetensors.torch import load_file

from backend.contracts.comparison import ComparisonRequest, ComparisonSummary
from backend.contracts.regions import RegionRequest
from backend.contracts.requests import OpenModelRequest
from backend.contracts.specs import RegionSpec, ScoreSpec
from backend.contracts.vocabulary import Selection
from tests.fakes import write_model
from tests.workers.handlers.shop import Shop


@pytest.fixture(scope="module")
def others(shop: Shop) -> dict[str, str]:
    """Names of further opened models: another seed, a copy, one of other sizes, one of another family."""
    given = shop.model_folder.parent
    folders = {
        "seed": write_model(given / "seed", seed=1),
        "copy": write_model(given / "copy"),
        "wide": write_model(given / "wide", intermediate_size=64),
        "gpt2": write_model(given / "gpt2", "gpt2"),
    }
    return {name: shop.answer(OpenModelRequest(source=str(folder))).model or "" for name, folder in folders.items()}


def compared(shop: Shop, other: str, region: RegionRequest | None = None) -> ComparisonSummary:
    found = shop.answer(ComparisonRequest(model=shop.model, other=other, region=region)).summary
    assert isinstance(found, ComparisonSummary)
    return found


def test_every_matrix_is_told_and_the_whole_is_the_files(shop: Shop, others: dict[str, str]) -> None:
    summary = compared(shop, others["seed"])
    assert [one.matrix for one in summary.matrices] == [
        view.name for view in shop.context.models.named(shop.model).matrices
    ]
    assert summary.not_compared == ()
    a, b = (load_file(shop.model_folder.parent / name / "model.safetensors") for name in ("tiny", "seed"))
    change = sum(float((b[name].double() - a[name].double()).square().sum()) for name in a)
    norm = sum(float(a[name].double().square().sum()) for name in a)
    assert summary.relative == pytest.approx((change / norm) ** 0.5)
    q = next(one for one in summary.matrices if one.matrix == "1.attn.q")
    name = "model.layers.1.self_attn.q_proj.weight"
    assert q.relative == pytest.approx(float((b[name] - a[name]).norm() / a[name].norm()), rel=1e-5)
    assert q.largest == pytest.approx(float((b[name] - a[name]).abs().max()))
    assert abs(float(b[name][q.largest_at] - a[name][q.largest_at])) == pytest.approx(q.largest)


def test_a_copy_has_not_moved(shop: Shop, others: dict[str, str]) -> None:
    summary = compared(shop, others["copy"])
    assert summary.relative == summary.largest == 0.0
    assert all(one.n_changed == 0 and one.cosine == pytest.approx(1.0) for one in summary.matrices)


def test_the_region_says_how_much_of_the_movement_it_holds(shop: Shop, others: dict[str, str]) -> None:
    spec = RegionSpec(scores=ScoreSpec(model=shop.model), languages=("de",), fraction=0.25)
    region = RegionRequest(region=spec, selection=Selection.RANDOM, seed=3)
    summary = compared(shop, others["seed"], region)
    assert summary.share_of_parameters == pytest.approx(0.25, abs=0.01)
    assert summary.share_inside == pytest.approx(0.25, abs=0.05)  # a random region moves as the rest does
    outside = next(one for one in summary.matrices if one.layer is None)
    assert outside.n_inside is None and outside.moved_inside is None
    inside = next(one for one in summary.matrices if one.matrix == "0.mlp.up")
    assert inside.n_inside == round(0.25 * inside.n_parameters)
    assert 0 < inside.moved_inside < inside.moved


@pytest.mark.parametrize("name", ["wide", "gpt2"])
def test_models_of_other_shapes_share_what_they_share(shop: Shop, others: dict[str, str], name: str) -> None:
    summary = compared(shop, others[name])
    told = {one.matrix: one for one in summary.not_compared}
    if name == "wide":
        assert told["0.mlp.up"].reason == "48 x 32 here, 64 x 32 there"
    if name == "gpt2":
        assert told["0.mlp.gate"].reason == f"only {shop.model} has it"
        assert told["embed.position"].left is None
    assert {one.matrix for one in summary.matrices} >= {"0.attn.q", "embed.token"}
    both = {one.matrix for one in summary.matrices} | set(told)
    models = (shop.context.models.named(one) for one in (shop.model, others[name]))
    assert both == {view.name for model in models for view in model.matrices}


def test_the_key_names_both_models_by_what_they_are(shop: Shop, others: dict[str, str]) -> None:
    keys = {name: shop.key(ComparisonRequest(model=shop.model, other=others[name])) for name in ("seed", "wide")}
    assert keys["seed"] != keys["wide"]
    back = shop.key(ComparisonRequest(model=others["seed"], other=shop.model))
    assert back != keys["seed"]
    from_copy = shop.key(ComparisonRequest(model=others["copy"], other=others["seed"]))
    assert from_copy == keys["seed"]  # a copy of A by another name asks the same


def test_a_model_is_not_compared_with_itself_nor_with_a_region_of_another() -> None:
    with pytest.raises(ValidationError, match="compare it with another"):
        ComparisonRequest(model="a", other="a")
    region = RegionRequest(region=RegionSpec(scores=ScoreSpec(model="b"), languages=("de",)))
    with pytest.raises(ValidationError, match="region is of 'b'"):
        ComparisonRequest(model="a", other="b", region=region)


def test_a_broken_weight_is_told_as_no_number(shop: Shop, others: dict[str, str]) -> None:
    from transformers import AutoModelForCausalLM

    folder = shop.model_folder.parent / "broken"
    write_model(folder)
    model = AutoModelForCausalLM.from_pretrained(folder)
    with torch.no_grad():
        model.model.norm.weight[3] = float("nan")
    model.save_pretrained(folder)
    name = shop.answer(OpenModelRequest(source=str(folder))).model or ""
    summary = compared(shop, name)
    broken = next(one for one in summary.matrices if one.matrix == "norm.final")
    assert broken.largest is None and broken.largest_at == (3,) and broken.n_changed == 1
