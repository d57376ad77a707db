"""Perplexities, curves, families and settings of several models: what is written where."""

from __future__ import annotations

import pytest

from backend.contracts.results import KeyNeuronsSummary, LayerScore, PerplexitySummary, SimilaritySummary
from backend.contracts.training import TrainingCurve, TrainingEvaluation
from frontend.figures import compare_curves, compare_family, compare_settings
from frontend.figures.compare_curves import curves, depths
from frontend.figures.compare_perplexity import table
from tests.frontend import model_sample, samples


def perplexity(*values: float | None, n_changed: int = 0) -> PerplexitySummary:
    rows = tuple(samples.row(code, value) for code, value in zip(("ar", "en"), values, strict=True))
    return PerplexitySummary(rows=rows, n_changed=n_changed, n_total=100)


def test_every_number_stands_beside_its_ratio_to_a() -> None:
    found = table([perplexity(20.0, 10.0), perplexity(30.0, None), None], in_bits=False)
    assert (found.languages, found.conditions, found.unit) == (("ar", "en"), ("as it is",), "perplexity")
    a, b, c = found.cells[0][0]
    assert (a.text, a.change) == ("20.00", "")
    assert (b.text, b.change, b.is_worse) == ("30.00", "×1.50 (+0.292 bits per byte)", True)
    assert c.text == ""
    broken = found.cells[1][0][1]
    assert (broken.text, broken.change, broken.is_worse) == ("∞", "", None)


def test_models_with_different_tokens_are_compared_in_bits_per_byte() -> None:
    found = table([perplexity(4.0, 4.0), perplexity(16.0, 2.0)], in_bits=True)
    worse, better = (row[0][1] for row in found.cells)
    assert (worse.change, worse.is_worse) == ("+1.000", True)
    assert (better.change, better.is_worse) == ("-0.500", False)


def test_a_removal_table_has_its_conditions_and_a_changed_perplexity_its_own() -> None:
    found = table([samples.removal(), perplexity(1.0, 1.0, n_changed=5)], in_bits=False)
    assert found.conditions[:2] == ("base", "top") and found.conditions[-1] == "changed"


def similarity(n_layers: int) -> SimilaritySummary:
    layers = tuple(LayerScore(layer=layer, lrds=0.1 * layer, sads=0.01 * layer) for layer in range(n_layers))
    return SimilaritySummary(
        languages=("de", "en"), n_lines=4, scores=(LayerScore(layer=None, lrds=0.5, sads=0.25), *layers)
    )


def neurons() -> KeyNeuronsSummary:
    return KeyNeuronsSummary(
        languages=("de", "en"), n_layers=2, n_neurons=50, counts=((5, 0), (5, 10)), null_mean=(None, None),
        null_high=(None, None), sklr=20, sklr_null=None, shared=((5, 0), (0, 15)), jaccard=((1.0, 0.0), (0.0, 1.0)),
    )  # fmt: skip


def test_models_of_different_depth_share_one_axis() -> None:
    assert depths(1) == [0.5] and depths(3) == [0.0, 0.5, 1.0]
    one, two = curves("A", similarity(2), neurons()), curves("B", similarity(5), None)
    assert one.key_share == (0.2, 0.2) and two.key_share == ()
    drawn = compare_curves.figure([one, two], dark=False)
    assert len(drawn.data) == 5  # LRDS and SADS of both, key neurons of one
    assert list(drawn.data[1].x) == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert list(drawn.data[0].y) == pytest.approx([0.0, 0.1])
    assert compare_curves.figure([curves("A", None, None)], dark=True).data == ()


def test_the_mark_stands_at_the_state_that_is_compared() -> None:
    at = [
        TrainingEvaluation(n_samples=samples_, perplexity={"de": value, "en": None}, bits_per_byte={})
        for samples_, value in ((0, 90.0), (20, 30.0))
    ]
    drawn = compare_family.figure(TrainingCurve(evaluations=tuple(at)), 20, dark=False)
    assert [list(line.x) for line in drawn.data] == [[0, 20], []]
    assert drawn.layout.shapes[0].x0 == 20
    assert not compare_family.figure(TrainingCurve(), None, dark=True).layout.shapes


def test_only_what_differs_is_told() -> None:
    one = model_sample.description("a")
    shape = one.shape.model_copy(update={"n_layers": 4})
    other = model_sample.description("a").model_copy(update={"shape": shape, "weights_hash": "v" * 64})
    found = compare_settings.of_models([one, other])
    assert [(row.name, row.values) for row in found.rows] == [
        ("weights_hash", ("w" * 12, "v" * 12)),
        ("shape.n_layers", ("2", "4")),
    ]
    assert found.n_equal > 10
    assert compare_settings.of_models([one, one]).rows == ()


def test_requests_are_compared_down_to_what_lies_inside() -> None:
    left = {"kind": "region", "region": {"languages": ["de", "en"], "fraction": 0.01}, "edits": [{"index": 3}]}
    right = {"kind": "region", "region": {"languages": ["de"], "fraction": 0.01}, "seed": None, "edits": [{"index": 4}]}
    found = compare_settings.of_requests([left, right])
    assert {row.name: row.values for row in found.rows} == {
        "region.languages": ("de, en", "de"),
        "edits[0].index": ("3", "4"),
    }
    assert found.n_equal == 3


def test_configurations_differ_by_path_and_older_entries_are_unknown() -> None:
    told = {"hidden_size": 32, "rope_parameters": {"rope_theta": 1e4}, "layer_types": ["full", "sliding"]}
    small = model_sample.description("a").model_copy(update={"config": told, "tokenizer": {"bos_rule": "none"}})
    large = small.model_copy(update={"config": told | {"rope_parameters": {"rope_theta": 1e6}}})
    found = compare_settings.of_configurations([small, large])
    assert [(row.name, row.words) for row in found.rows] == [
        ("rope_parameters.rope_theta", "rope parameters › rope theta")
    ]
    assert found.rows[0].values == ("10000.0", "1000000.0") and found.n_equal == 2
    older = model_sample.description("c")
    found = compare_settings.of_configurations([small, large, older])
    assert found.rows[0].values[2] == "?" and found.n_equal == 0
    assert not compare_settings.of_configurations([small, older]).rows and compare_settings.untold([small, older]) == (
        older,
    )
    assert compare_settings.of_tokenizers([small, large]).n_equal == 1


def test_what_differs_at_many_places_in_one_way_is_told_once() -> None:
    left = {"of": [{"snapshot": None}, {"snapshot": None}], "start": 0}
    right = {"of": [{"snapshot": 12}, {"snapshot": 12}], "start": 1}
    found = compare_settings.merged(compare_settings.of_requests([left, right]))
    assert [(row.words, row.n_alike) for row in found.rows] == [("of 1 › snapshot", 2), ("start", 1)]
