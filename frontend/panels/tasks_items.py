"""The items of one task, page by page: story or question, choices, which is right, which was chosen, by how much."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.contracts.results import JudgedItem
from backend.contracts.tasks import ENDING_IN_ENGLISH, TaskSummary
from frontend.choices.tasks import ItemsView
from frontend.fields import segments
from frontend.shell import hint
from frontend.theme import text_direction
from frontend.views.tasks_asked import FILTERS, Judged, margin


class ItemsId(StrEnum):
    """Ids of the browser."""

    TASK = "tasks-items-task"
    SHOW = "tasks-items-show"
    PAGE = "tasks-items-page"
    LIST = "tasks-items-list"
    DRAWN = "tasks-items-drawn"
    """Store, task and filter with which the list was drawn."""


def browser(tasks: Sequence[tuple[TaskSummary, str]], looked_at: ItemsView) -> html.Section:
    """The head of the list: which task, which items; `tasks` are (task, label)."""
    named = (one.file for one, _ in tasks if looked_at.task and one.file.startswith(looked_at.task))
    task = next(named, tasks[0][0].file)
    data = [{"value": one.file, "label": words} for one, words in tasks]
    show = looked_at.show if looked_at.show in FILTERS else "all"
    shows = {"all": "all", "wrong": "some wrong answer", "changed": "answer changed"}
    pick = dmc.Select(
        id=ItemsId.TASK, data=data, value=task, allowDeselect=False, size="xs", w=230,
        **{"aria-label": "Task"},
    )  # fmt: skip
    head = dmc.Group(
        [
            html.H2("Item by item", className="study-heading"),
            pick,
            segments(ItemsId.SHOW, show, shows, fullWidth=False),
        ],
        gap="md",
    )
    pages = dmc.Pagination(id=ItemsId.PAGE, total=looked_at.page, value=looked_at.page, size="sm", withEdges=True)
    return html.Section(
        [
            dcc.Store(id=ItemsId.DRAWN, data=[task, show]),
            head,
            html.Div(id=ItemsId.LIST, className="tasks-items"),
            pages,
        ],
        className="atlas-card study-card",
    )


def listed(items: Sequence[Judged], names: Sequence[str], language: str) -> Any:
    """The items of one page."""
    if not items:
        return html.Div("No such item.", className="study-note")
    return [_item(one, names, language) for one in items]


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
