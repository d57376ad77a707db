"""Estimators against Eq. 2 through the handler."""

from __future__ import annotations

import pytest
import torch
from pydantic import ValidationError
from safetensors.torch import load_file

from backend.contracts.requests import FaithfulnessRequest, ImportanceRequest, Lines, ScoreSpec
from backend.contracts.results import FaithfulnessSummary
from backend.contracts.vocabulary import Estimator
from tests.workers.handlers.shop import Shop
from workers.analysis.checksum import checksum
from workers.analysis.rank_agreement import spearman
from workers.handlers import faithfulness

ESTIMATORS = (Estimator.TAYLOR, Estimator.MAGNITUDE, Estimator.WANDA)


def asked(shop: Shop, **changes: object) -> FaithfulnessRequest:
    specs = [ScoreSpec(model=shop.model, lines=Lines(corpus="small", start=0, stop=4), estimator=e) for e in ESTIMATORS]
    given = {"estimators": specs, "language": "de", "n_samples": 4, "n_parameters": 40, "seed": 5, **changes}
    return FaithfulnessRequest.model_validate(given)


@pytest.fixture(scope="module")
def checked(shop: Shop):
    before = checksum(shop.context.host.load(shop.model).model.parameters())
    outcome = shop.answer(asked(shop))
    assert checksum(shop.context.host.load(shop.model).model.parameters()) == before
    return outcome


def test_every_estimator_is_compared_on_the_same_parameters(checked, shop: Shop) -> None:
    summary = checked.summary
    assert isinstance(summary, FaithfulnessSummary)
    assert [each.name for each in summary.estimators] == ["taylor", "magnitude", "wanda"]
    for way in ("stratified", "uniform"):
        assert len({(point.matrix, point.index) for point in summary.points if point.drawn == way}) == 40
    assert len(summary.points) == 80
    assert [each.name for each in summary.uniform] == ["taylor", "magnitude", "wanda"]
    for column, spec in enumerate(asked(shop).estimators):
        key = shop.key(ImportanceRequest(scores=spec, language="de"))
        scores = load_file(shop.context.store.path(key) / "scores.safetensors")
        assert all(point.estimates[column] == float(scores[point.matrix][point.index]) for point in summary.points)
    assert all(point.loss_change == abs(point.signed_loss_change) for point in summary.points)
    assert summary.noise_floor < 1e-12
    assert checked.dtype == "float64" and checked.seed == 5


@pytest.mark.parametrize("changes", [{}, {"shards": 2}, {"snapshots": (2,)}])
def test_an_estimator_is_compared_once_however_it_is_computed(shop: Shop, changes: dict[str, object]) -> None:
    """Else two inputs would have one name, and the second would stand for both."""
    (taylor, *_) = asked(shop).estimators
    with pytest.raises(ValidationError, match="given twice"):
        asked(shop, estimators=[taylor, taylor.model_copy(update=changes)])


def test_taylor_ranks_a_smooth_model_well_and_better_than_magnitude(checked) -> None:
    taylor, magnitude, _ = checked.summary.estimators
    assert taylor.spearman > 0.9 and taylor.spearman_low <= taylor.spearman <= taylor.spearman_high
    assert taylor.spearman > magnitude.spearman


def test_each_way_of_drawing_has_the_correlation_of_its_own_parameters(checked) -> None:
    for way, agreements in (("stratified", checked.summary.estimators), ("uniform", checked.summary.uniform)):
        points = [point for point in checked.summary.points if point.drawn == way]
        for column, agreed in enumerate(agreements):
            scores = [point.estimates[column] for point in points]
            assert agreed.spearman == pytest.approx(spearman(scores, [point.loss_change for point in points]))


def test_a_model_too_large_for_float64_is_measured_as_it_is(shop: Shop, checked, monkeypatch) -> None:
    monkeypatch.setattr(faithfulness, "_MOST_IN_DOUBLE", 1)
    before = checksum(shop.context.host.load(shop.model).model.parameters())
    shop.progress.notes.clear()
    outcome = shop.answer(asked(shop, seed=6, sampling="uniform", n_parameters=10))
    assert checksum(shop.context.host.load(shop.model).model.parameters()) == before
    assert outcome.dtype == "float32" and 1e-17 < outcome.summary.noise_floor < 1e-5
    assert shop.progress.notes == ["de · one parameter zero at a time"]
    views = {view.name: view for view in shop.context.host.load(shop.model).views}
    parameters = dict(shop.context.host.load(shop.model).model.named_parameters())
    for point in outcome.summary.points:
        view = views[point.matrix]
        assert torch.equal(view.canonical(parameters[view.tensor])[point.index], torch.tensor(point.weight))
