"""What was found on the Tasks page: accuracy in words, as bars and as a table; jobs under way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import dash_mantine_components as dmc
from dash import dcc, html

from backend.contracts.results import ChoiceSummary
from backend.csv_text import csv_text as csv_text_of
from frontend import urls
from frontend.choices.tasks import label_of
from frontend.figures.blank import blank
from frontend.figures.tasks import HEIGHT
from frontend.job_words import percent, progress_text
from frontend.shell import hint, icon, problem_alert, term
from frontend.task_answers import Answer
from frontend.views.tasks_asked import Rows, names, sentences

FIGURE = "tasks-figure"
CANCEL = "tasks-cancel"


def jobs(answers: Sequence[Answer]) -> Any:
    """A line for every job under way, moved by events.js, and the problems of those that failed."""
    open_ones = [one for one in answers if one.is_open]
    failed = {one.job.problem.detail: one.job.problem for one in answers if one.job and one.job.problem}
    told = [problem_alert(problem) for problem in failed.values()]
    if open_ones:
        head = dmc.Group(
            [
                html.Span(f"{len(open_ones)} under way", className="study-heading"),
                dmc.Button("Cancel", id=CANCEL, size="compact-sm", variant="default"),
            ],
            justify="space-between",
        )
        lines = [_job(one) for one in open_ones]
        told.append(
            html.Div([head, html.Div(lines, className="follow-parts tasks-jobs")], className="atlas-card follow-card")
        )
    return told or None


def card(rows: Rows) -> html.Section:
    """The words, the bars, the table."""
    graph = dcc.Graph(
        id=FIGURE, figure=blank(HEIGHT), config={"displayModeBar": False}, style={"height": HEIGHT},
        responsive=True,
    )  # fmt: skip
    return html.Section(
        [
            dmc.Group(
                [html.H2(term("Accuracy", "Right answers"), className="study-heading"), dmc.Group(_files(rows), gap=6)],
                justify="space-between",
            ),
            html.Div(words(rows)),
            graph,
            html.Div("Click a bar to read its items.", className="study-note"),
            table(rows),
        ],
        className="atlas-card study-card",
    )


def words(rows: Rows) -> list[html.P]:
    """The mean over tasks under each condition, in plain sentences."""
    return [
        html.P([html.B(f"{one.start}: "), one.sentence, _notes(one.found)], className="study-prose")
        for one in sentences(rows)
    ]


def table(rows: Rows) -> html.Div:
    """A line per task; under each condition the accuracy with its standard error, and the change in points."""
    tasks = [row[0].task for row in rows]
    heads = [html.Th("Task"), html.Th(hint("chance", _CHANCE_HINT), className="removal-number")]
    for place, name in enumerate(names(rows)):
        heads.append(html.Th(hint(name, _error_hint(rows, place)), className="removal-number"))
        heads.append(html.Th(hint("per character", _CHARACTER_HINT), className="removal-number"))
        if place:
            heads.append(html.Th(hint("change", _CHANGE_HINT), className="removal-number"))
    body = [html.Tr([html.Th(label_of(row[0].task, tasks), scope="row"), *_cells(row)]) for row in rows]
    whole = html.Table([html.Thead(html.Tr(heads)), html.Tbody(body)], className="removal-table tasks-table")
    return html.Div(whole, className="removal-scroll")


def csv_text(rows: Rows) -> str:
    """The same numbers as a file, fractions with all their digits."""
    heads = ("task", "language", "condition", "items", "correct", "accuracy", "standard_error", "by_character")
    cells = [
        (
            one.task.title, one.task.language, name, found.n_items, found.n_correct, found.accuracy,
            found.standard_error, found.accuracy_by_character, found.chance, found.n_not_a_number,
            one.manifest.key if one.manifest else "",
        )
        for row in rows
        for name, one in zip(names(rows), row, strict=True)
        if (found := one.summary)
    ]  # fmt: skip
    return csv_text_of((*heads, "chance", "not_a_number", "key"), cells)


def _files(rows: Rows) -> list[Any]:
    address = f"data:text/csv;charset=utf-8,{quote(csv_text(rows))}"
    return [html.A([icon("download", 14), "CSV"], href=address, download="tasks.csv", className="study-download")]


def _cells(row: Sequence[Answer]) -> list[html.Td]:
    base = row[0].summary
    known = next((one.summary for one in row if one.summary), None)
    cells = [_cell(f"{100 * known.chance:.0f} %" if known else "–")]
    for place, one in enumerate(row):
        found = one.summary
        cells.append(
            _cell(f"{100 * found.accuracy:.1f}", f" ± {100 * found.standard_error:.1f}") if found else _cell("–")
        )
        cells.append(_cell(f"{100 * found.accuracy_by_character:.1f}" if found else "–"))
        if place:
            change = f"{100 * (found.accuracy - base.accuracy):+.1f}" if found and base else "–"
            cells.append(_cell(change.replace("-", "−")))
    return cells


def _cell(text: str, spread: str = "") -> html.Td:
    inside = [text, html.Span(spread, className="removal-spread")] if spread else text
    return html.Td(html.Div(inside, className="removal-cell"))


def _notes(found: Sequence[ChoiceSummary]) -> Any:
    n_lost = sum(one.n_not_a_number for one in found)
    if not n_lost:
        return None
    lost = "1 item" if n_lost == 1 else f"{n_lost} items"
    return html.Span(f" A likelihood was not a number for {lost}: wrong.", className="tasks-lost")


def _error_hint(rows: Rows, place: int) -> str:
    note = next((one.note for row in rows if (one := row[place].summary)), "")
    told = "Share of items whose right choice is the likeliest, in percent, and its standard error sqrt(p (1 - p) / n)."
    return f"{told} {note[:1].upper()}{note[1:]}." if note else told


def _job(answer: Answer) -> html.Div:
    job = answer.job
    assert job is not None
    name = f"{answer.task.title} · {answer.condition.name}"
    bar = dmc.Progress(
        id={"type": "tasks-bar", "key": job.key}, value=percent(job.progress) if job.progress.total else 0, size="xs",
        **{"data-job-bar": job.key, "aria-label": f"Progress of {name}"},
    )  # fmt: skip
    stands = progress_text(job.progress) if job.state.value == "running" else job.state.value
    text = html.Span(stands, className="follow-part-text", **{"data-job-text": job.key})
    title = dcc.Link(name, href=urls.link("runs", job=job.key), className="follow-part-name follow-title", title=name)
    return html.Div([title, bar, text], className="follow-part")


_CHANCE_HINT = "What guessing gives: the mean of 1 / number of choices."
_CHARACTER_HINT = (
    "The same with every log-likelihood divided by the number of characters of its choice (acc_norm of the "
    "lm-evaluation-harness): long choices are not at a disadvantage."
)
_CHANGE_HINT = "In points of percent, against the intact model."
