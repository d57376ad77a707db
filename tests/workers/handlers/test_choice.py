"""Story cloze and multiple choice through their handler: intact, under a change, with likelihoods that are none."""

from __future__ import annotations

import json
import math

import pytest

from backend.artifacts.tasks import Tasks
from backend.contracts.problems import KnownError
from backend.contracts.requests import (
    ApplyEdits,
    Change,
    ChoiceRequest,
    Edit,
    Lines,
    RegionRequest,
    RegionSpec,
    RemoveRegion,
    ScalarTarget,
    ScoreSpec,
    TaskFile,
)
from backend.contracts.results import ChoiceSummary
from backend.contracts.vocabulary import EditAction
from tests.backend.artifacts.test_task_items import QUESTION, lines
from tests.workers.handlers.shop import Shop
from workers.analysis.checksum import checksum
from workers.analysis.choice import Item, judge

QUESTIONS = [QUESTION | {"question": f"{n} + 1?", "answer": "ABC"[n % 3]} for n in range(7)]
REMOVED = {"lines": Lines(corpus="small", start=0, stop=4)}


@pytest.fixture(scope="module")
def task(shop: Shop) -> TaskFile:
    """Seven questions of three choices."""
    tasks = Tasks(shop.context.layout.tasks)
    added = tasks.add(lines(*QUESTIONS), title="sums", form="multiple_choice", language="en")
    return TaskFile(file=added.file, title="sums", form="multiple_choice", language="en", prompt="texts")


def asked(shop: Shop, task: TaskFile, *, n_items: int | None = None, change: Change | None = None) -> ChoiceSummary:
    request = ChoiceRequest(model=shop.model, task=task, n_items=n_items, change=change)
    before = checksum(shop.context.host.load(shop.model).model.parameters())
    summary = shop.answer(request).summary
    assert checksum(shop.context.host.load(shop.model).model.parameters()) == before
    assert isinstance(summary, ChoiceSummary)
    stored = json.loads((shop.context.store.path(shop.key(request)) / "items.json").read_text())
    assert stored == [item.model_dump(mode="json") for item in summary.items]
    return summary


def test_it_is_the_pure_analysis_counted(shop: Shop, task: TaskFile) -> None:
    found = asked(shop, task)
    loaded = shop.context.host.load(shop.model)
    items = [Item(f"{n} + 1?\nAnswer:", (" 3", " 4", " 5"), n % 3) for n in range(7)]
    by_hand = judge(loaded.model, loaded.tokenizer, items)
    n_correct = sum(one.chosen == item.answer for one, item in zip(by_hand, items, strict=True))
    assert (found.n_items, found.n_correct, found.accuracy) == (7, n_correct, n_correct / 7)
    assert found.standard_error == pytest.approx(math.sqrt(found.accuracy * (1 - found.accuracy) / 7))
    assert found.chance == pytest.approx(1 / 3)
    assert found.accuracy_by_character == found.accuracy  # all choices are of one length
    assert [item.chosen for item in found.items] == [one.chosen for one in by_hand]
    assert (found.n_not_a_number, found.note) == (0, "")


def test_the_first_items_are_those_of_the_whole(shop: Shop, task: TaskFile) -> None:
    few, all_of_them = asked(shop, task, n_items=2), asked(shop, task)
    for one, other in zip(few.items, all_of_them.items[:2], strict=True):
        assert one.log_likelihoods == pytest.approx(other.log_likelihoods, abs=1e-5)


def test_a_removed_region_changes_what_is_likely(shop: Shop, task: TaskFile) -> None:
    scores = ScoreSpec(model=shop.model, **REMOVED)
    region = RegionRequest(region=RegionSpec(scores=scores, languages=("de",), fraction=0.05))
    shop.progress.notes.clear()
    removed = asked(shop, task, change=RemoveRegion(region=region))
    assert removed.items[0].log_likelihoods != asked(shop, task).items[0].log_likelihoods
    assert "parameters set to 0" in removed.note
    assert shop.progress.notes[-2:] == ["top 5 % removed · sums", "base · sums"]


def test_what_is_not_a_number_is_wrong_and_told(shop: Shop, task: TaskFile) -> None:
    where = [ScalarTarget(matrix="1.norm.post", index=(index,)) for index in range(2)]
    edits = tuple(Edit(where=one, action=EditAction.SET, value=3e38) for one in where)
    found = asked(shop, task, change=ApplyEdits(edits=edits))
    assert (found.n_not_a_number, found.n_correct, found.accuracy, found.standard_error) == (7, 0, 0.0, 0.0)
    assert all(item.chosen == -1 and set(item.log_likelihoods) == {None} for item in found.items)


def test_the_stories_that_ship_are_asked(shop: Shop) -> None:
    built_in = Tasks().all()[0]
    task = TaskFile(file=built_in.file, title="stories", form="story_cloze", language="ar")
    found = asked(shop, task, n_items=2)
    assert (found.n_items, found.chance) == (2, 0.5)


def test_a_task_that_is_gone_is_told(shop: Shop) -> None:
    task = TaskFile(file="0" * 64, title="gone", form="story_cloze", language="ar")
    with pytest.raises(KnownError, match="no task with SHA-256 0000"):
        asked(shop, task)
