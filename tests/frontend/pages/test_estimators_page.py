"""What the Estimators page answers, on an in-memory API."""

from __future__ import annotations

from typing import Any

import pytest
from dash import no_update

from backend.contracts.requests import FaithfulnessRequest
from backend.contracts.vocabulary import JobState
from frontend import urls
from frontend.choices.estimators import EstimatorsChoice
from frontend.pages import estimators
from frontend.panels import estimators_form, estimators_result
from frontend.panels.estimators_form import FIELDS
from tests.frontend import samples
from tests.frontend.fake_api import MODEL, FakeApi, running
from tests.frontend.pages.test_regions_page import text

CHOICE = EstimatorsChoice(MODEL, language="ru", n_parameters=50)


@pytest.fixture
def api() -> FakeApi:
    return FakeApi()


def test_the_request_names_each_estimator_once_in_one_order() -> None:
    asked = CHOICE.request()
    assert [(spec.estimator.value, spec.mode.value) for spec in asked.estimators] == [
        ("taylor", "abs_of_sum"), ("taylor", "sum_of_abs"), ("fisher", "abs_of_sum"), ("magnitude", "abs_of_sum"),
    ]  # fmt: skip
    assert CHOICE._replace(estimators=CHOICE.estimators[::-1]).request() == asked


def test_the_form_and_the_address_give_back_the_choice() -> None:
    assert EstimatorsChoice.of_request(CHOICE.request()) == CHOICE
    query = urls.parse(urls.link("estimators", **CHOICE.state()).partition("?")[2])
    assert EstimatorsChoice.of_query(query, EstimatorsChoice(MODEL)) == CHOICE
    values = [list(value) if isinstance(value := CHOICE.state()[name], tuple) else value for name in FIELDS]
    assert estimators.choice_of(MODEL, values) == CHOICE


def test_an_empty_place_names_the_next_click(api: FakeApi) -> None:
    api.job_with(CHOICE.request(), JobState.RUNNING, progress=running(3, 50, "zeroing"))
    shown = text(estimators.layout({}, api))
    assert "click “check them”" in shown.lower() and "3 of 50" in shown
    assert "No model is open yet" in text(estimators.layout({}, FakeApi(models=())))


def test_a_check_is_told_in_words_numbers_and_figures(api: FakeApi) -> None:
    manifest = api.result_with(CHOICE.request(), samples.faithfulness())
    shown = text(estimators.layout({}, api))
    assert "Taylor, abs of sum is closest" in " ".join(shown.split())
    assert "1 of 3 parameters change the loss by less than rounding does" in shown
    assert "0.80 to 0.95" in shown and "Russian · 50 parameters" in shown
    assert len(estimators.figure(0, manifest.key, "dark", api).data) == 2
    assert estimators.submit(CHOICE, api)[0] == {"key": manifest.key, "done": True}


def test_intervals_that_overlap_are_said() -> None:
    summary = samples.faithfulness()
    close = summary.estimators[0].model_copy(update={"name": "fisher", "spearman": 0.85, "spearman_high": 0.92})
    two = summary.model_copy(update={"estimators": (summary.estimators[0], close)})
    assert "cannot be told from Fisher" in text(estimators_result.words(two))
    far = close.model_copy(update={"spearman_low": 0.1, "spearman_high": 0.3})
    assert "further away" in text(
        estimators_result.words(two.model_copy(update={"estimators": (summary.estimators[0], far)}))
    )
    none = summary.model_copy(update={"estimators": summary.estimators[1:]})
    assert "No rank correlation is defined" in text(estimators_result.words(none))


def test_what_cannot_be_asked_is_told(api: FakeApi) -> None:
    for changes, told in (({"estimators": ()}, "estimators is empty"), ({"n_parameters": 1}, "n_parameters is 1")):
        followed, problem, *_ = estimators.submit(CHOICE._replace(**changes), api)
        assert followed is no_update and told in text(problem)
    assert "Choose at least one" in estimators_form.cost(CHOICE._replace(estimators=()))
    assert estimators_form.cost(CHOICE).startswith("101 forward passes over 8 sentences")
    assert estimators_form.cost(CHOICE._replace(sampling="uniform")).startswith("51 forward passes")


def test_a_result_that_arrives_is_drawn_once(api: FakeApi) -> None:
    assert estimators.CHECKS.arrive([], MODEL, api) == (no_update, no_update)
    manifest = api.result_with(CHOICE.request(), samples.faithfulness())
    assert "closest" in text(estimators.CHECKS.arrive([{}], MODEL, api)[0])
    ended: dict[str, Any] = {"key": manifest.key, "state": "done"}
    assert "closest" in text(estimators.CHECKS.show(ended, MODEL, api)[0])
    assert estimators.CHECKS.show(ended, MODEL, api, shown=[manifest.key]) == (no_update, no_update)
    assert isinstance(manifest.request, FaithfulnessRequest)
