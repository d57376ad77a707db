"""Columns as jobs: every change of the weights, measured, undone and proven, then collected into a table."""

from __future__ import annotations

from unittest import mock

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from backend.contracts.jobs import Ticket
from backend.contracts.problems import KnownError
from backend.contracts.requests import (
    ApplyEdits,
    DimensionRanking,
    DimensionTarget,
    Edit,
    EvaluationSpec,
    Lines,
    NamedRegion,
    PerplexityRequest,
    PerturbationRequest,
    RegionRequest,
    RegionSpec,
    RemovalRequest,
    RemoveDimensions,
    RemoveRegion,
    ScoreSpec,
)
from backend.contracts.results import PerplexityRow, PerplexitySummary, PerturbationSummary, RemovalSummary
from backend.contracts.vocabulary import EditAction, Selection
from tests.workers.handlers.shop import Shop
from workers.analysis.checksum import checksum
from workers.analysis.perplexity import measure
from workers.handlers import perplexities
from workers.handlers.changes import changed
from workers.handlers.texts import evaluation

EVALUATION = EvaluationSpec(lines=Lines(corpus="small", start=4, stop=8), languages=("de", "en"))


def region(shop: Shop, selection: Selection = Selection.TOP, seed: int = 0) -> RegionRequest:
    scores = ScoreSpec(model=shop.model, lines=Lines(corpus="small", start=0, stop=4))
    spec = RegionSpec(scores=scores, languages=("de",), fraction=0.05)
    return RegionRequest(region=spec, selection=selection, seed=seed)


def column(shop: Shop, change: object = None, spec: EvaluationSpec = EVALUATION) -> PerplexityRequest:
    return PerplexityRequest(model=shop.model, evaluation=spec, change=change)


def measured(shop: Shop, change: object = None) -> PerplexitySummary:
    before = checksum(shop.context.host.load(shop.model).model.parameters())
    summary = shop.answer(column(shop, change)).summary
    assert checksum(shop.context.host.load(shop.model).model.parameters()) == before
    assert isinstance(summary, PerplexitySummary)
    return summary


def test_a_removed_region_is_the_naive_twin(shop: Shop) -> None:
    request = region(shop)
    found = measured(shop, RemoveRegion(region=request))
    loaded = shop.context.host.load(shop.model)
    masks = load_file(shop.context.store.path(shop.key(request)) / "mask.safetensors")
    state = {name: parameter.clone() for name, parameter in loaded.model.state_dict().items()}
    n_removed = 0
    try:
        for view in loaded.views:
            if view.name in masks:
                weight = loaded.model.get_parameter(view.tensor).data
                bits = np.unpackbits(masks[view.name])[: weight.numel()].astype(bool).reshape(view.shape)
                weight.view(view.shape)[torch.from_numpy(bits)] = 0
                n_removed += int(bits.sum())
        texts = shop.context.corpora.named("small").texts(EVALUATION.lines, ("en",))["en"]
        twin = measure(loaded.model, evaluation(loaded, texts, EVALUATION).samples)
    finally:
        loaded.model.load_state_dict(state)
    assert found.n_changed == n_removed and f"{n_removed:,} parameters set to 0" in found.note
    assert found.rows[1].perplexity == pytest.approx(twin.perplexity, rel=1e-6)


def plain(rows: tuple[PerplexityRow, ...]) -> tuple[PerplexityRow, ...]:
    """What was measured, without what the table compares it with."""
    ratio = dict.fromkeys(
        name for name in PerplexityRow.model_fields if name.startswith(("ratio", "bits_added", "resa"))
    )
    return tuple(row.model_copy(update=ratio) for row in rows)


def test_edits_measure_what_a_perturbation_measures(shop: Shop) -> None:
    edits = (Edit(where=DimensionTarget(index=3), action=EditAction.RANDOM, seed=5),)
    found = measured(shop, ApplyEdits(edits=edits))
    touched = shop.answer(PerturbationRequest(model=shop.model, edits=edits, evaluation=EVALUATION)).summary
    assert isinstance(touched, PerturbationSummary)
    assert found.rows == plain(touched.perplexity_perturbed)
    assert (found.note, found.n_changed) == (touched.edits[0].sentence, touched.edits[0].n_parameters)


