"""Ten draws of what is random: structured removal shows the median draw, neurons are drawn layer by layer."""

from __future__ import annotations

import torch

from backend.contracts.building import inputs_of
from backend.contracts.requests import (
    DimensionRanking,
    EvaluationSpec,
    ImportanceRequest,
    Lines,
    RegionRequest,
    RegionSpec,
    ScoreSpec,
    StructuredRemovalRequest,
)
from backend.contracts.results import PerplexitySummary, StructuredRemovalSummary
from backend.contracts.vocabulary import Rank
from tests.workers.handlers.shop import Shop
from workers.analysis.key_neurons import random_like

LINES = Lines(corpus="small", start=0, stop=4)
EVALUATION = EvaluationSpec(lines=Lines(corpus="small", start=4, stop=8), languages=("de", "en"))


def test_random_dimensions_are_drawn_often_and_the_median_is_shown(shop: Shop) -> None:
    scores = ScoreSpec(model=shop.model, lines=LINES)
    shop.answer(ImportanceRequest(scores=scores, language="de"))
    region = RegionRequest(region=RegionSpec(scores=scores, languages=("de",), fraction=0.05))
    request = StructuredRemovalRequest(
        ranking=DimensionRanking(region=region), counts=(2,), ranks=(Rank.TOP, Rank.RANDOM), evaluation=EVALUATION,
        seed=4, random_draws=5,
    )  # fmt: skip
    inputs = inputs_of(request)
    assert list(inputs) == ["base", "all top 2", "all random 2", *(f"all random 2 draw {n}" for n in (2, 3, 4, 5))]
    seeds = [one.change.seed for name, one in inputs.items() if "random" in name]
    assert seeds == [4, 5, 6, 7, 8]
    summary = shop.answer(request).summary
    assert isinstance(summary, StructuredRemovalSummary)
    top, random = summary.cells
    assert top.draws == ()
    assert len(random.draws) == 5
    for place, row in enumerate(random.rows):
        assert row.perplexity == sorted(draw[place].perplexity for draw in random.draws)[2]
    for rows, (_, one) in zip(random.draws, [i for i in inputs.items() if "random" in i[0]], strict=True):
        stored = shop.context.store.manifest(shop.key(one)).summary
        assert isinstance(stored, PerplexitySummary) and [r.nll for r in stored.rows] == [r.nll for r in rows]
    assert StructuredRemovalRequest(ranking=request.ranking, evaluation=EVALUATION).random_draws == 10


def test_random_neurons_are_as_many_in_every_layer_and_none_of_the_mask() -> None:
    mask_LN = torch.zeros(4, 50, dtype=torch.bool)
    for layer, n in enumerate((0, 3, 20, 40)):
        mask_LN[layer, :n] = True
    draws = [random_like(mask_LN, seed=seed) for seed in range(10)]
    for drawn_LN in draws:
        assert drawn_LN.sum(1).tolist() == [0, 3, 20, 40]
        assert not (drawn_LN & mask_LN)[:3].any()  # in the last layer there are not enough others
    assert len({tuple(drawn.flatten().tolist()) for drawn in draws}) == 10
    assert torch.equal(draws[3], random_like(mask_LN, seed=3))


def test_the_tokens_of_a_batch_are_a_choice(shop: Shop) -> None:
    """One sample a batch weighs every sample alike; one batch of all weighs every token alike."""
    found = {}
    for batch_tokens in (2, 100_000):
        scores = ScoreSpec(model=shop.model, lines=LINES, batch_tokens=batch_tokens)
        outcome = shop.answer(ImportanceRequest(scores=scores, language="en"))
        assert f"{batch_tokens} tokens" in outcome.rules["batch_weight"]
        found[batch_tokens] = outcome.summary.mean_loss
    assert abs(found[2] - found[100_000]) < 1e-4  # the loss per token is the same, the weights of the batches differ
    assert ScoreSpec(model="m").batch_tokens == 1024
