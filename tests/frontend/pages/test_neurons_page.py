"""What the Neurons page answers, on an in-memory API."""

from __future__ import annotations

import json
from typing import Any

import pytest
from dash import no_update

from backend.contracts.building import deactivation_columns
from backend.contracts.models import CorpusLines
from backend.contracts.regions import ImportedFile
from backend.contracts.requests import EnrichmentRequest, ImportRegionRequest
from backend.contracts.results import GenerationGridSummary, NeuronList, NeuronRow, PerplexitySummary
from backend.contracts.vocabulary import JobState
from frontend.choices.neurons import NeuronsChoice, NeuronsView
from frontend.choices.neurons_deactivation import DeactivationChoice
from frontend.choices.neurons_regions import RegionsOfNeurons
from frontend.pages import neurons
from frontend.panels import neurons_deactivation as off_panel
from frontend.panels import neurons_list
from frontend.panels.neurons_form import FIELDS, form
from frontend.panels.neurons_form_handlers import choice_of
from frontend.results import neurons_deactivation_handlers as off
from frontend.results import neurons_list_handlers as lists
from frontend.results import neurons_regions_handlers as held
from frontend.results.neurons import figure
from frontend.views.neurons_opened import opened_by
from tests.frontend import neuron_samples as samples
from tests.frontend.fake_api import MODEL, FakeApi
from tests.frontend.pages.test_regions_page import text

CHOICE = NeuronsChoice.of_request(samples.REQUEST)
TEXTS = {"ar": ("كان المطر غزيرا جدا",), "en": ("It rained a lot",)}
LINES = CorpusLines(corpus="atlas-parallel", start=60, lines=TEXTS)


@pytest.fixture
def api() -> FakeApi:
    views: dict[str, Any] = {
        "table": "\\begin{tabular}", "neurons": samples.listed(), "neuron": samples.card(), "corpus_lines": LINES,
        "neuron_mask": b"{}", "upload": ImportedFile(sha256="f" * 64, size_bytes=2, form="neurons"),
    }  # fmt: skip
    return FakeApi(views=views)


@pytest.fixture
def shown(api: FakeApi) -> dict[str, Any]:
    return {"key": api.result_with(samples.REQUEST, samples.key_neurons()).key, "neuron": None}


def test_without_a_result_it_names_the_next_click(api: FakeApi) -> None:
    page = text(neurons.layout({}, api))
    assert "click “Find key neurons”" in page and "With 10 languages z can reach 3.00" in page


def test_a_result_is_shown_with_its_next_clicks(api: FakeApi, shown: dict[str, Any]) -> None:
    page = text(neurons.layout({}, api))
    for words in ("Arabic and Chinese", "SKLR", "Jaccard", "neuron 7", "Turn them off", "Compare with regions"):
        assert words in page
    assert "No neuron is chosen" in page and "Stored key neurons" in page


def test_the_address_opens_a_neuron_with_its_ways_out(api: FakeApi, shown: dict[str, Any]) -> None:
    page = str(neurons.layout({"neuron": "0.7", "language": "ar"}, api))
    assert "/atlas?model=gemma-3-270m&matrix=0.mlp.gate&rows=7-8" in page
    assert "matrix=0.mlp.down&side=neuron&dimension=7&action=zero" in page
    assert "dir='rtl'" in page and "×5.00" in page
    assert "No neuron is chosen" in text(neurons.layout({"neuron": "9.7"}, api))


def test_bad_choices_are_told_before_they_are_asked(api: FakeApi) -> None:
    few = CHOICE._replace(languages=("ar", "de", "en"), threshold=2.0)
    drawn = text(form(few, api.corpora()))
    assert "z cannot exceed" in drawn and "√(L − 1)" in drawn
    assert "z cannot exceed" in text(neurons.submit(few, api)[1])


