"""What the Tasks page answers, on an in-memory API."""

from __future__ import annotations

from typing import Any

import pytest
from dash import no_update

from backend.contracts.jobs import title_of
from backend.contracts.problems import KnownError
from backend.contracts.requests import (
    ActivationSpec,
    ChoiceRequest,
    DeactivateNeurons,
    KeyNeuronsRequest,
    Lines,
    RegionRequest,
    RegionSpec,
    RemoveRegion,
    ScoreSpec,
)
from backend.contracts.results import ChoiceSummary, JudgedItem, KeyNeuronsSummary
from backend.contracts.tasks import TaskItem, TaskItems, TaskSummary
from backend.contracts.vocabulary import JobState
from frontend import urls
from frontend.choices.stored_changes import change_options, condition, value_of
from frontend.choices.tasks import TasksChoice
from frontend.pages import tasks
from frontend.panels import tasks_form, tasks_items, tasks_result
from frontend.panels.tasks_form import FIELDS
from frontend.task_answers import read
from frontend.views.tasks_asked import Judged, margin, shown_items
from tests.frontend import samples
from tests.frontend.fake_api import MODEL, FakeApi, running
from tests.frontend.pages.test_regions_page import text

ARABIC = TaskSummary(
    file="a" * 64, title="Everyday stories, ar", form="story_cloze", language="ar", n_items=3, built_in=True
)
SUMS = TaskSummary(file="b" * 64, title="sums", form="multiple_choice", language="en", n_items=3)
STORY = TaskItem(context="قصة قصيرة. The ending in English:", choices=(" He slept.", " He ran."), answer=0)
READ = TaskItems(task=ARABIC, prompt="letters", start=0, items=(STORY,) * 3)
CHOICE = TasksChoice(MODEL, tasks=("a" * 12,))
REGION = RegionRequest(region=RegionSpec(scores=ScoreSpec(model=MODEL), languages=("ru",), fraction=0.01))


def summary(*chosen: int, note: str = "") -> ChoiceSummary:
    """Three items whose first choice is right; -1: the likelihoods are none."""
    items = tuple(
        JudgedItem(
            item=number, answer=0, chosen=one,
            log_likelihoods=(None, None) if one < 0 else (-2.0, -3.5) if one == 0 else (-4.0, -3.0),
        )
        for number, one in enumerate(chosen)
    )  # fmt: skip
    n_correct = chosen.count(0)
    share = n_correct / len(chosen)
    return ChoiceSummary(
        n_items=len(chosen), n_correct=n_correct, accuracy=share, accuracy_by_character=share, chance=0.5,
        standard_error=(share * (1 - share) / len(chosen)) ** 0.5, items=items, n_not_a_number=chosen.count(-1),
        note=note,
    )  # fmt: skip


@pytest.fixture
def api() -> FakeApi:
    return FakeApi(views={"tasks": (ARABIC, SUMS), "task_items": READ})


def view(choice: TasksChoice = CHOICE, result: str | None = None) -> dict[str, Any]:
    return {"choice": choice.state(), "result": result}


def stored(api: FakeApi, found: ChoiceSummary, change: Any = None) -> str:
    request = ChoiceRequest(model=MODEL, task=CHOICE.request(ARABIC, tasks.conditions(CHOICE, api)[0]).task)
    return api.result_with(request.model_copy(update={"change": change}), found).key


def test_the_form_and_the_address_give_back_the_choice() -> None:
    choice = CHOICE._replace(tasks=("a" * 12, "b" * 12), items=2, prompt="texts", changes=("k", "l:ru"))
    query = urls.parse(urls.link("tasks", **choice.state()).partition("?")[2])
    assert TasksChoice.of_query(query, TasksChoice(MODEL)) == choice
    values = [list(value) if isinstance(value := choice.state()[name], tuple) else value for name in FIELDS]
    assert tasks.choice_of(MODEL, values) == choice


def test_a_request_takes_all_of_a_short_task_and_asks_stories_one_way(api: FakeApi) -> None:
    (intact,) = tasks.conditions(CHOICE, api)
    choice = CHOICE._replace(items=3, prompt="texts")
    assert (choice.request(ARABIC, intact).n_items, choice.request(ARABIC, intact).task.prompt) == (None, "letters")
    assert choice._replace(items=2).request(SUMS, intact).n_items == 2
    assert choice.request(SUMS, intact).task.prompt == "texts"


def test_an_empty_place_names_the_next_click(api: FakeApi) -> None:
    shown = text(tasks.layout({}, api))
    assert "click “ask them”" in shown.lower() and "Arabic" in shown and "sums" in shown
    assert "No model is open yet" in text(tasks.layout({}, FakeApi(models=())))


def test_tasks_are_asked_followed_and_shown_as_they_come(api: FakeApi) -> None:
    seen, problem, address = tasks.submit(CHOICE._replace(tasks=("a" * 12, "b" * 12)), api)
    assert problem is None and address["tasks"] == ("a" * 12, "b" * 12)
    jobs, shown, _, drawn = tasks.redraw(seen, [], api)
    assert "2 under way" in text(jobs) and "The first answer comes here" in text(shown)
    assert tasks.redraw(seen, drawn, api)[1] is no_update
    job = next(job for job in api.jobs() if job.request.task.file == ARABIC.file)
    going = {"state": JobState.RUNNING, "progress": running(3, 50, "base")}
    api.known_jobs[job.key], request = job.model_copy(update=going), job.request
    assert "3 of 50" in text(tasks.redraw(seen, drawn, api)[0])
    api.result_with(request, summary(0, 1, 0))
    _, shown, _, now = tasks.redraw(seen, drawn, api)
    assert "2 of 3 right" in text(shown) and now != drawn
    assert "cancelled" not in text(tasks.cancel(seen, api))
    assert all(job.state is JobState.CANCELLED for job in api.jobs() if job.request != request)


