"""What the Languages page answers, on an in-memory API."""

from __future__ import annotations

import pytest
from dash import no_update

from backend.contracts.requests import SimilarityRequest
from backend.contracts.vocabulary import JobState
from backend.demo import plan
from frontend.choices.languages import LanguagesChoice
from frontend.language_chips import ten
from frontend.pages import languages
from frontend.panels import languages_form_handlers as handlers
from frontend.panels.languages_form import FIELDS, size_note
from frontend.study import to_remember
from tests.frontend import samples
from tests.frontend.fake_api import MODEL, FakeApi
from tests.frontend.pages.test_regions_page import text

REQUEST = next(request for request in plan(MODEL) if isinstance(request, SimilarityRequest))
CHOICE = LanguagesChoice.of_request(REQUEST)


@pytest.fixture
def api() -> FakeApi:
    return FakeApi(views={"table": "\\begin{tabular}"})


def test_without_a_result_it_names_the_next_click(api: FakeApi) -> None:
    job = api.job_with(REQUEST, JobState.QUEUED)
    shown = text(languages.layout({}, api))
    assert "click “Compare”" in shown and f"{job.title}" in shown


def test_the_newest_map_is_shown_with_the_scores_of_the_layer_in_the_address(api: FakeApi) -> None:
    api.result_with(REQUEST, samples.similarity())
    assert "Whole model" in text(languages.layout({}, api)) and "0.2000" in text(languages.layout({}, api))
    assert "Layer 1" in text(languages.layout({"layer": "1"}, api))
    assert "Layer 1" in text(languages.layout({"layers": "1"}, api))
    assert "Whole model" in text(languages.layout({"layers": "99"}, api))


def test_bad_choices_are_told_and_good_ones_followed(api: FakeApi) -> None:
    assert "2 or more are needed" in text(languages.submit(CHOICE._replace(languages=("en",)), api)[1])
    followed, problem, state = languages.submit(CHOICE, api)
    assert followed["done"] is False and problem is None and state["result"] == followed["key"]
    manifest = api.result_with(REQUEST, samples.similarity())
    shown, listed = languages.MAPS.show({"key": manifest.key, "state": "done"}, MODEL, api)
    assert "LRDS" in text(shown) and "Stored similarity maps" in text(listed)
    assert languages.MAPS.show({"key": manifest.key, "state": "failed"}, MODEL, api) == (no_update, no_update)


def test_an_empty_place_is_filled_when_a_result_arrives(api: FakeApi) -> None:
    assert languages.MAPS.arrive([], MODEL, api) == (no_update, no_update)
    api.result_with(REQUEST, samples.similarity())
    assert "LRDS" in text(languages.MAPS.arrive([{}], MODEL, api)[0])


def test_the_size_of_the_map_is_told_before_it_is_asked() -> None:
    assert size_note(CHOICE) == "10 languages × 40 sentences: a map of 400 by 400."
    assert size_note(CHOICE._replace(stop=None)).startswith("Choose two languages")


def test_the_form_gives_back_the_choice_it_shows() -> None:
    assert handlers.choice_of(MODEL, [getattr(CHOICE, name) for name in FIELDS]) == CHOICE
    assert handlers.choice_of(MODEL, [None, "c", 0, "", False]).languages == ()
    assert ten(["xx", "yy"]) == ["xx", "yy"] and ten(["zz", "zh", "ar"]) == ["ar", "zh"]


def test_the_address_is_written_once_the_form_was_touched() -> None:
    drawn = {name: list(value) if isinstance(value, tuple) else value for name, value in CHOICE.state().items()}
    assert to_remember(CHOICE.state(), drawn, None) is no_update
    changed = to_remember(CHOICE._replace(stop=9).state(), drawn, None)
    assert changed["stop"] == 9
    assert to_remember(CHOICE.state(), drawn, changed) == drawn
