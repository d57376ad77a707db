"""What an address of the Tasks page asks, who has answered it, and what was made of each item. No Dash here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

from backend.client import Client
from backend.contracts.problems import KnownError, Problem
from backend.contracts.requests import ChoiceRequest
from backend.contracts.results import ChoiceSummary, JudgedItem
from backend.contracts.tasks import TaskItem
from backend.contracts.verdicts import inside
from backend.contracts.verdicts import share as share_of
from frontend.choices.shown import following_or_stored
from frontend.choices.stored_changes import INTACT, value_of
from frontend.choices.tasks import TasksChoice, label_of
from frontend.figures.tasks import TaskBars
from frontend.task_answers import Answer, answers, conditions, judged

PAGE_SIZE = 6
Rows = Sequence[Sequence[Answer]]


class Judged(NamedTuple):
    """One item and what each condition made of it; None where that is not known."""

    item: TaskItem
    number: int
    by: tuple[JudgedItem | None, ...]


FILTERS: Mapping[str, Callable[[Judged], bool]] = {
    "all": lambda judged: True,
    "wrong": lambda judged: any(one and one.chosen != one.answer for one in judged.by),
    "changed": lambda judged: len({one.chosen for one in judged.by if one}) > 1,
}
"""Which items are shown: all, those that some condition answers wrongly, those whose answer a change has changed."""


def of_address(query: Mapping[str, str], model: str, api: Client) -> tuple[TasksChoice, str | None, Problem | None]:
    """The choice that an address means, the stored result it names, and a problem to show."""
    choice = TasksChoice.first(model, api.tasks())
    if not (query.get("result") or query.get("key")):
        return TasksChoice.of_query(query, choice), None, None
    found = following_or_stored(query, (), (ChoiceRequest,), api)
    if not isinstance(found.request, ChoiceRequest):
        return choice, None, found.problem
    change = value_of(found.request.change, api.results(model=model)) if found.request.change else None
    named = TasksChoice.of_request(found.request, change)
    return TasksChoice.of_query(query, named), found.manifest.key if found.manifest else None, None


def rows_of(view: Mapping[str, Any], api: Client) -> list[list[Answer]]:
    """Every chosen task under every condition; rows are tasks. Nothing for a change whose result is gone."""
    choice = choice_of_state(view["choice"])
    try:
        return answers(choice, api.tasks(), conditions(choice, api, view.get("result")), api)
    except KnownError:
        return []


def answered(rows: Rows) -> list[list[Answer]]:
    """Tasks with some answer."""
    return [list(row) for row in rows if any(one.key for one in row)]


def choice_of_state(state: Mapping[str, Any]) -> TasksChoice:
    """The choice, from a store of the browser, which keeps lists."""
    lists = {name: tuple(state.get(name) or ()) for name in ("tasks", "changes")}
    return TasksChoice(**{**state, **lists})


def names(rows: Rows) -> list[str]:
    """What the conditions are called; a name that comes twice is numbered."""
    found: list[str] = []
    for answer in rows[0] if rows else ():
        name, number = answer.condition.name, 2
        while name in found:
            name, number = f"{answer.condition.name} ({number})", number + 1
        found.append(name)
    return found


def bars(rows: Rows) -> list[TaskBars]:
    """What the figure draws."""
    tasks = [row[0].task for row in rows]
    return [TaskBars(label_of(row[0].task, tasks), tuple(one.summary for one in row)) for row in rows]


class Sentence(NamedTuple):
    """How one condition did over all tasks."""

    start: str
    """`Intact`, `With ... removed`."""
    sentence: str
    found: tuple[ChoiceSummary, ...]


def sentences(rows: Rows) -> list[Sentence]:
    """The mean over tasks under each condition, in plain words."""
    told = []
    for place, name in enumerate(names(rows)):
        found = [summary for row in rows if (summary := row[place].summary)]
        if not found:
            continue
        n_items, n_correct = sum(one.n_items for one in found), sum(one.n_correct for one in found)
        share, chance = n_correct / n_items, sum(one.chance * one.n_items for one in found) / n_items
        error = (share * (1 - share) / n_items) ** 0.5
        is_above = inside(share_of(n_correct, n_items), least=chance)
        away = f"{100 * abs(share - chance):.0f} points {'above' if is_above else 'below'} guessing"
        verdict = "not to be told from guessing" if is_above is None else away
        said = f"{n_correct} of {n_items} right, {100 * share:.1f} ± {100 * error:.1f} %: {verdict} "
        start = "Intact" if name == INTACT else f"With {name}"
        told.append(Sentence(start, f"{said}({100 * chance:.0f} %).", tuple(found)))
    return told


def judged_items(row: Sequence[Answer], api: Client) -> list[Judged]:
    """Every item of a task that some condition has judged, with what each made of it."""
    by = [{one.item: one for one in judged(answer, api)} for answer in row]
    n_items = max((len(found) for found in by), default=0)
    starts = range(0, n_items, 1000)
    prompt = row[0].request.task.prompt
    pages = [api.task_items(row[0].task.file, start, min(start + 1000, n_items), prompt=prompt) for start in starts]
    read = chain.from_iterable(page.items for page in pages)
    return [Judged(item, number, tuple(found.get(number) for found in by)) for number, item in enumerate(read)]


def kept_items(items: Sequence[Judged], show: str) -> list[Judged]:
    """Those that a filter keeps."""
    return [one for one in items if FILTERS.get(show, FILTERS["all"])(one)]


def shown_items(items: Sequence[Judged], show: str, page: int) -> tuple[list[Judged], int]:
    """One page of the items that are asked for, and how many pages there are."""
    kept = kept_items(items, show)
    n_pages = max(1, -(-len(kept) // PAGE_SIZE))
    start = PAGE_SIZE * (min(page, n_pages) - 1)
    return kept[start : start + PAGE_SIZE], n_pages


def margin(judged: JudgedItem) -> float | None:
    """How much likelier the right choice is than the best wrong one, in nats; None where one is not a number."""
    if any(score is None for score in judged.log_likelihoods):
        return None
    scores = [score for score in judged.log_likelihoods if score is not None]
    return scores[judged.answer] - max(score for place, score in enumerate(scores) if place != judged.answer)
