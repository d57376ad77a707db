"""The Neurons page without the page."""

from __future__ import annotations

import pytest

from backend.contracts.requests import EnrichmentRequest
from backend.contracts.results import Continuation, GenerationGridSummary, GridColumn, Manifest
from backend.contracts.vocabulary import JobState
from frontend.choices.neurons_deactivation import texts_request
from frontend.choices.neurons_regions import RegionsOfNeurons
from tests.frontend import neuron_samples as samples
from tests.frontend.fake_api import MODEL, FakeApi
from tests.frontend.pages.test_neurons_page import LINES
from tests.frontend.views.holds import holds


@pytest.fixture
def api() -> FakeApi:
    return FakeApi(views={"neurons": samples.listed(), "neuron": samples.card(), "corpus_lines": LINES})


@pytest.fixture
def key(api: FakeApi) -> str:
    return api.result_with(samples.REQUEST, samples.key_neurons()).key


def test_counts_layers_overlap_and_the_list(api: FakeApi, key: str) -> None:
    view = holds("/neurons", api)
    assert view.address == f"/neurons?model={MODEL}&result={key}"
    assert [one.told.name for one in view.pictures] == ["counts", "counts-by-layer", "layer-totals", "shared"]
    counts, shared, neurons = view.tables
    assert counts.rows[0][:2] == ("ar", 20) and counts.latex
    assert ("de", "ar", 4, 20, 2, 2 / 22) in shared.rows
    assert neurons.rows == ((0, 7, 2.2, None, None), (1, 3, 1.4, None, "de"))
    assert "SKLR 50, by chance 30. More key neurons than shuffled" in view.lead
    assert "largest 20 (Arabic), smallest 4" in view.pictures[0].told.description


def test_one_neuron_and_one_pair_of_the_address(api: FakeApi, key: str) -> None:
    view = holds("/neurons?neuron=0.7&language=de&layer=1&pair=ar,de&switched=ar", api)
    assert view.address.endswith(f"result={key}&pair=ar,de&language=de&layer=1&neuron=0.7")
    assert "largest 2.200 (Arabic)" in view.pictures[-1].told.description
    assert view.passages[0].text == "كان المطر غزيرا" and view.passages[0].language == "ar"
    by_name = {table.name: table for table in view.tables}
    assert by_name["pair"].rows == ((1, 3, 1.4, None, "de"),)
    assert by_name["neuron-regions"].rows[0][0] == "top 1 % ar"
    assert "neuron=" not in holds("/neurons?neuron=9.7", api).address


def test_deactivation_with_the_texts_of_a_cell(api: FakeApi, key: str) -> None:
    matrix = api.result_with(samples.MATRIX, samples.deactivation())
    view = holds("/neurons?read=ar,en", api)
    assert f"off={matrix.key}&read=ar,en" in view.address and view.pictures[-1].told.name == "deactivation"
    assert view.tables[-1].name == "deactivation" and view.tables[-1].rows[0][:2] == ("ar", 20.0)
    texts = texts_request(samples.MATRIX, "ar", "en", api)  # type: ignore[arg-type]
    assert view.missing == (texts,)
    told = {"language": "en", "prompt": "It", "prompt_token_ids": [1], "tokens": [], "text": " rained", "finish": "eos"}
    one = Continuation.model_validate(told)
    columns = tuple(GridColumn(name=name, note="", n_changed=0, continuations=(one,)) for name in ("base", "off"))
    written = api.result_with(texts, GenerationGridSummary(columns=columns, weights_restored=True))
    view = holds("/neurons?read=ar,en", api)
    assert [one.text for one in view.passages] == ["It rained"] * 2 and written in view.sources
    assert holds(f"/neurons?result={matrix.key}", api).address.startswith(f"/neurons?model={MODEL}&result={key}&off=")


def test_a_matrix_under_way_is_missing(api: FakeApi, key: str) -> None:
    job = api.job_with(samples.MATRIX, JobState.RUNNING)
    view = holds(f"/neurons?result={key}&off={job.key}", api)
    assert view.missing == (samples.MATRIX,) and f"off={job.key}" in view.address


def compared(api: FakeApi) -> Manifest:
    request: EnrichmentRequest = RegionsOfNeurons().request(samples.REQUEST, ())
    return api.result_with(request, samples.enrichment())


def test_regions_and_one_cell_by_layer(api: FakeApi, key: str) -> None:
    manifest = compared(api)
    view = holds("/neurons?held=ar,0", api)
    assert view.address.endswith(f"enriched={manifest.key}&held=ar,0")
    assert [one.told.name for one in view.pictures][-2:] == ["held", "held-by-layer"]
    assert view.tables[-1].name == "held" and view.tables[-1].rows[0][:2] == ("ar", "Arabic only")
    assert "held=" not in holds("/neurons?held=xx,0", api).address


def test_nothing_yet(api: FakeApi) -> None:
    assert "No key neurons" in holds("/neurons", api).lead
    job = api.job_with(samples.REQUEST, JobState.QUEUED)
    assert holds(f"/neurons?result={job.key}", api).missing == (samples.REQUEST,)
