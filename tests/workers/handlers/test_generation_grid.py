"""A generation grid: the base is what generation gives, a column what a perturbation of its own gives."""

from __future__ import annotations

import pytest

from backend.contracts.requests import (
    GenerationGridRequest,
    GenerationRequest,
    GenerationSettings,
    PerturbationRequest,
    Prompt,
    RegionRequest,
    RegionSpec,
    ScoreSpec,
)
from backend.contracts.results import GenerationGridSummary
from backend.contracts.specs import Lines
from tests.workers.handlers.shop import Shop
from tests.workers.handlers.test_structured_removal import answered
from workers.analysis.checksum import checksum
from workers.analysis.errors import AnalysisError

PROMPTS = (Prompt(language="en", text="Fudan University is"), Prompt(language="de", text="Die Universität"))
SETTINGS = GenerationSettings(max_new_tokens=6)
ZEROED = {"where": {"target": "dimension", "index": 3}, "action": "scale", "factor": 40.0}
BROKEN = {"where": {"target": "scalar", "matrix": "1.norm.post", "index": [0]}, "action": "set", "value": 3e38}


def grid(shop: Shop, **columns: dict) -> GenerationGridSummary:
    request = GenerationGridRequest.model_validate(
        {
            "model": shop.model,
            "prompts": PROMPTS,
            "settings": SETTINGS,
            "columns": [{"name": name, "change": change} for name, change in columns.items()],
        }
    )
    summary = answered(shop, request).summary
    assert isinstance(summary, GenerationGridSummary)
    return summary


def region(shop: Shop) -> RegionRequest:
    scores = ScoreSpec(model=shop.model, lines=Lines(corpus="small", start=0, stop=4))
    return RegionRequest(region=RegionSpec(scores=scores, languages=("de",), fraction=0.05))


def test_columns_are_what_each_change_alone_gives(shop: Shop) -> None:
    model = shop.context.host.load(shop.model).model
    before = checksum(model.parameters())
    top = {"change": "dimensions", "ranking": {"region": region(shop)}, "count": 4}
    found = grid(
        shop,
        scaled={"change": "edits", "edits": [ZEROED]},
        removed={"change": "region", "region": region(shop)},
        dimensions=top,
    )
    assert [column.name for column in found.columns] == ["base", "scaled", "removed", "dimensions"]
    assert found.weights_restored
    assert checksum(model.parameters()) == before
    alone = shop.answer(
        PerturbationRequest.model_validate(
            {"model": shop.model, "edits": [ZEROED], "prompts": PROMPTS, "settings": SETTINGS}
        )
    ).summary
    assert found.columns[0].continuations == alone.base
    assert found.columns[1].continuations == alone.perturbed
    assert found.columns[1].note == alone.edits[0].sentence
    generated = shop.answer(GenerationRequest(model=shop.model, prompts=PROMPTS, settings=SETTINGS)).summary
    assert found.columns[0].continuations == generated.base
    assert found.columns[0].n_changed == 0
    assert all(column.n_changed > 0 and column.note for column in found.columns[1:])
    assert all(len(column.continuations) == len(PROMPTS) for column in found.columns)


def test_the_progress_names_the_column_and_tells_no_tokens(shop: Shop) -> None:
    shop.progress.told.clear()
    shop.progress.notes.clear()
    grid(shop, one={"change": "edits", "edits": [ZEROED]}, two={"change": "edits", "edits": [ZEROED, ZEROED]})
    assert shop.progress.told == []
    assert "one (2 of 3) · en" in shop.progress.notes
    assert shop.progress.notes[-1] == "two (3 of 3) · de"


def test_a_change_that_leaves_nothing_to_choose_from_is_a_finding(shop: Shop) -> None:
    found = grid(shop, broken={"change": "edits", "edits": [BROKEN]})
    assert {text.finish for text in found.columns[1].continuations} == {"not_finite"}


def test_a_change_outside_the_model_is_refused(shop: Shop) -> None:
    outside = {"where": {"target": "dimension", "index": 99}, "action": "zero"}
    with pytest.raises(AnalysisError, match="0 to 31"):
        grid(shop, outside={"change": "edits", "edits": [outside]})
