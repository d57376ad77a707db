"""The checklist of a model: what can be looked at already, what is being computed, what could be asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.contracts.jobs import JobStatus
from backend.contracts.vocabulary import JobState
from frontend import urls
from frontend.job_words import percent, progress_text, waiting_text
from frontend.panels.problem import problem_alert
from frontend.preparation import Step
from frontend.shell import icon

_MARKS = {
    "ready": ("check", "teal", "ready"),
    "running": ("play", "indigo", "being computed"),
    "waiting": ("clock", "gray", "waiting"),
    "failed": ("alert", "red", "failed"),
    "missing": ("plus", "gray", "not asked for yet"),
}


def checklist(steps: Sequence[Step]) -> html.Ol:
    """One line per step."""
    return html.Ol([_line(step) for step in steps], className="start-steps")


def _line(step: Step) -> html.Li:
    drawing, colour, word = _MARKS[step.state]
    mark = dmc.ThemeIcon(icon(drawing, 15), color=colour, variant="light", radius="xl", size=28)
    head = [dmc.Text(step.name, fw=600), dmc.Text(step.note or word, size="xs", c="dimmed")]
    text: list[Any] = [
        dmc.Group(head, gap=8, align="baseline"),
        dmc.Text(step.explanation, size="sm", c="dimmed"),
    ]
    if step.job is not None and step.state != "ready":
        text.append(job_line(step.job, view=step.name))
    return html.Li([mark, html.Div(text, className="start-step-text"), _action(step)], className="start-step")


def job_line(job: JobStatus, *, view: str) -> Any:
    """How far one job is; events.js moves the bar."""
    if job.problem is not None and job.state is JobState.FAILED:
        return dmc.Text(job.problem.detail, size="xs", c="red", className="atlas-wrap")
    if job.state is not JobState.RUNNING:
        return dmc.Text(waiting_text(job), size="xs", c="dimmed")
    bar = dmc.Progress(
        id={"type": "start-progress", "view": view},
        value=percent(job.progress),
        animated=not job.progress.total,
        striped=not job.progress.total,
        size="sm",
        **{"data-job-bar": job.key, "aria-label": f"Progress of {job.title}"},
    )
    words = html.Span(
        progress_text(job.progress),
        id={"type": "start-progress-text", "view": view},
        className="start-progress-text",
        **{"data-job-text": job.key},
    )
    return html.Div([bar, words], className="start-progress")


def _action(step: Step) -> Any:
    if step.state == "failed" and step.job is not None:
        return dcc.Link("See why", href=urls.link("runs", job=step.job.key), className="start-action is-quiet")
    if step.state in ("running", "waiting") and not step.href.startswith("/runs"):
        return dcc.Link(["Look", icon("arrow", 14)], href=step.href, className="start-action")
    if step.state == "ready":
        return dcc.Link(["Look", icon("arrow", 14)], href=step.href, className="start-action")
    if step.state == "missing":
        return dcc.Link("Ask for it", href=step.href, className="start-action is-quiet")
    return html.Span()


def arrivals(jobs: Sequence[JobStatus]) -> list[Any]:
    """Models that are being opened, or that failed to open, above the checklist."""
    return [_arrival(job) for job in jobs]


def _arrival(job: JobStatus) -> Any:
    if job.state is JobState.FAILED and job.problem is not None:
        return problem_alert(job.problem, title=f"{job.title}: {job.problem.title}")
    mark = dmc.Loader(size="sm", type="dots") if job.state is JobState.RUNNING else icon("clock", 18)
    text = [dmc.Text(job.title, fw=600, className="atlas-wrap"), job_line(job, view=f"open-{job.key}")]
    return html.Div([mark, html.Div(text, className="start-step-text")], className="start-arrival")
