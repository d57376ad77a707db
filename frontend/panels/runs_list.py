"""The list of runs: one row each, with what can be done about it.

Rows are plain HTML and their buttons have no ids: one listener (runs.js) hears them all, so that a press
is not lost when the list is drawn again meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.contracts.jobs import JobStatus
from backend.contracts.vocabulary import JobState
from frontend.job_words import (
    duration,
    moment,
    percent,
    progress_text,
    ran_for,
    waiting_text,
)
from frontend.run_rows import ACTIVE, RunRow, command_line
from frontend.shell import icon

FIRST_ROWS = 50
"""Rows of a group at first; each press of "Show more" adds as many."""


class RunAction(StrEnum):
    """What a button of a row is for: its `data-run`, which runs.js hands on together with the row's key."""

    DETAILS = "details"
    CANCEL = "cancel"
    RETRY = "retry"
    DELETE = "delete"
    COPY = "copy"
    MORE = "more"


_EMPTY = {
    "all": ("Nothing has run yet.", "Open a model on Start, or ask a question on one of the pages above."),
    "active": ("Nothing is running or waiting.", "Ask a question on Regions, Touch or Languages."),
    "done": ("No result yet.", "Results appear here as soon as they are there, and stay."),
    "failed": ("Nothing has failed.", "Should something fail, the reason and the way out are shown here."),
    "cancelled": ("Nothing was cancelled.", "A cancelled run can be asked for again here."),
}


def now(shown: Sequence[RunRow], state: str, n_shown: int) -> Any:
    """What runs and waits; where there is nothing at all, what to do next."""
    return _nothing(state) if not shown else _group("Now", active(shown), n_shown)


def earlier(shown: Sequence[RunRow], n_shown: int) -> Any:
    """What has ended, newest first."""
    return _group("Earlier", ended(shown), n_shown)


def active(shown: Sequence[RunRow]) -> list[RunRow]:
    """The rows of the first group."""
    return [row for row in shown if row.job.state in ACTIVE]


def ended(shown: Sequence[RunRow]) -> list[RunRow]:
    """The rows of the second group."""
    return [row for row in shown if row.job.state not in ACTIVE]


def _nothing(state: str) -> dmc.Stack:
    what, then = _EMPTY[state]
    return dmc.Stack(
        [icon("runs", 40), dmc.Text(what, fw=600), dmc.Text(then, size="sm", c="dimmed")],
        align="center",
        gap=6,
        className="runs-empty",
    )


def _group(title: str, rows: Sequence[RunRow], n_shown: int) -> Any:
    if not rows:
        return None
    head = dmc.Title(title, order=2, className="runs-group-title")
    listed = html.Ul([_row(row) for row in rows[:n_shown]], className="runs-rows")
    return html.Section([head, listed, _more(len(rows) - n_shown)], className="runs-group")


def _more(n_hidden: int) -> Any:
    if n_hidden <= 0:
        return None
    more = _button(RunAction.MORE, f"Show {min(n_hidden, FIRST_ROWS)} more of {n_hidden}", className="runs-more")
    return html.Div(more, className="runs-rest")


def _row(row: RunRow) -> html.Li:
    return html.Li(
        [_what(row), html.Div(_progress(row), className="runs-progress"), _when(row.job), _actions(row)],
        className="runs-row",
        key=row.job.key,
        **{"data-run-key": row.job.key},
    )


def _what(row: RunRow) -> html.Div:
    state = row.job.state.value
    badge = html.Span(state, className=f"runs-state is-{state}")
    title = _button(RunAction.DETAILS, row.job.title, className="runs-title")
    facts = html.Div([html.Span(row.model), html.Span(row.detail)], className="runs-facts")
    return html.Div([badge, html.Div([title, facts], className="runs-name")], className="runs-what")


def _progress(row: RunRow) -> list[Any]:
    job = row.job
    if job.state is JobState.RUNNING:
        bar = dmc.Progress(
            id={"type": "runs-progress", "key": job.key},
            value=percent(job.progress),
            animated=not job.progress.total,
            striped=not job.progress.total,
            size="sm",
            **{"data-job-bar": job.key, "aria-label": f"Progress of {job.title}"},
        )
        text_id = {"type": "runs-progress-text", "key": job.key}
        words = html.Span(progress_text(job.progress), id=text_id, className="runs-note", **{"data-job-text": job.key})
        return [bar, words]
    if job.state in ACTIVE:
        return [html.Span(waiting_text(job), className="runs-note")]
    if job.problem is not None:
        return [html.Span(job.problem.title, className="runs-note is-bad", title=job.problem.detail)]
    return []


def _when(job: JobStatus) -> html.Div:
    seconds = ran_for(job)
    parts: list[Any] = []
    time = job.ended_at or job.started_at or job.submitted_at
    if time is not None:
        parts.append(html.Time(moment(time), dateTime=moment(time), className="atlas-time"))
    words = [f"took {duration(seconds)}"] if seconds is not None else []
    words += [f"attempt {job.attempts}"] if job.attempts > 1 else []
    parts.append(html.Span(" · ".join(words)))
    return html.Div(parts, className="runs-when")


def _actions(row: RunRow) -> html.Div:
    job, buttons = row.job, []
    if row.href is not None:
        open_it = dcc.Link(
            icon("open", 16), href=row.href, className="runs-open", title=f"Open the result: {job.title}"
        )
        buttons.append(open_it)
    if job.state in ACTIVE:
        buttons.append(_icon_button(RunAction.CANCEL, "stop", f"Cancel: {job.title}"))
    if job.state in (JobState.FAILED, JobState.CANCELLED):
        buttons.append(_icon_button(RunAction.RETRY, "retry", f"Run again: {job.title}"))
    buttons.append(_copy_command(row))
    if row.result is not None:
        buttons.append(_icon_button(RunAction.DELETE, "trash", f"Delete the result: {job.title}"))
    return html.Div(buttons, className="runs-actions")


def _copy_command(row: RunRow) -> html.Button:
    """Copies the shell command of the same question; says so when it did."""
    return _button(
        RunAction.COPY,
        "CLI",
        className="runs-copy",
        title="Copy the shell command that asks the same question",
        **{"data-command": command_line(row.job.request)},
    )


def _icon_button(action: RunAction, drawing: str, name: str) -> html.Button:
    return _button(action, icon(drawing, 16), className="runs-button", title=name, **{"aria-label": name})


def _button(action: RunAction, content: Any, **attributes: Any) -> html.Button:
    """A plain element: a list of hundreds of Mantine buttons with hints takes seconds to draw."""
    return html.Button(content, type="button", **{"data-run": action.value}, **attributes)
