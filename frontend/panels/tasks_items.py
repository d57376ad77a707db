"""The items of one task, page by page: story or question, choices, which is right, which was chosen, by how much."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import dash_mantine_components as dmc
from dash import html

from backend.contracts.results import JudgedItem
from backend.contracts.tasks import ENDING_IN_ENGLISH, TaskItem, TaskSummary
from frontend.fields import segments
from frontend.shell import hint
from frontend.theme import text_direction

PAGE_SIZE = 6


class ItemsId(StrEnum):
    """Ids of the browser."""

    TASK = "tasks-items-task"
    SHOW = "tasks-items-show"
    PAGE = "tasks-items-page"
    LIST = "tasks-items-list"


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


def browser(tasks: Sequence[tuple[TaskSummary, str]], *, task: str | None = None) -> html.Section:
    """The head of the list: which task, which items; `tasks` are (task, label)."""
    data = [{"value": one.file, "label": words} for one, words in tasks]
    shows = {"all": "all", "wrong": "some wrong answer", "changed": "answer changed"}
    pick = dmc.Select(
        id=ItemsId.TASK, data=data, value=task or data[0]["value"], allowDeselect=False, size="xs", w=230,
        **{"aria-label": "Task"},
    )  # fmt: skip
    head = dmc.Group(
        [
            html.H2("Item by item", className="study-heading"),
            pick,
            segments(ItemsId.SHOW, "all", shows, fullWidth=False),
        ],
        gap="md",
    )
    pages = dmc.Pagination(id=ItemsId.PAGE, total=1, value=1, size="sm", withEdges=True)
    return html.Section(
        [head, html.Div(id=ItemsId.LIST, className="tasks-items"), pages], className="atlas-card study-card"
    )


def shown(items: Sequence[Judged], show: str, page: int) -> tuple[list[Judged], int]:
    """One page of the items that are asked for, and how many pages there are."""
    kept = [one for one in items if FILTERS.get(show, FILTERS["all"])(one)]
    n_pages = max(1, -(-len(kept) // PAGE_SIZE))
    start = PAGE_SIZE * (min(page, n_pages) - 1)
    return kept[start : start + PAGE_SIZE], n_pages


def listed(items: Sequence[Judged], names: Sequence[str], language: str) -> Any:
    """The items of one page."""
    if not items:
        return html.Div("No such item.", className="study-note")
    return [_item(one, names, language) for one in items]


def margin(judged: JudgedItem) -> float | None:
    """How much likelier the right choice is than the best wrong one, in nats; None where one is not a number."""
    if any(score is None for score in judged.log_likelihoods):
        return None
    scores = [score for score in judged.log_likelihoods if score is not None]
    return scores[judged.answer] - max(score for place, score in enumerate(scores) if place != judged.answer)


def _item(judged: Judged, names: Sequence[str], language: str) -> html.Article:
    story, said, _ = judged.item.context.rpartition(ENDING_IN_ENGLISH)
    text = story.strip() if said else judged.item.context
    of_choices = "en" if said else language
    content = [
        html.Div(f"Item {judged.number + 1}", className="tasks-number"),
        html.P(text, dir=text_direction(language), lang=language, className="tasks-context"),
        html.Div(said, className="tasks-said") if said else None,
        html.Ol([_choice(judged, place, names, of_choices) for place in range(len(judged.item.choices))]),
        html.Div(
            [_margin(one, name) for one, name in zip(judged.by, names, strict=True) if one], className="tasks-margins"
        ),
    ]
    return html.Article(content, className="tasks-item")


def _choice(judged: Judged, place: int, names: Sequence[str], language: str) -> html.Li:
    is_right = place == judged.item.answer
    chosen = [name for one, name in zip(judged.by, names, strict=True) if one and one.chosen == place]
    badges = [
        dmc.Badge(name, color="teal" if is_right else "red", variant="light", size="sm", className="tasks-chosen")
        for name in chosen
    ]
    words = html.Span(judged.item.choices[place].strip(), dir=text_direction(language), lang=language)
    mark = html.Span("✓", className="tasks-right", title="the right one") if is_right else None
    return html.Li(
        [html.Span([words, mark]), *badges, _scores(judged, place)], className="is-right" if is_right else None
    )


def _scores(judged: Judged, place: int) -> html.Span:
    scores = [_nats(one.log_likelihoods[place]) if one else "–" for one in judged.by]
    return html.Span(" · ".join(scores), className="tasks-scores", title="log-likelihood in nats, by condition")


def _margin(judged: JudgedItem, name: str) -> html.Span:
    value = margin(judged)
    words = "not a number" if value is None else f"{value:+.2f}".replace("-", "−")
    colour = "tasks-margin is-good" if value is not None and judged.chosen == judged.answer else "tasks-margin is-bad"
    return html.Span([hint(name, _MARGIN_HINT), html.B(words, className=colour)])


def _nats(score: float | None) -> str:
    return "not a number" if score is None else f"{score:.2f}".replace("-", "−")


_MARGIN_HINT = (
    "Log-likelihood of the right choice minus that of the best wrong one, in nats. Above 0 the answer is right; the "
    "further from 0 the surer."
)