def test_intact_stands_beside_changed(api: FakeApi) -> None:
    region = api.result_with(REGION, samples.region()).key
    stored(api, summary(0, 0, 0))
    stored(api, summary(0, 1, -1, note="top 1 %: 10 parameters set to 0"), RemoveRegion(region=REGION))
    choice = CHOICE._replace(changes=(region,))
    shown = text(tasks.layout({"changes": region, "tasks": "a" * 12}, api))
    assert "3 of 3 right" in shown and "1 of 3 right" in shown and "−66.7" in shown
    assert "A likelihood was not a number for 1 item: wrong" in shown
    figure = tasks.figure(view(choice), "dark", api)
    assert [trace.name for trace in figure.data] == ["intact", "top 1 % ru removed", "chance"]
    assert list(figure.data[1].y) == pytest.approx([100 / 3])
    rows = read(tasks.rows_of(view(choice), api), api)
    assert tasks_result.csv_text(rows).splitlines()[1].startswith('"Everyday stories, ar",ar,intact,3,3,1.0')


def test_items_show_story_choices_and_margins(api: FakeApi) -> None:
    region = api.result_with(REGION, samples.region()).key
    stored(api, summary(0, 0, 1))
    stored(api, summary(0, 1, -1), RemoveRegion(region=REGION))
    seen = view(CHOICE._replace(changes=(region,)))
    listed, n_pages = tasks.items(seen, ARABIC.file, "all", 1, api)
    assert n_pages == 1 and len(listed) == 3
    context = listed[0].children[1]
    assert (context.dir, context.lang, context.children) == ("rtl", "ar", "قصة قصيرة.")
    assert "+1.50" in text(listed[0]) and "not a number" in text(listed[2])
    changed, _ = tasks.items(seen, ARABIC.file, "changed", 1, api)
    assert [one.children[0].children for one in changed] == ["Item 2", "Item 3"]
    assert "No such item" in text(tasks_items.listed([], ["intact"], "ar"))


def test_pages_of_items_and_margins() -> None:
    one = JudgedItem(item=0, answer=1, chosen=0, log_likelihoods=(-1.0, -2.5, -4.0))
    assert margin(one) == pytest.approx(-1.5)
    many = [Judged(STORY, number, (one,)) for number in range(13)]
    some, n_pages = shown_items(many, "all", 99)
    assert (len(some), n_pages) == (1, 3)


def test_a_stored_answer_is_opened_with_its_form(api: FakeApi) -> None:
    region = api.result_with(REGION, samples.region()).key
    key = stored(api, summary(0, 1, 1), RemoveRegion(region=REGION))
    assert f"'{region}'" in repr(tasks.layout({"result": key}, api))
    api.delete_result(region)
    assert "With changed" in text(tasks.layout({"result": key}, api))
    other = api.result_with(REGION, samples.region()).key
    assert "another page shows" in text(tasks.layout({"result": other}, api))


def test_changes_are_named_by_the_results_that_make_them(api: FakeApi) -> None:
    region = api.result_with(REGION, samples.region()).key
    read = ActivationSpec(model=MODEL, lines=Lines(start=0, stop=4))
    neurons = KeyNeuronsRequest(activations=read, languages=("ar", "de", "en", "es", "fr", "ru"))
    found = KeyNeuronsSummary(
        languages=neurons.languages, n_layers=1, n_neurons=1, counts=((0,),) * 6, null_mean=(None,) * 6,
        null_high=(None,) * 6, sklr=0, sklr_null=None, shared=((0,) * 6,) * 6, jaccard=((None,) * 6,) * 6,
    )  # fmt: skip
    key = api.result_with(neurons, found).key
    values = [item["value"] for group in change_options(MODEL, api) for item in group["items"]]
    assert values == [region, *(f"{key}:{language}" for language in neurons.languages)]
    off = condition(f"{key}:ru", api)
    assert (off.name, off.change) == ("Russian neurons off", DeactivateNeurons(neurons=neurons, language="ru"))
    for value in values:
        change = condition(value, api).change
        assert change is not None and value_of(change, api.results()) == value
    with pytest.raises(KnownError, match="is no region"):
        condition(f"{key}:xx", api)


def test_what_cannot_be_asked_is_told(api: FakeApi) -> None:
    assert "no task is chosen" in text(tasks.submit(CHOICE._replace(tasks=()), api)[1])
    assert "n_items is 0" in text(tasks.submit(CHOICE._replace(items=0), api)[1])
    assert "no result has the key" in text(tasks.submit(CHOICE._replace(changes=("gone",)), api)[1])
    assert "at least one" in tasks_form.cost(CHOICE._replace(tasks=()), (ARABIC,))
    assert tasks_form.cost(CHOICE._replace(items=2, changes=("k",)), (ARABIC,)).startswith("2 runs, 4 items")


def test_an_added_task_is_chosen(api: FakeApi) -> None:
    assert tasks.with_added("b" * 64, CHOICE) == (f"/tasks?model={MODEL}&tasks={'a' * 12},{'b' * 12}&prompt=letters")


def test_a_task_names_its_language_once(api: FakeApi) -> None:
    request = CHOICE.request(ARABIC, tasks.conditions(CHOICE, api)[0])
    assert title_of(request) == f"Everyday stories, ar · unchanged · {MODEL}"
    renamed = request.model_copy(update={"task": request.task.model_copy(update={"title": "mine"})})
    assert title_of(renamed) == f"mine · ar · unchanged · {MODEL}"