def test_removed_dimensions_are_told(shop: Shop) -> None:
    found = measured(shop, RemoveDimensions(ranking=DimensionRanking(region=region(shop)), count=2))
    assert found.dimensions and all(len(taken.indices) == 2 for taken in found.dimensions)
    assert found.n_changed > 0 and found.rows != measured(shop).rows


def test_the_weights_are_back_after_a_stop_too(shop: Shop) -> None:
    request = column(shop, RemoveRegion(region=region(shop)))
    shop.answer(request)
    inputs = {"region": shop.key(region(shop))}
    ticket = Ticket(key=shop.key(request), request=request, inputs=inputs)
    loaded = shop.context.host.load(shop.model)
    before = checksum(loaded.model.parameters())

    def stopped() -> None:
        with changed(loaded, request.change, ticket, shop.context):
            assert checksum(loaded.model.parameters()) != before
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert checksum(loaded.model.parameters()) == before


def test_weights_that_did_not_come_back_are_an_error_and_given_up(tmp_path) -> None:
    shop = Shop(tmp_path)
    request = column(shop, ApplyEdits(edits=(Edit(where=DimensionTarget(index=3), action=EditAction.ZERO),)))
    ticket = Ticket(key=shop.key(request), request=request)
    loaded = shop.context.host.load(shop.model)

    def spoilt() -> None:
        with changed(loaded, request.change, ticket, shop.context):
            for view in loaded.views:
                loaded.model.get_parameter(view.tensor).data.view(-1)[-1] += 1

    with pytest.raises(KnownError) as caught:
        spoilt()
    assert caught.value.problem.code == "weights_not_restored"
    assert shop.context.host.load(shop.model) is not loaded


def test_texts_are_tokenised_and_the_base_is_measured_once_per_model(tmp_path) -> None:
    shop = Shop(tmp_path)
    with mock.patch.object(perplexities, "evaluation", side_effect=evaluation) as tokenised:
        first = measured(shop)
        n_notes = len(shop.progress.notes)
        assert measured(shop) == first and len(shop.progress.notes) == n_notes
        measured(shop, RemoveRegion(region=region(shop)))
        shop.answer(column(shop, spec=EVALUATION.model_copy(update={"max_tokens_per_language": 20})))
    assert tokenised.call_count == 2 * len(EVALUATION.languages)


def test_the_progress_names_condition_and_language(shop: Shop) -> None:
    shop.progress.notes.clear()
    measured(shop, RemoveRegion(region=region(shop, Selection.RANDOM, seed=4)))
    assert "random 5 % (seed 4) removed · en · 2 of 2" in shop.progress.notes


def test_a_table_is_its_columns_in_their_order_and_loads_no_model(shop: Shop) -> None:
    own = NamedRegion(name="de only · bottom", region=region(shop, Selection.BOTTOM))
    request = RemovalRequest(
        region=region(shop).region,
        evaluation=EVALUATION,
        random_draws=2,
        seed=3,
        selections=("top",),
        others=(own,),
        with_norms=False,
    )
    shop.answer(request)
    with mock.patch.object(shop.context.host, "load", side_effect=AssertionError):
        outcome = shop.answer(request)
    table = outcome.summary
    assert isinstance(table, RemovalSummary)
    assert [condition.name for condition in table.conditions] == [
        "base", "top", "random 1", "random 2", "de only · bottom",
    ]  # fmt: skip
    assert table.conditions[0].rows == measured(shop).rows
    assert (
        plain(table.conditions[3].rows) == measured(shop, RemoveRegion(region=region(shop, Selection.RANDOM, 4))).rows
    )
    assert plain(table.conditions[4].rows) == measured(shop, RemoveRegion(region=own.region)).rows
    assert {condition.n_removed for condition in table.conditions[1:]} == {table.conditions[1].n_removed}
    assert table.n_total > table.conditions[1].n_removed > 0
    assert (outcome.device, outcome.dtype, outcome.seed) == ("cpu", "float32", 3)
