"""One job followed in place: where it stands, how far it is, what it waits for, a button to cancel it.

A page puts `slot(prefix)` into its layout, writes `{"key": ...}` into the store `job_id(prefix)` when it
submits (with `"done": True` when the answer was stored already), and takes the store `ended_id(prefix)`
({key, state}) as the Input that shows the result.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html, no_update

from backend.client import Client
from backend.contracts.building import all_inputs, inputs_of
from backend.contracts.jobs import JobStatus
from backend.contracts.problems import KnownError
from backend.contracts.requests import ImportanceRequest
from backend.contracts.vocabulary import JobState
from frontend import urls
from frontend.job_words import percent, progress_text, waiting_text
from frontend.language_names import name_of
from frontend.shell import ShellId, problem_alert

CHANGED = "shell-changed"
_MARKS = {JobState.DONE: "teal", JobState.RUNNING: "indigo", JobState.FAILED: "red", JobState.CANCELLED: "red"}
MOST_BADGES = 12


def job_id(prefix: str) -> str:
    """Store of what the page follows: {"key": ...}, or None."""
    return f"{prefix}-job"


def ended_id(prefix: str) -> str:
    """Store of how it ended: {"key": ..., "state": ...}."""
    return f"{prefix}-ended"


def slot(prefix: str, following: str | None = None) -> html.Div:
    """Where the job is shown; `following` is the key of a job that the address names."""
    return html.Div(
        [
            dcc.Store(id=job_id(prefix), data={"key": following} if following else None),
            dcc.Store(id=ended_id(prefix)),
            html.Div(id=f"{prefix}-progress", role="status", className="follow-status"),
        ],
        className="follow",
    )


def watch(job: dict[str, Any] | None, ended: dict[str, Any] | None, *, prefix: str, api: Client) -> tuple[Any, Any]:
    """What stands in the slot, and the end of the job once it came."""
    if not job:
        return None, no_update
    if job.get("done"):
        end: dict[str, Any] | None = {"key": job["key"], "state": JobState.DONE.value}
        return None, no_update if end == ended else end
    try:
        status = api.job(job["key"])
        end = {"key": status.key, "state": status.state.value} if status.state.ended else None
        others = api.jobs() if status.state is JobState.WAITING else ()
    except KnownError as error:
        return problem_alert(error.problem), no_update
    return line(status, others, prefix=prefix), no_update if end is None or end == ended else end


def line(job: JobStatus, others: Sequence[JobStatus], *, prefix: str) -> Any:
    """One job as a card; nothing once it is done."""
    if job.state is JobState.DONE:
        return None
    if job.state is JobState.FAILED and job.problem:
        return problem_alert(job.problem)
    if job.state.ended:
        again = dmc.Text(
            "Nothing was stored and the weights are as they were. Start it again when you like.", size="sm"
        )
        return dmc.Alert(again, title="Cancelled" if job.state is JobState.CANCELLED else "Failed", color="gray")
    return html.Div(
        [_head(job, prefix), _bar(job, prefix), _waits_for(job, others)], className="atlas-card follow-card"
    )


def _head(job: JobStatus, prefix: str) -> dmc.Group:
    title = dcc.Link(job.title, href=urls.link("runs", job=job.key), className="follow-title")
    stop = dmc.Button("Cancel", id=f"{prefix}-cancel", size="compact-sm", variant="default")
    return dmc.Group([title, stop], justify="space-between", wrap="nowrap")


def _bar(job: JobStatus, prefix: str) -> html.Div:
    known = job.state is JobState.RUNNING and bool(job.progress.total)
    return html.Div(
        [
            dmc.Progress(
                id=f"{prefix}-bar",
                value=percent(job.progress) if known else 100,
                animated=not known,
                striped=not known,
                size="sm",
                color="indigo" if job.state is JobState.RUNNING else "gray",
                **{"data-job-bar": job.key, "aria-label": f"Progress of {job.title}"},
            ),
            html.Div(_stands(job), id=f"{prefix}-progress-text", className="follow-text", **{"data-job-text": job.key}),
        ]
    )


def _stands(job: JobStatus) -> str:
    if job.state is JobState.WAITING:
        return "Waiting for what it is built on"
    if job.state is JobState.QUEUED:
        ahead = "next in line" if not job.position else f"{job.position} before it"
        return f"Queued, {ahead}"
    return progress_text(job.progress)


def _waits_for(job: JobStatus, others: Sequence[JobStatus]) -> Any:
    """What a waiting job is built on, part by part: done, how far, or queued; then what those parts wait for."""
    if job.state is not JobState.WAITING:
        return None
    by_request = {other.request: other for other in reversed(others)}
    parts = inputs_of(job.request)
    if all(isinstance(request, ImportanceRequest) for request in parts.values()):
        return _badges([(name_of(name), by_request.get(request)) for name, request in parts.items()])
    below = [by_request.get(request) for request in all_inputs(job.request) if request not in parts.values()]
    first = [other for other in below if other and other.state is not JobState.DONE]
    return html.Div(
        [
            html.Div(
                [_part(name, by_request.get(request)) for name, request in parts.items()], className="follow-parts"
            ),
            html.Div("Before that:", className="follow-text") if first else None,
            _gathered(first),
        ]
    )


def _part(name: str, job: JobStatus | None) -> html.Div:
    """One part on a line of its own; its bar and text are moved by events.js while it runs."""
    state = job.state if job else JobState.DONE
    key = job.key if job else name
    known = bool(job and state is JobState.RUNNING and job.progress.total)
    bar = dmc.Progress(
        id={"type": "follow-part-bar", "key": key},
        value=100 if state is JobState.DONE else percent(job.progress) if job and known else 0,
        size="xs",
        color=_MARKS.get(state, "gray"),
        **{"data-job-bar": key, "aria-label": f"Progress of {name}"},
    )
    text = html.Span(
        _part_stands(job), id={"type": "follow-part-text", "key": key}, className="follow-part-text",
        **{"data-job-text": key},
    )  # fmt: skip
    return html.Div([html.Span(name, className="follow-part-name"), bar, text], className="follow-part")


def _part_stands(job: JobStatus | None) -> str:
    if job is None or job.state is JobState.DONE:
        return "done"
    if job.state in (JobState.WAITING, JobState.QUEUED):
        return waiting_text(job)
    return progress_text(job.progress) if job.state is JobState.RUNNING else job.state.value


def _badges(parts: Sequence[tuple[str, JobStatus | None]]) -> Any:
    return dmc.Group([_badge(name, job) for name, job in parts], gap=6, className="follow-needs") if parts else None


def _gathered(jobs: Sequence[JobStatus]) -> Any:
    """Running ones first; alike ones as one badge: random regions differ in their seeds only."""
    order = sorted(jobs, key=lambda job: job.state is not JobState.RUNNING)
    alike: dict[tuple[str, JobState], list[JobStatus]] = {}
    for job in order:
        alike.setdefault((job.title, job.state), []).append(job)
    named = [(f"{len(same)} × {title}" if len(same) > 1 else title, same[0]) for (title, _), same in alike.items()]
    return _badges(named[:MOST_BADGES])


def _badge(name: str, job: JobStatus | None) -> dmc.Badge:
    state = job.state if job else JobState.DONE
    share = f" {percent(job.progress):.0f} %" if job and state is JobState.RUNNING and job.progress.total else ""
    word = {JobState.DONE: "done", JobState.RUNNING: "running"}.get(state, state.value)
    return dmc.Badge(f"{name}: {word}{share}", color=_MARKS.get(state, "gray"), variant="light", tt="none", radius="sm")


def cancel(job: dict[str, Any] | None, *, api: Client) -> Any:
    """Cancel what is followed; a problem is shown in its place."""
    if not job:
        return no_update
    try:
        api.cancel(job["key"])
    except KnownError as error:
        return problem_alert(error.problem)
    return no_update


def register(app: Dash, api: Client, prefix: str) -> None:
    """Connect one slot: redrawn when any job changes its state, moved by events.js in between."""

    @app.callback(
        Output(f"{prefix}-progress", "children"),
        Output(ended_id(prefix), "data"),
        Input(job_id(prefix), "data"),
        Input(CHANGED, "data"),
        Input(ShellId.TICK, "n_intervals"),
        State(ended_id(prefix), "data"),
    )
    def _watch(job: Any, _change: Any, _tick: Any, ended: Any) -> Any:
        return watch(job, ended, prefix=prefix, api=api)

    @app.callback(
        Output(f"{prefix}-progress", "children", allow_duplicate=True),
        Input(f"{prefix}-cancel", "n_clicks"),
        State(job_id(prefix), "data"),
        prevent_initial_call=True,
    )
    def _cancel(clicks: int | None, job: Any) -> Any:
        return cancel(job, api=api) if clicks else no_update
