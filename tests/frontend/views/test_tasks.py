"""The Tasks page without the page."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from backend.contracts.problems import KnownError
from backend.contracts.requests import RemoveRegion
from backend.contracts.results import ChoiceSummary
from frontend.choices.stored_changes import INTACT
from frontend.choices.tasks import ItemsView
from frontend.views.tasks_asked import sentences
from tests.frontend import samples
from tests.frontend.fake_api import MODEL, FakeApi
from tests.frontend.pages.test_tasks_page import ARABIC, READ, REGION, SUMS, stored, summary
from tests.frontend.views.holds import holds


@pytest.fixture
def api() -> FakeApi:
    return FakeApi(views={"tasks": (ARABIC, SUMS), "task_items": READ})


def test_accuracy_intact_and_changed_with_every_item(api: FakeApi) -> None:
    key = api.result_with(REGION, samples.region()).key
    intact, changed = stored(api, summary(0, 0, 1)), stored(api, summary(0, 1, -1), RemoveRegion(region=REGION))
    view = holds(f"/tasks?changes={key}&show=wrong", api)
    assert view.address == f"/tasks?model={MODEL}&changes={key}&show=wrong"
    rows = view.tables[0].rows
    assert [(row[4], row[-1]) for row in rows] == [(2, intact), (1, changed)]
    assert rows[1][-2] == pytest.approx(-100 / 3)
    assert [row[0] for row in view.tables[1].rows] == [2, 3] and view.tables[1].rows[0][3] == pytest.approx(1.5)
    assert view.passages[0].language == "ar" and "1. He slept. (the right one, chosen intact)" in view.passages[0].text
    assert "2 of 3 right" in view.lead and {one.key for one in view.sources} == {intact, changed}
    assert "66.7 % (Arabic)" in view.pictures[0].told.description


def test_a_result_of_the_runs_page_opens_its_question(api: FakeApi) -> None:
    key = stored(api, summary(0, 0, 0))
    assert holds(f"/tasks?result={key}", api).address == f"/tasks?model={MODEL}"
    gone = stored(api, summary(0, 1, 1), RemoveRegion(region=REGION))
    view = holds(f"/tasks?result={gone}", api)
    assert f"result={gone}" in view.address and len(view.tables[0].rows) == 2
    removal = api.result_with(REGION, samples.region()).key
    with pytest.raises(KnownError, match="another page shows"):
        holds(f"/tasks?result={removal}", api)


def test_what_is_not_asked_is_missing(api: FakeApi) -> None:
    view = holds("/tasks?tasks=aaaaaaaaaaaa,bbbbbbbbbbbb&items=2", api)
    assert "has been asked" in view.lead and len(view.missing) == 2 and "items=2" in view.address
    stored(api, summary(0, 0, 0))
    view = holds("/tasks?tasks=aaaaaaaaaaaa,bbbbbbbbbbbb&task=bbb&at=9", api)
    assert len(view.missing) == 1 and "at=" not in view.address


def test_the_items_that_are_read_are_in_the_address() -> None:
    look = ItemsView("b" * 12, "wrong", 3)
    assert ItemsView.of_query({"task": "b" * 12, "show": "wrong", "at": "3"}) == look
    assert look.state() == {"task": "b" * 12, "show": "wrong", "at": 3}
    assert set(ItemsView().state().values()) == {None}


@pytest.mark.parametrize(
    ("n_correct", "n_items", "words"),
    [
        (6, 6, "50 points above guessing"),
        (3, 3, "not to be told from guessing"),  # three of three: Wilson's interval reaches 44 %
        (10, 20, "not to be told from guessing"),
        (2, 20, "40 points below guessing"),
    ],
)
def test_a_share_is_told_from_guessing_by_its_interval(n_correct: int, n_items: int, words: str) -> None:
    summary = ChoiceSummary(
        n_items=n_items, n_correct=n_correct, accuracy=n_correct / n_items, standard_error=0.0,
        accuracy_by_character=0.5, chance=0.5, items=(),
    )  # fmt: skip
    answer = SimpleNamespace(summary=summary, condition=SimpleNamespace(name=INTACT))
    (sentence,) = sentences([[answer]])  # type: ignore[list-item]
    assert words in sentence.sentence
