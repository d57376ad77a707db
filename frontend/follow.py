"""One job followed in place: where it stands, how far it is, what it waits for, a button to cancel it.

A page puts `slot(prefix)` into its layout, writes `{"key": ...}` into the store `job_id(prefix)` when it
submits (with `"done": True` when the answer was stored already), and takes the store `ended_id(prefix)`
({key, state}) as the Input that shows the result.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html, no_update

from backend.client import Client
from backend.contracts.building import all_inputs, inputs_of
from backend.contracts.jobs import JobStatus, title_of
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


class Part(NamedTuple):
    """One of the jobs that a waiting job is built on."""

    name: str
    is_direct: bool
    """The waiting job reads its result; else another part does."""
    job: JobStatus | None
    """None: not among the listed jobs."""
    is_stored: bool

    @property
    def state(self) -> JobState:
        """What is not listed is done when its result is stored; else it is still to come."""
        return self.job.state if self.job else JobState.DONE if self.is_stored else JobState.QUEUED

    @property
    def percent(self) -> float | None:
        """How far it is while it runs, 0 to 100; None while that is not known."""
        known = self.job and self.state is JobState.RUNNING and self.job.progress.total
        return percent(self.job.progress) if self.job and known else None


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
        parts = _parts(status, api) if status.state is JobState.WAITING else ()
    except KnownError as error:
        return problem_alert(error.problem), no_update
    return line(status, parts, prefix=prefix), no_update if end is None or end == ended else end


def line(job: JobStatus, parts: Sequence[Part], *, prefix: str) -> Any:
    """One job as a card, with the parts it waits for; nothing once it is done."""
    if job.state is JobState.DONE:
        return None
    if job.state is JobState.FAILED and job.problem:
        return problem_alert(job.problem)
    if job.state.ended:
        again = dmc.Text(
            "Nothing was stored and the weights are as they were. Start it again when you like.", size="sm"
        )
        return dmc.Alert(again, title="Cancelled" if job.state is JobState.CANCELLED else "Failed", color="gray")
    return html.Div([_head(job, prefix), _bar(job, prefix), _waits_for(job, parts)], className="atlas-card follow-card")


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


def _parts(job: JobStatus, api: Client) -> tuple[Part, ...]:
    """All that a job is built on, what it reads itself first."""
    jobs = {other.request: other for other in reversed(api.jobs())}
    stored = {row.request for row in api.results()}
    direct = inputs_of(job.request)
    read = set(direct.values())
    below = [(title_of(request), request) for request in all_inputs(job.request) if request not in read]
    return tuple(
        Part(name, request in read, jobs.get(request), is_stored=request in stored)
        for name, request in (*direct.items(), *below)
    )


def _waits_for(job: JobStatus, parts: Sequence[Part]) -> Any:
    """What a waiting job is built on, part by part: done, how far, or queued; then what those parts wait for."""
    if not parts:
        return None
    direct = [part for part in parts if part.is_direct]
    if all(isinstance(request, ImportanceRequest) for request in inputs_of(job.request).values()):
        return _badges([part._replace(name=name_of(part.name)) for part in direct])
    first = [part for part in parts if not part.is_direct and part.job and part.state is not JobState.DONE]
    return html.Div(
        [
            html.Div([_part(part) for part in direct], className="follow-parts"),
            html.Div("Before that:", className="follow-text") if first else None,
            _gathered(first),
        ]
    )


def _part(part: Part) -> html.Div:
    """One part on a line of its own; its bar and text are moved by events.js while it runs."""
    key = part.job.key if part.job else part.name
    bar = dmc.Progress(
        id={"type": "follow-part-bar", "key": key},
        value=100 if part.state is JobState.DONE else part.percent or 0,
        size="xs",
        color=_MARKS.get(part.state, "gray"),
        **{"data-job-bar": key, "aria-label": f"Progress of {part.name}"},
    )
    text = html.Span(
        _part_stands(part), id={"type": "follow-part-text", "key": key}, className="follow-part-text",
        **{"data-job-text": key},
    )  # fmt: skip
    return html.Div([html.Span(part.name, className="follow-part-name"), bar, text], className="follow-part")


def _part_stands(part: Part) -> str:
    if part.job is None or part.state.ended:
        return part.state.value
    return progress_text(part.job.progress) if part.state is JobState.RUNNING else waiting_text(part.job)


def _badges(parts: Sequence[Part]) -> Any:
    return dmc.Group([_badge(part) for part in parts], gap=6, className="follow-needs") if parts else None


def _gathered(parts: Sequence[Part]) -> Any:
    """Running ones first; alike ones as one badge: random regions differ in their seeds only."""
    order = sorted(parts, key=lambda part: part.state is not JobState.RUNNING)
    alike: dict[tuple[str, JobState], list[Part]] = {}
    for part in order:
        alike.setdefault((part.name, part.state), []).append(part)
    named = [
        same[0]._replace(name=f"{len(same)} × {name}" if len(same) > 1 else name) for (name, _), same in alike.items()
    ]
    return _badges(named[:MOST_BADGES])


def _badge(part: Part) -> dmc.Badge:
    share = "" if part.percent is None else f" {part.percent:.0f} %"
    words = f"{part.name}: {part.state.value}{share}"
    return dmc.Badge(words, color=_MARKS.get(part.state, "gray"), variant="light", tt="none", radius="sm")


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
