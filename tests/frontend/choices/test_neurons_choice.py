"""What the Neurons page asks: from the address, to the address, to the requests."""

from __future__ import annotations

import pytest

from backend.contracts.models import CorpusLines
from backend.contracts.problems import KnownError
from backend.contracts.regions import CombinedRegionRequest, RegionRequest
from backend.contracts.requests import DeactivateNeurons
from frontend import urls
from frontend.choices.neurons import NeuronsChoice, NeuronsView
from frontend.choices.neurons_deactivation import DeactivationChoice, beginning, overlaps, texts_request
from frontend.choices.neurons_regions import CORE, RegionsOfNeurons
from tests.frontend import neuron_samples as samples
from tests.frontend.fake_api import FakeApi

CHOICE = NeuronsChoice.of_request(samples.REQUEST)


def test_a_request_is_the_form_that_asks_it() -> None:
    assert CHOICE.request() == samples.REQUEST
    query = urls.parse(urls.link("neurons", **CHOICE._replace(bos="always").state()).partition("?")[2])
    assert NeuronsChoice.of_query(query, NeuronsChoice("other"))._replace(model=CHOICE.model) == CHOICE._replace(
        bos="always"
    )


def test_too_few_languages_are_told_at_once_with_the_reason() -> None:
    assert CHOICE.refusal() is None
    five = CHOICE._replace(languages=CHOICE.languages[:5], threshold=2.0)
    assert "with 5 languages z cannot exceed 2.00".lower() in (five.refusal() or "").lower()
    assert "at least 6 languages" in (five.refusal() or "")
    assert "6 languages or more" in (CHOICE._replace(languages=()).refusal() or "")
    with pytest.raises(KnownError):
        five.request()


def test_the_address_keeps_what_is_looked_at() -> None:
    view = NeuronsView("de", 3, (5, 52), ("ar", "de"), "k" * 20, ("es", "ar"), "m" * 20, ("ar", "0"))
    assert NeuronsView.of_query(urls.parse(urls.link("neurons", **view.state()).partition("?")[2])) == view
    assert NeuronsView.of_query({"neuron": "x", "layer": "-1", "pair": "ar"}) == NeuronsView()
    assert set(NeuronsView().state().values()) == {None}


def test_a_matrix_is_measured_on_lines_that_did_not_find_the_neurons() -> None:
    choice = DeactivationChoice.first(samples.REQUEST, FakeApi().corpora())
    assert (choice.from_line, choice.to_line) == (40, 80) and not overlaps(choice, samples.REQUEST)
    assert overlaps(choice._replace(from_line=39), samples.REQUEST)
    request = choice.request(samples.REQUEST)
    assert request.deactivated == () and request.columns == samples.LANGUAGES
    assert DeactivationChoice.of_request(samples.MATRIX).request(samples.REQUEST) == samples.MATRIX


def test_the_texts_of_a_cell_begin_lines_that_were_measured() -> None:
    lines = CorpusLines(corpus="atlas-parallel", start=60, lines={"en": ("One two three four five six", "a b c", "x")})
    request = texts_request(samples.MATRIX, "ar", "en", FakeApi(views={"corpus_lines": lines}))
    assert [prompt.text for prompt in request.prompts] == ["One two three four five", "a b", "x"]
    change = request.columns[0].change
    assert isinstance(change, DeactivateNeurons) and change.language == "ar"
    assert (request.columns[0].name, request.settings.max_new_tokens) == ("Arabic neurons off", 64)


def test_a_script_without_spaces_is_cut_by_characters() -> None:
    assert beginning("雨がとても強かったので帰った") == "雨がとても強かっ"


def test_regions_are_made_for_the_languages_of_the_neurons() -> None:
    request = RegionsOfNeurons().request(samples.REQUEST, ())
    assert [named.name for named in request.regions] == [
        "Arabic only", "German only", "English only", "Spanish only", "French only", "Chinese only", "core"
    ]  # fmt: skip
    only, core = request.regions[0].region, request.regions[-1].region
    assert isinstance(only, CombinedRegionRequest) and len(only.expression.of) == 11
    assert isinstance(core, RegionRequest) and core.region.languages == samples.LANGUAGES
    assert core.region.scores.lines == samples.REQUEST.activations.lines
    with pytest.raises(KnownError):
        RegionsOfNeurons((CORE,), None).request(samples.REQUEST, ())
