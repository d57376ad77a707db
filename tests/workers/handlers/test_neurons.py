"""Paper B end to end on a tiny model: activations, map, key neurons, deactivation, enrichment, development."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import load_file

from backend.contracts.building import inputs_of
from backend.contracts.problems import KnownError
from backend.contracts.requests import (
    ActivationSpec,
    DeactivationRequest,
    DevelopmentMember,
    DevelopmentRequest,
    EnrichmentRequest,
    EvaluationSpec,
    GenerationGridRequest,
    KeyNeuronsRequest,
    LayerRange,
    Lines,
    NamedRegion,
    RegionRequest,
    RegionSpec,
    ScoreSpec,
    SimilarityRequest,
)
from backend.contracts.results import (
    DeactivationSummary,
    DevelopmentSummary,
    EnrichmentSummary,
    KeyNeuronsSummary,
    SimilaritySummary,
)
from tests.fakes import write_corpus
from tests.workers.handlers.shop import Shop
from workers.analysis import similarity

LANGUAGES = ("ar", "de", "en", "es", "fr", "ru", "zh")
LINES = Lines(corpus="many", start=0, stop=5)
HELD_OUT = Lines(corpus="many", start=5, stop=8)


@pytest.fixture(scope="module")
def many(shop: Shop) -> Shop:
    write_corpus(shop.context.layout.corpora / "many", LANGUAGES)
    return shop


def neurons(shop: Shop, **changes) -> KeyNeuronsRequest:
    read = ActivationSpec(model=shop.model, lines=LINES)
    return KeyNeuronsRequest(activations=read, languages=LANGUAGES, **changes)


def test_the_map_of_stored_activations_is_the_map_of_all_layers_joined(many: Shop):
    request = SimilarityRequest(model=many.model, lines=LINES, languages=LANGUAGES)
    summary = many.answer(request).summary
    assert isinstance(summary, SimilaritySummary)
    stored = load_file(many.context.store.path(many.key(request)) / "similarity.safetensors")
    assert set(stored) == set(summary.maps)
    activations = torch.stack(
        [
            torch.cat([layers[f"layer.{layer}"] for layers in _activations(many)])
            for layer in range(len(summary.scores) - 1)
        ],
        dim=1,
    )
    torch.testing.assert_close(stored["whole"], similarity.similarity_map(activations), atol=2e-6, rtol=0)
    assert summary.scores[0].lrds == pytest.approx(similarity.lrds(stored["whole"], 7), abs=1e-6)
    assert summary.scores[1].sads == pytest.approx(similarity.sads(stored["layer.0"], 7), abs=1e-6)
    low, high = summary.scores[0].lrds_interval or (0, 0)
    assert low <= summary.scores[0].lrds <= high


def _activations(shop: Shop) -> list[dict[str, torch.Tensor]]:
    request = SimilarityRequest(model=shop.model, lines=LINES, languages=LANGUAGES)
    folders = [shop.context.store.path(shop.key(needed)) for needed in inputs_of(request).values()]
    return [load_file(folder / "activations.safetensors") for folder in folders]


def test_a_range_of_layers_has_its_own_map(many: Shop):
    one = SimilarityRequest(model=many.model, lines=LINES, languages=("de", "en"), layers=LayerRange(first=1, last=1))
    summary = many.answer(one).summary
    assert isinstance(summary, SimilaritySummary)
    stored = load_file(many.context.store.path(many.key(one)) / "similarity.safetensors")
    torch.testing.assert_close(stored["whole"], stored["layer.1"], atol=2e-6, rtol=0)
    outside = one.model_copy(update={"layers": LayerRange(first=0, last=99)})
    with pytest.raises(KnownError, match="not all in"):
        many.answer(outside)


def test_key_neurons_are_counted_with_their_null(many: Shop):
    request = neurons(many, threshold=1.5, n_permutations=5)
    summary = many.answer(request).summary
    assert isinstance(summary, KeyNeuronsSummary)
    z = load_file(many.context.store.path(many.key(request)) / "neurons.safetensors")["z"]
    assert z.shape == (7, summary.n_layers, summary.n_neurons)
    assert summary.counts[2][0] == int((z[2, 0] > 1.5).sum())
    assert summary.sklr == int((z > 1.5).sum()) == sum(map(sum, summary.counts))
    assert summary.sklr_null is not None and summary.sklr_null > 0
    assert [row[place] for place, row in enumerate(summary.shared)] == [sum(row) for row in summary.counts]


def test_the_activations_are_read_once(many: Shop):
    many.answer(neurons(many, threshold=1.5))
    many.progress.notes.clear()
    many.answer(neurons(many, threshold=1.9))
    assert many.progress.notes == ["scoring neurons"]


def test_the_deactivation_matrix_has_own_neurons_and_controls_of_equal_size(many: Shop):
    request = DeactivationRequest(
        neurons=neurons(many, threshold=1.5),
        evaluation=EvaluationSpec(lines=HELD_OUT, languages=("de", "en")),
        deactivated=("de", "ru"),
        random_draws=2,
    )
    summary = many.answer(request).summary
    assert isinstance(summary, DeactivationSummary)
    assert [(column.language, column.draw) for column in summary.columns] == [
        ("de", None), ("de", 0), ("de", 1), ("ru", None), ("ru", 0), ("ru", 1)
    ]  # fmt: skip
    sizes = [column.n_neurons for column in summary.columns]
    assert sizes[0] == sizes[1] == sizes[2] > 0
    base, off = summary.base[0].perplexity, summary.columns[0].rows[0].perplexity
    assert base != off


def test_text_under_deactivation_stands_in_a_grid(many: Shop):
    grid = GenerationGridRequest.model_validate(
        {
            "model": many.model,
            "prompts": [{"language": "de", "text": "Guten"}],
            "columns": [
                {
                    "name": "de off",
                    "change": {"change": "neurons", "neurons": neurons(many, threshold=1.5), "language": "de"},
                }
            ],
            "settings": {"max_new_tokens": 3},
        }
    )
    summary = many.answer(grid).summary
    assert summary.kind == "generation_grid"
    assert "neurons are 0" in summary.columns[1].note


def test_enrichment_compares_neurons_with_regions(many: Shop):
    scores = ScoreSpec(model=many.model, lines=LINES)
    region = RegionRequest(region=RegionSpec(scores=scores, languages=("de",), fraction=0.05))
    request = EnrichmentRequest(neurons=neurons(many, threshold=1.5), regions=(NamedRegion(name="de", region=region),))
    summary = many.answer(request).summary
    assert isinstance(summary, EnrichmentSummary)
    whole = [cell for cell in summary.cells if cell.layer is None]
    assert [cell.language for cell in whole] == list(LANGUAGES)
    assert all(cell.expected == pytest.approx(0.05, abs=0.002) for cell in whole)


def test_development_puts_members_in_order(many: Shop):
    request = DevelopmentRequest(
        members=(DevelopmentMember(model=many.model, position=1000, label="step 1000"),),
        lines=LINES,
        languages=LANGUAGES,
        threshold=1.5,
    )
    summary = many.answer(request).summary
    assert isinstance(summary, DevelopmentSummary)
    (point,) = summary.points
    assert (point.label, len(point.layers), point.accuracy) == ("step 1000", len(point.counts[0]), {})


@pytest.mark.parametrize("n_languages", [2, 5])
def test_too_few_languages_are_refused_before_anything_runs(many: Shop, n_languages: int):
    with pytest.raises(ValueError, match="cannot exceed"):
        KeyNeuronsRequest(activations=ActivationSpec(model=many.model), languages=LANGUAGES[:n_languages])
