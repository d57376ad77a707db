from __future__ import annotations

import pytest

from backend.artifacts.corpora import Corpora
from backend.contracts.problems import KnownError
from backend.contracts.requests import DEFAULT_CORPUS
from backend.demo import plan
from frontend.choices.regions import RegionsChoice
from frontend.urls import link, parse

CHOICE = RegionsChoice(model="tiny", languages=("vi", "en", "ar"), evaluated=("en",))


def test_the_address_keeps_every_choice() -> None:
    changed = CHOICE.changed(
        percent=2.5, scope="global", estimator="taylor_sum_of_abs", stop=8, draws=0, corpus="news", shards=3,
        batch_tokens=4096,
        snapshots=("10", "100"), snapshot=10, evaluated_corpus="books", others=("a" * 20, "b" * 20),
    )  # fmt: skip
    query = parse(link("regions", **changed.state()).partition("?")[2])
    assert RegionsChoice.of_query(query, RegionsChoice(model="tiny")) == changed


def test_the_batch_of_scoring_is_part_of_the_question() -> None:
    assert CHOICE.score_spec().batch_tokens == 1024
    assert CHOICE.changed(batch_tokens=4096).score_spec().batch_tokens == 4096
    with pytest.raises(KnownError) as refused:
        CHOICE.changed(batch_tokens=0).score_spec()
    assert refused.value.problem.field == "batch_tokens"


def test_an_address_that_cannot_be_read_changes_nothing() -> None:
    assert RegionsChoice.of_query({"percent": "much", "stop": "1.5", "languages": ""}, CHOICE) == CHOICE


def test_the_order_of_clicks_changes_no_request() -> None:
    other = CHOICE.changed(languages=("ar", "vi", "en"))
    assert other.removal_request() == CHOICE.removal_request()
    assert CHOICE.spec().languages == ("ar", "en", "vi")
    assert CHOICE.spec().fraction == 0.01


def test_the_demos_requests_come_back_unchanged() -> None:
    for request in plan("gemma"):
        if request.kind == "removal":
            assert RegionsChoice.of_request(request).removal_request() == request
        elif request.kind == "region":
            assert RegionsChoice.of_request(request).region_request() == request


@pytest.mark.parametrize(
    ("changes", "field", "told"),
    [
        ({"percent": 0}, "fraction", "fraction is 0: input should be greater than 0"),
        ({"percent": 200}, "fraction", "fraction is 2: input should be less than 1"),
        ({"percent": None}, "fraction", "fraction is empty"),
        ({"languages": ()}, "languages", "languages is empty"),
        ({"stop": 0, "start": 5}, "stop", "stop is 0"),
        ({"start": 9, "stop": 3}, "lines", "lines start=9 to stop=3 is empty"),
        ({"start": -1}, "start", "start is -1"),
        ({"evaluated": ()}, "languages", "languages is empty"),
        ({"draws": 999}, "random_draws", "random_draws is 999"),
        ({"languages": ("nonsense!",)}, "languages", "languages is 'nonsense!'"),
    ],
)
def test_bad_choices_are_told_by_field(changes: dict[str, object], field: str, told: str) -> None:
    with pytest.raises(KnownError) as raised:
        CHOICE.changed(**changes).removal_request()
    problem = raised.value.problem
    assert problem.field == field
    assert told in problem.detail


def test_an_untouched_form_asks_what_the_demo_has_prepared() -> None:
    *_, prepared = [request for request in plan("gemma") if request.kind == "removal"]
    first = RegionsChoice.first("gemma", [Corpora(()).all()[DEFAULT_CORPUS].summary()])
    # Of fewer languages, since ten draws take their time; the form of a page that shows the table asks for it.
    assert first.changed(evaluated=prepared.evaluation.languages).removal_request() == prepared
    assert RegionsChoice.of_request(prepared).removal_request() == prepared