def test_a_good_choice_is_followed_and_shown(api: FakeApi) -> None:
    followed, problem, state = neurons.submit(CHOICE, api)
    assert followed["done"] is False and problem is None and state["result"] == followed["key"]
    assert state["neuron"] is None and state["threshold"] == 1.2
    key = api.result_with(samples.REQUEST, samples.key_neurons()).key
    drawn, listed = neurons.KEY_NEURONS.show({"key": key, "state": "done"}, MODEL, api)
    assert "SKLR" in text(drawn) and "z > 1.2" in text(listed)
    assert neurons.KEY_NEURONS.show({"key": key, "state": "done"}, MODEL, api, shown=[key]) == (no_update, no_update)
    assert neurons.KEY_NEURONS.arrive([], MODEL, api) == (no_update, no_update)
    assert "SKLR" in text(neurons.KEY_NEURONS.arrive([{}], MODEL, api)[0])


def test_the_form_gives_back_the_choice_it_shows() -> None:
    assert choice_of(MODEL, [getattr(CHOICE, name) for name in FIELDS]) == CHOICE


def test_a_click_opens_a_neuron_a_pair_and_another_language(api: FakeApi, shown: dict[str, Any]) -> None:
    drawn, kept, state = lists.chosen(0, 7, shown, api)
    assert "Layer 0, neuron 7" in text(drawn) and kept["neuron"] == [0, 7] and state == {"neuron": "0.7"}
    _, both, state = lists.paired(("ar", "de"), shown, api)
    assert "1 neuron of Arabic is key in German too" in text(both) and state == {"pair": ["ar", "de"]}
    _, mask, state = lists.changed("ar", "1", shown, api)
    assert "neurons.json?language=ar" in str(mask) and state == {"language": "ar", "layer": 1}


def test_languages_that_cannot_share_are_told_why(api: FakeApi) -> None:
    request = samples.REQUEST.model_copy(update={"threshold": 2.0})
    api.result_with(request, samples.key_neurons())
    assert "None can: with 6 languages" in text(neurons.layout({}, api))


def test_a_mask_becomes_a_region(api: FakeApi, shown: dict[str, Any]) -> None:
    followed, problem = lists.use_mask("ar", shown, api)
    request = api.job(followed["key"]).request
    assert problem is None and isinstance(request, ImportRegionRequest)
    assert (request.title, request.file) == ("key neurons of Arabic, z > 1.2", "f" * 64)


def test_a_matrix_is_asked_and_fills_column_by_column(api: FakeApi, shown: dict[str, Any]) -> None:
    choice = DeactivationChoice.of_request(samples.MATRIX)
    followed, key, problem, state = off.submit(choice, shown, api)
    assert problem is None and key == followed["key"] and state["off"] == key
    assert off.drawn(key, "", shown, api)[1] == "" and "Click" in text(off.drawn(key, "", shown, api)[0])
    found = samples.deactivation()
    columns = deactivation_columns(samples.MATRIX)
    api.result_with(columns[None], PerplexitySummary(rows=found.base, n_changed=0, n_total=100))
    api.result_with(columns["ar", None], PerplexitySummary(rows=found.columns[0].rows, n_changed=20, n_total=100))
    table = text(off.drawn(key, "", shown, api)[0])
    assert "2 of 7 columns so far" in table and "+100 %" in table and "…" in table
    api.result_with(samples.MATRIX, found)
    table, whole, files = off.drawn(key, "", shown, api)
    assert whole == key and "In 0 of 2 columns" in text(table) and "CSV" in text(files)
    assert off.drawn(key, whole, shown, api) == (no_update,) * 3


def test_nothing_turned_off_is_told(api: FakeApi, shown: dict[str, Any]) -> None:
    nothing = DeactivationChoice.of_request(samples.MATRIX)._replace(switched=())
    assert "no language is chosen" in text(off.submit(nothing, shown, api)[2])
    assert "Fewer than ten random draws" in off_panel.note(nothing._replace(draws=1), samples.REQUEST)
    assert "Fewer than ten" not in off_panel.note(nothing._replace(draws=10), samples.REQUEST)
    assert "found the neurons too" in off_panel.note(nothing._replace(from_line=0), samples.REQUEST)


