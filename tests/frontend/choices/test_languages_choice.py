from __future__ import annotations

import pytest

from backend.artifacts.corpora import Corpora
from backend.contracts.problems import KnownError
from backend.contracts.requests import DEFAULT_CORPUS
from backend.demo import plan
from frontend.choices.languages import LanguagesChoice
from frontend.urls import link, parse

CHOICE = LanguagesChoice(model="tiny", languages=("vi", "en"), start=2, stop=8, bos="always")


def test_the_address_keeps_every_choice() -> None:
    query = parse(link("languages", **CHOICE.state()).partition("?")[2])
    assert LanguagesChoice.of_query(query, LanguagesChoice(model="tiny")) == CHOICE


def test_the_demos_request_comes_back_unchanged() -> None:
    (request,) = [request for request in plan("gemma") if request.kind == "similarity"]
    assert LanguagesChoice.of_request(request).request() == request


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"languages": ("en",)}, "languages: 2 or more are needed, 1 given"),
        ({"start": 8, "stop": 8}, "start=8 to stop=8 is empty"),
        ({"model": ""}, "model is empty"),
    ],
)
def test_bad_choices_are_told(changes: dict[str, object], told: str) -> None:
    with pytest.raises(KnownError) as raised:
        CHOICE._replace(**changes).request()
    assert told in raised.value.problem.detail


def test_an_untouched_form_asks_what_the_demo_has_prepared() -> None:
    (prepared,) = [request for request in plan("gemma") if request.kind == "similarity"]
    first = LanguagesChoice.first("gemma", [Corpora(()).all()[DEFAULT_CORPUS].summary()])
    assert first.request() == prepared
