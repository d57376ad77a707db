"""What the API reads out of real key neurons of a tiny model."""

import json

import numpy as np
import pytest
from safetensors.numpy import load_file

from backend.contracts.problems import KnownError
from backend.contracts.requests import (
    ActivationSpec,
    DeactivationRequest,
    EvaluationSpec,
    KeyNeuronsRequest,
    Lines,
    RegionRequest,
    RegionSpec,
    ScoreSpec,
)
from backend.results.neurons import NeuronViews
from backend.results.tables import TableFormat, table_of, written
from tests.fakes import write_corpus
from tests.workers.handlers.shop import Shop

LANGUAGES = ("ar", "de", "en", "es", "fr", "ru", "zh")


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Shop:
    shop = Shop(tmp_path_factory.mktemp("neurons"))
    write_corpus(shop.context.layout.corpora / "many", LANGUAGES)
    return shop


@pytest.fixture(scope="module")
def request_(shop) -> KeyNeuronsRequest:
    read = ActivationSpec(model=shop.model, lines=Lines(corpus="many", start=1, stop=6))
    request = KeyNeuronsRequest(activations=read, languages=LANGUAGES, threshold=1.5, n_permutations=2)
    shop.answer(request)
    return request


@pytest.fixture(scope="module")
def key(shop, request_) -> str:
    return shop.key(request_)


@pytest.fixture(scope="module")
def views(shop) -> NeuronViews:
    return NeuronViews(shop.context.store, shop.context.models, shop.context.corpora)


@pytest.fixture(scope="module")
def z(shop, key) -> np.ndarray:
    return load_file(shop.context.store.path(key) / "neurons.safetensors")["z"]


def test_the_list_has_the_largest_first_and_says_who_else(views, key, z):
    found = views.listed(key, "en", layer=None, limit=5)
    assert found.n_found == int((z[2] > 1.5).sum())
    values = [round(row.z, 2) for row in found.neurons]
    assert values == sorted(values, reverse=True) and values[0] == round(float(z[2].max()), 2)
    first = found.neurons[0]
    also = [language for language, value in zip(LANGUAGES, z[:, first.layer, first.index], strict=True) if value > 1.5]
    assert set(first.others) == set(also) - {"en"}
    assert {row.layer for row in views.listed(key, "en", layer=1, limit=1000).neurons} <= {1}


def test_of_equal_z_the_more_active_neuron_comes_first(views, key):
    found = views.listed(key, "en", layer=None, limit=1000).neurons
    order = [(-round(row.z, 2), -abs(row.mean_activation)) for row in found]
    assert order == sorted(order) and len({z for z, _ in order}) < len(order)
    card = views.card(key, found[0].layer, found[0].index, n_sentences=1)
    means = {one.language: one.mean_activation for one in card.languages}
    assert means["en"] == pytest.approx(found[0].mean_activation)


def test_a_card_shows_a_neuron_from_all_sides(shop, views, key, z):
    first = views.listed(key, "ru", layer=0, limit=1).neurons[0]
    card = views.card(key, first.layer, first.index, n_sentences=3)
    assert [one.z for one in card.languages] == pytest.approx(z[:, first.layer, first.index].tolist())
    driving = card.sentences[0]
    assert driving.text == shop.context.corpora.named("many").lines(driving.language)[driving.line]
    assert abs(driving.activation) >= abs(card.sentences[1].activation)
    assert [(one.matrix, one.side) for one in card.matrices] == [
        ("0.mlp.gate", "row"), ("0.mlp.up", "row"), ("0.mlp.down", "column")
    ]  # fmt: skip


def test_a_card_counts_the_neurons_weights_in_a_region(shop, views, key):
    scores = ScoreSpec(model=shop.model, lines=Lines(corpus="many", stop=3))
    request = RegionRequest(region=RegionSpec(scores=scores, languages=("de",), fraction=0.1))
    shop.answer(request)
    manifest = shop.context.store.manifest(shop.key(request))
    model = shop.context.models.named(shop.model)
    total = sum(views._region(manifest, model, 0, index).selected for index in range(model.shape.n_neurons))
    counted = {count.matrix: count.selected for count in manifest.summary.matrices}
    assert total == counted["0.mlp.gate"] + counted["0.mlp.up"] + counted["0.mlp.down"]


def test_the_exported_mask_is_what_is_key(views, key, z):
    layers = json.loads(views.mask(key, "zh"))
    assert sum(len(indices) for indices in layers.values()) == int((z[6] > 1.5).sum())
    assert all(z[6, int(layer), indices].min() > 1.5 for layer, indices in layers.items())


def test_the_neurons_of_a_group_are_those_that_just_its_languages_share(shop, views, key, z):
    group = max(shop.context.store.manifest(key).summary.groups, key=lambda one: len(one.languages))
    layers = json.loads(views.shared_mask(key, group.languages))
    assert sum(len(indices) for indices in layers.values()) == group.n_neurons
    inside = [LANGUAGES.index(language) for language in group.languages]
    outside = [place for place in range(len(LANGUAGES)) if place not in inside]
    for layer, indices in layers.items():
        assert bool((z[inside, int(layer)][:, indices].min(0) > z[outside, int(layer)][:, indices].max(0)).all())


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (lambda views, key: views.listed(key, "xx", layer=None, limit=1), "unknown_language"),
        (lambda views, key: views.listed(key, "en", layer=99, limit=1), "index_out_of_range"),
        (lambda views, key: views.card(key, 0, 10**6, n_sentences=1), "index_out_of_range"),
        (lambda views, key: views.mask(key[:-1] + ("0" if key[-1] != "0" else "1"), "en"), "unknown_key"),
    ],
)
def test_what_is_not_there_is_told(views, key, ask, code):
    with pytest.raises(KnownError) as caught:
        ask(views, key)
    assert caught.value.problem.code == code


def test_tables(shop, request_, key):
    table = table_of(shop.context.store.manifest(key))
    assert [row[0] for row in table.rows] == [*LANGUAGES, "SKLR"]
    assert sum(row[1] for row in table.rows[:-1]) == table.rows[-1][1]
    matrix = DeactivationRequest(
        neurons=request_,
        evaluation=EvaluationSpec(lines=Lines(corpus="many", start=6), languages=("de", "en")),
        deactivated=("de",),
    )
    shop.answer(matrix)
    manifest = shop.context.store.manifest(shop.key(matrix))
    table = table_of(manifest)
    assert table.columns[:4] == ("Language", "Perplexity", "Random", "Off · de")
    assert table.columns[4] == "Tokens per byte"
    base, off = manifest.summary.base[0].perplexity, manifest.summary.columns[0].rows[0].perplexity
    assert table.rows[0][3] == pytest.approx(100 * (off / base - 1))
    assert "relative increase" in written(manifest, TableFormat.TEX)
