"""The list of runs: one row each, with what can be done about it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.contracts.jobs import JobStatus
from backend.contracts.vocabulary import JobState
from frontend.job_words import (
    STATE_COLOURS,
    duration,
    moment,
    percent,
    progress_text,
    ran_for,
    waiting_text,
)
from frontend.run_rows import ACTIVE, RunRow, command_line
from frontend.shell import icon

MAX_ROWS = 150


class RunAction(StrEnum):
    """Types of the pattern-matching ids of a row: `{"type": RunAction.CANCEL, "key": key}`."""

    DETAILS = "runs-details"
    CANCEL = "runs-cancel"
    RETRY = "runs-retry"
    DELETE = "runs-delete"


_EMPTY = {
    "all": ("Nothing has run yet.", "Open a model on Start, or ask a question on one of the pages above."),
    "active": ("Nothing is running or waiting.", "Ask a question on Regions, Touch or Languages."),
    "done": ("No result yet.", "Results appear here as soon as they are there, and stay."),
    "failed": ("Nothing has failed.", "Should something fail, the reason and the way out are shown here."),
    "cancelled": ("Nothing was cancelled.", "A cancelled run can be asked for again here."),
}


def action_id(action: RunAction, key: str) -> dict[str, str]:
    """Id of one button of one row."""
    return {"type": action.value, "key": key}


def run_list(shown: Sequence[RunRow], state: str) -> Any:
    """Rows in two groups, or what to do next when there is none."""
    if not shown:
        return _nothing(state)
    active = [row for row in shown if row.job.state in ACTIVE]
    ended = [row for row in shown if row.job.state not in ACTIVE]
    parts = [_group("Now", active), _group("Earlier", ended[:MAX_ROWS])]
    if len(ended) > MAX_ROWS:
        parts.append(dmc.Text(f"{len(ended) - MAX_ROWS} older ones: `lingua-atlas results`.", size="sm", c="dimmed"))
    return [part for part in parts if part is not None]


def _nothing(state: str) -> dmc.Stack:
    what, then = _EMPTY[state]
    return dmc.Stack(
        [icon("runs", 40), dmc.Text(what, fw=600), dmc.Text(then, size="sm", c="dimmed")],
        align="center",
        gap=6,
        className="runs-empty",
    )


def _group(title: str, rows: Sequence[RunRow]) -> Any:
    if not rows:
        return None
    head = dmc.Title(title, order=2, className="runs-group-title")
    return html.Section([head, html.Ul([_row(row) for row in rows], className="runs-rows")], className="runs-group")


def _row(row: RunRow) -> html.Li:
    return html.Li(
        [_what(row), html.Div(_progress(row), className="runs-progress"), _when(row.job), _actions(row)],
        className="runs-row",
        key=row.job.key,
    )


def _what(row: RunRow) -> html.Div:
    badge = dmc.Badge(row.job.state.value, color=STATE_COLOURS[row.job.state], variant="light", size="sm", w=84)
    title = html.Button(row.job.title, id=action_id(RunAction.DETAILS, row.job.key), className="runs-title", n_clicks=0)
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
        buttons.append(_open(row.href, job.title))
    if job.state in ACTIVE:
        buttons.append(_button("stop", "Cancel", action_id(RunAction.CANCEL, job.key), job.title))
    if job.state in (JobState.FAILED, JobState.CANCELLED):
        buttons.append(_button("retry", "Run again", action_id(RunAction.RETRY, job.key), job.title))
    buttons.append(_copy_command(row))
    if row.result is not None:
        buttons.append(_button("trash", "Delete the result", action_id(RunAction.DELETE, job.key), job.title))
    return html.Div(buttons, className="runs-actions")


def _open(href: str, title: str) -> dmc.Tooltip:
    link = dcc.Link(icon("open", 16), href=href, className="runs-open", title=f"Open {title}")
    return dmc.Tooltip(html.Span(link), label="Open the result")


def _button(drawing: str, label: str, id: dict[str, str], title: str) -> dmc.Tooltip:
    name = {"aria-label": f"{label}: {title}"}
    button = dmc.ActionIcon(icon(drawing, 16), id=id, variant="subtle", color="gray", size="md", n_clicks=0, **name)
    return dmc.Tooltip(button, label=label)


def _copy_command(row: RunRow) -> dmc.Tooltip:
    """Copies the shell command of the same question; says so when it did."""
    button = dmc.CopyButton(
        value=command_line(row.job.request),
        children="CLI",
        copiedChildren="Copied",
        copiedColor="teal",
        color="gray",
        variant="subtle",
        size="compact-xs",
        timeout=1600,
    )
    return dmc.Tooltip(html.Span(button), label="Copy the shell command that asks the same question")
