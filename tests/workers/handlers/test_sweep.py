"""A sweep measures one change after the other, exactly as a perturbation of its own would."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import pytest

from backend.contracts.requests import (
    Edit,
    EvaluationSpec,
    ImportanceRequest,
    Lines,
    PerturbationRequest,
    RegionRequest,
    RegionSpec,
    ScoreSpec,
    SweepRequest,
)
from backend.contracts.results import PerplexityRow, PerturbationSummary, SweepSummary
from backend.contracts.vocabulary import Side
from tests.workers.handlers.shop import Shop
from workers.analysis.checksum import checksum
from workers.analysis.errors import AnalysisError
from workers.handlers.regions_read import StoredMasks
from workers.progress import JobCancelled

EVALUATION = EvaluationSpec(lines=Lines(corpus="small", start=4, stop=8), languages=("de", "en"))


def request(shop: Shop, targets: dict, **changes: object) -> SweepRequest:
    return SweepRequest.model_validate({"model": shop.model, "targets": targets, "evaluation": EVALUATION, **changes})


def swept(shop: Shop, targets: dict, **changes: object) -> SweepSummary:
    summary = shop.answer(request(shop, targets, **changes)).summary
    assert isinstance(summary, SweepSummary)
    return summary


def dimensions(**changes: object) -> dict:
    return {"over": "dimensions", "n_top": 0, "n_random": 0, **changes}


def alone(shop: Shop, where: dict, **action: object) -> tuple[PerplexityRow, ...]:
    """The same change as a perturbation."""
    edit = Edit.model_validate({"where": where, **action})
    summary = shop.answer(PerturbationRequest(model=shop.model, edits=(edit,), evaluation=EVALUATION)).summary
    assert isinstance(summary, PerturbationSummary)
    return summary.perplexity_perturbed


@pytest.fixture(scope="module")
def region(shop: Shop) -> RegionRequest:
    scores = ScoreSpec(model=shop.model, lines=Lines(corpus="small", start=0, stop=4))
    shop.answer(ImportanceRequest(scores=scores, language="de"))
    question = RegionRequest(region=RegionSpec(scores=scores, languages=("de",), fraction=0.05))
    shop.answer(question)
    return question


@pytest.mark.parametrize(
    "action", [{"action": "random", "seed": 3}, {"action": "zero"}, {"action": "scale", "factor": 4.0}]
)
def test_every_point_is_what_a_perturbation_alone_gives(shop: Shop, action: dict) -> None:
    for place in ({}, {"layers": {"first": 1, "last": 1}}, {"side": "neuron", "kinds": ["mlp.down"]}):
        found = swept(shop, dimensions(indices=[7, 2], **place), **action)
        assert [(point.index, point.group) for point in found.points] == [(7, "given"), (2, "given")]
        for point in found.points:
            assert point.rows == alone(shop, {"target": "dimension", "index": point.index, **place}, **action)
            assert point.rows != found.base


def test_the_weights_are_back_and_the_base_is_the_unchanged_model(shop: Shop) -> None:
    model = shop.context.host.load(shop.model).model
    before = checksum(model.parameters())
    found = swept(shop, dimensions(indices=[0], n_random=2), action="zero")
    assert checksum(model.parameters()) == before
    assert found.base == swept(shop, {"over": "scalars", "matrix": "0.norm.input", "indices": [1]}, action="zero").base
    assert found.sentence.startswith("residual dimension, one at a time, in attn.q")
    assert found.sentence.endswith("each): set to 0")


def test_top_random_and_given_dimensions(shop: Shop, region: RegionRequest) -> None:
    found = swept(shop, dimensions(indices=[4, 4], ranking=region, n_top=3, n_random=5, kinds=["attn.o"]))
    views = shop.context.host.load(shop.model).views
    masks = StoredMasks(shop.context.store.path(shop.key(region)) / "mask.safetensors", views)
    counts = [0] * 32
    for view in views:
        if view.layer is not None and "residual" in view.sides:
            for index, line in enumerate(masks[view.name].movedim(view.sides.index("residual"), 0)):
                counts[index] += int(line.sum())
    top = sorted(range(32), key=lambda index: (-counts[index], index))[:3]
    by_group = {group: [p.index for p in found.points if p.group == group] for group in ("given", "top", "random")}
    assert by_group["given"] == [4]
    assert by_group["top"] == top
    assert len(set(by_group["random"])) == 5
    assert not set(by_group["random"]) & {4, *top}
    again = swept(shop, dimensions(indices=top[:1], ranking=region, n_top=1, n_random=0, kinds=["attn.o"]))
    assert [point.group for point in again.points] == ["given", "top"]
    assert again.points[0].rows == again.points[1].rows


def test_all_scalars_of_a_norm_with_what_was_there(shop: Shop) -> None:
    found = swept(shop, {"over": "scalars", "matrix": "1.norm.input"}, action="scale", factor=10.0)
    model = shop.context.host.load(shop.model).model
    weight = model.model.layers[1].input_layernorm.weight
    assert [(point.index, point.group) for point in found.points] == [(index, "all") for index in range(32)]
    assert [point.before for point in found.points] == weight.tolist()
    assert [point.after for point in found.points] == pytest.approx((weight * 10).tolist())
    assert {point.n_parameters for point in found.points} == {1}
    where = {"target": "scalar", "matrix": "1.norm.input", "index": [9]}
    assert found.points[9].rows == alone(shop, where, action="scale", factor=10.0)


def test_reset_of_a_gemma_norm_is_an_effective_scale_of_one(tmp_path) -> None:
    shop = Shop(tmp_path, "gemma3_text")
    weight = shop.context.host.load(shop.model).model.model.layers[1].input_layernorm.weight
    outcome = shop.answer(request(shop, {"over": "scalars", "matrix": "1.norm.input", "indices": [3]}, action="reset"))
    (point,) = outcome.summary.points
    assert (point.before, point.after) == (pytest.approx(weight[3].item() + 1), 1.0)
    assert "an effective norm scale of 1; the norms among them scale by 1 + weight" in outcome.summary.sentence
    assert "reset writes w = 0" in outcome.rules["reset"]


def test_what_breaks_the_model_is_told_as_none(shop: Shop) -> None:
    found = swept(shop, {"over": "scalars", "matrix": "1.norm.post", "indices": [0]}, action="set", value=3e38)
    assert all(row.perplexity is None and row.nll is None for row in found.points[0].rows)
    assert all(row.perplexity is not None and math.isfinite(row.perplexity) for row in found.base)


@pytest.mark.parametrize(
    ("targets", "action", "code"),
    [
        ({"over": "scalars", "matrix": "1.attn.q"}, "zero", "not_a_vector"),
        ({"over": "scalars", "matrix": "7.norm.input"}, "zero", "not_a_vector"),
        ({"over": "scalars", "matrix": "1.norm.input", "indices": [32]}, "zero", "index_out_of_range"),
        (dimensions(indices=[32]), "zero", "index_out_of_range"),
        (dimensions(indices=[0]), "reset", "no_initial_value"),
        (dimensions(indices=[0], n_random=32), "zero", "too_many_dimensions"),
    ],
)
def test_what_is_not_there_is_refused_before_anything_is_measured(
    shop: Shop, targets: dict, action: str, code: str
) -> None:
    with pytest.raises(AnalysisError) as caught:
        swept(shop, targets, action=action)
    assert caught.value.code == code


def test_a_stop_within_a_point_leaves_the_weights_as_they_were(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    model = shop.context.host.load(shop.model).model
    before, units = checksum(model.parameters()), []

    def track(items: Iterable, total: int, unit: str, note: str = "") -> Iterator:
        units.append((unit, total))
        yield from items

    def stopped(*_: object, **__: object) -> None:
        assert checksum(model.parameters()) != before
        raise JobCancelled

    swept(shop, dimensions(indices=[1]), action="zero")  # the base is known from now on
    monkeypatch.setattr(shop.progress, "track", track)
    monkeypatch.setattr("workers.handlers.perplexities.measure", stopped)
    with pytest.raises(JobCancelled):
        swept(shop, dimensions(indices=[5, 6]), action="zero")
    assert units == [("dimensions", 2)]
    assert checksum(model.parameters()) == before


def test_a_head_channel_counts_along_its_own_side(shop: Shop) -> None:
    found = swept(shop, dimensions(side=Side.HEAD, indices=[31, 0]), action="zero")
    assert [point.n_parameters for point in found.points] == [2 * 2 * 32, 2 * 4 * 32]