def test_a_cell_is_read_once_and_found_again_by_its_address(api: FakeApi, shown: dict[str, Any]) -> None:
    key = api.result_with(samples.MATRIX, samples.deactivation()).key
    address = {"result": shown["key"], "off": key, "read": "ar,en"}
    assert "not written yet" in text(neurons.layout(address, api)) and not api.jobs()
    followed, head, there, state = off.read("ar", "en", key, shown, api)
    assert "English, with the neurons of Arabic off" in text(head) and there is None and state == {"read": ["ar", "en"]}
    assert f"'key': '{followed['key']}'" in str(neurons.layout(address, api))
    request = api.job(followed["key"]).request
    api.result_with(request, GenerationGridSummary(columns=(), weights_restored=True))
    assert off.read("ar", "en", key, shown, api)[2] == followed["key"]
    assert followed["key"] in str(neurons.layout(address, api))


def test_a_matrix_of_the_runs_page_opens_its_neurons(api: FakeApi, shown: dict[str, Any]) -> None:
    key = api.result_with(samples.MATRIX, samples.deactivation()).key
    page = text(neurons.layout({"result": key}, api))
    assert "SKLR" in page and "In 0 of 2 columns" in page


def test_a_matrix_under_way_is_followed_until_its_neurons_are_there(api: FakeApi) -> None:
    job = api.job_with(samples.MATRIX, JobState.WAITING)
    opened = opened_by(samples.MATRIX, job.key, NeuronsView(), api)
    assert opened.manifest is None and opened.following == job.key and opened.view.off == job.key


def test_regions_are_compared_and_a_cell_leads_to_its_layers(api: FakeApi, shown: dict[str, Any]) -> None:
    followed, problem, state = held.submit(RegionsOfNeurons(), shown, api)
    request = api.job(followed["key"]).request
    assert problem is None and isinstance(request, EnrichmentRequest) and state["enriched"] == followed["key"]
    key = api.result_with(request, samples.enrichment()).key
    table, _, curve, stored = held.ended_with({"key": key, "state": "done"}, api)
    assert "lie in the monolingual region" in text(table) and curve is None and stored == key
    assert held.ended_with({"key": key, "state": "failed"}, api) == (no_update,) * 4
    curve, state = held.chosen("ar", "0", key, api)
    assert "Arabic in “Arabic only”" in text(curve) and state == {"held": ["ar", "0"]}
    assert list(figure("curve", f"{key}/ar/0", "dark", api).data[0].y) == [4.0]
    assert "Arabic in “Arabic only”" in text(neurons.layout({"held": "ar,0"}, api))
    assert "no region is chosen" in text(held.submit(RegionsOfNeurons(()), shown, api)[1])


def test_figures_follow_the_scheme(api: FakeApi, shown: dict[str, Any]) -> None:
    for name in ("languages", "layers", "totals"):
        assert figure(name, shown["key"], "light", api).data
    assert figure("z", f"{shown['key']}/0/7", "dark", api).layout.shapes[0].x0 == 1.2


def test_a_line_of_the_list_draws_only_what_it_says() -> None:
    """Hundreds of elements made this the slowest page to draw."""
    rows = tuple(
        NeuronRow(layer=0, index=n, z=2.5, mean_activation=0.25, others=o) for n, o in enumerate(((), ("de",)))
    )
    note, lines = neurons_list.listing(NeuronList(language="ar", threshold=2.0, n_found=300, neurons=rows), (0, 1))
    written = json.loads(getattr(lines, "data-plain"))
    assert [len(line) - 2 for line in written] == [5, 6] and lines.children is None
    assert [line[1]["class"] for line in written] == ["neurons-row", "neurons-row is-shown"]
    assert "the 2 of largest z below; the mask holds all" in note.children
    assert neurons_list.MOST_LISTED <= 60
