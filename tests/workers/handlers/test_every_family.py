"""The whole road of the main job, on a tiny model of every supported architecture."""

from __future__ import annotations

import math

import pytest

from backend.contracts.requests import (
    DimensionTarget,
    Edit,
    EvaluationSpec,
    GenerationSettings,
    ImportanceRequest,
    Lines,
    PerturbationRequest,
    Prompt,
    RegionSpec,
    RemovalRequest,
    ScoreSpec,
    SimilarityRequest,
)
from backend.contracts.results import PerturbationSummary, RemovalSummary, SimilaritySummary
from backend.contracts.vocabulary import EditAction
from tests.fakes import ARCHITECTURES
from tests.workers.handlers.shop import Shop

LINES = Lines(corpus="small", start=0, stop=4)
EVALUATION = EvaluationSpec(lines=Lines(corpus="small", start=4, stop=8), languages=("de",))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_open_score_remove_perturb_and_compare(architecture, tmp_path):
    shop = Shop(tmp_path, architecture)
    scores = ScoreSpec(model=shop.model, lines=LINES)
    shop.answer(ImportanceRequest(scores=scores, language="de"))
    region = RegionSpec(scores=scores, languages=("de",), fraction=0.05)
    table = shop.answer(RemovalRequest(region=region, evaluation=EVALUATION, random_draws=1)).summary
    assert isinstance(table, RemovalSummary)
    regions = ["top", "bottom", "random 1"]
    assert [condition.name for condition in table.conditions] == [
        "base", *regions, *(f"{name} with norms" for name in regions)
    ]  # fmt: skip
    assert all(row.nll is not None and math.isfinite(row.nll) for cond in table.conditions for row in cond.rows)
    touched = shop.answer(
        PerturbationRequest(
            model=shop.model,
            edits=(Edit(where=DimensionTarget(index=3), action=EditAction.ZERO),),
            prompts=(Prompt(language="en", text="Fudan"),),
            settings=GenerationSettings(max_new_tokens=3),
            evaluation=EVALUATION,
        )
    ).summary
    assert isinstance(touched, PerturbationSummary)
    assert touched.weights_restored
    assert touched.perplexity_base == table.conditions[0].rows
    assert touched.perplexity_perturbed != touched.perplexity_base
    compared = shop.answer(SimilarityRequest(model=shop.model, lines=LINES, languages=("de", "en"))).summary
    assert isinstance(compared, SimilaritySummary)
    assert [score.layer for score in compared.scores] == [None, 0, 1]
