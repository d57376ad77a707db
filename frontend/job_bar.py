"""The bar at the bottom: what runs now and how far it is, what waits, what failed, on which device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update

from backend.client import Client
from backend.contracts.building import model_of
from backend.contracts.jobs import JobStatus
from backend.contracts.models import Capabilities, DeviceInfo
from backend.contracts.problems import KnownError
from backend.contracts.vocabulary import AnalysisKind, JobState
from frontend import failures, urls
from frontend.job_words import duration as duration
from frontend.job_words import percent as percent
from frontend.job_words import progress_text as progress_text
from frontend.shell import ShellId, icon


def bar(jobs: Sequence[JobStatus]) -> list[Any]:
    """Children of the job bar, from the job list (newest first)."""
    running = [job for job in jobs if job.state is JobState.RUNNING]
    n_queued = sum(job.state in (JobState.QUEUED, JobState.WAITING) for job in jobs)
    n_failed = sum(job.state is JobState.FAILED for job in jobs)
    head = _running(running[0]) if running else [html.Span("Nothing is running", className="atlas-jobs-idle")]
    if len(running) > 1:
        n_queued_text = f"{len(running) - 1} more running"
        head.append(_count(n_queued_text, JobState.RUNNING, "indigo"))
    if n_queued:
        head.append(_count(f"{n_queued} waiting", JobState.QUEUED, "gray"))
    if n_failed:
        head.append(_count(f"{n_failed} failed", JobState.FAILED, "red"))
    return head


def _running(job: JobStatus) -> list[Any]:
    return [
        dcc.Link(job.title, href=urls.link("runs", job=job.key), className="atlas-jobs-title", title=job.title),
        dmc.Progress(
            id=ShellId.JOB_PROGRESS,
            value=percent(job.progress),
            animated=not job.progress.total,
            striped=not job.progress.total,
            className="atlas-jobs-progress",
            size="sm",
            **{"aria-label": "Progress of the running job", "data-job-bar": job.key},
        ),
        html.Span(
            progress_text(job.progress),
            id=ShellId.JOB_TEXT,
            className="atlas-jobs-text",
            **{"data-job-text": job.key},
        ),
        dmc.Tooltip(
            dmc.ActionIcon(
                icon("stop", 15),
                id={"type": ShellId.JOB_CANCEL.value, "key": job.key},
                variant="subtle",
                color="gray",
                size="sm",
                **{"aria-label": f"Cancel {job.title}"},
            ),
            label="Cancel this job",
        ),
    ]


def _count(text: str, state: JobState, colour: str) -> dcc.Link:
    badge = dmc.Badge(text, color=colour, variant="light", size="sm", className="atlas-jobs-count")
    return dcc.Link(badge, href=urls.link("runs", state=state), className="atlas-plain-link")


def device(capabilities: Capabilities) -> Any:
    """The device hint: what the workers compute on."""
    alive = [worker for worker in capabilities.workers if worker.state != "lost"]
    if not alive:
        return dmc.Tooltip(
            dmc.Badge("no worker", color="orange", variant="light", size="sm"),
            label="Jobs wait until a worker starts. `lingua-atlas up` starts one with the atlas.",
        )
    ready = _ready(capabilities)
    if not ready:
        return dmc.Tooltip(
            dmc.Badge("worker is starting", color="gray", variant="light", size="sm", tt="none"),
            label="It loads torch and looks at its device, which takes some seconds. Jobs can be asked for already.",
        )
    first = ready[0]
    more = f" +{len(alive) - 1}" if len(alive) > 1 else ""
    return dmc.Tooltip(
        html.Span(
            [icon("chip", 15), f"{first.device} · {first.dtype}{more}"], className="atlas-device-text", tabIndex=0
        ),
        label=" | ".join(_device_line(worker) for worker in alive),
        position="top-end",
    )


def _ready(capabilities: Capabilities) -> list[DeviceInfo]:
    """Workers that know their device."""
    return [worker for worker in capabilities.workers if worker.state not in ("lost", "starting")]


def _device_line(worker: DeviceInfo) -> str:
    gigabytes = 1e9
    return (
        f"{worker.worker} on {worker.host}: {worker.state}, {worker.device}, {worker.n_threads} threads, "
        f"{worker.memory_free_bytes / gigabytes:.1f} of {worker.memory_bytes / gigabytes:.1f} GB free"
    )


def refresh(*, api: Client) -> tuple[Any, Any, Any]:
    """Job bar, device, and whether nothing is missing: a worker to show, a Redis that takes jobs.

    While the API is away, or Redis refuses jobs, the bar says so.
    """
    try:
        capabilities = api.capabilities()
        shown, trouble = bar(api.jobs()), api.trouble()
    except KnownError as error:
        return [_trouble(error.problem.detail, error.problem.hint)], no_update, False
    if trouble:
        shown.append(_trouble(trouble))
    return shown, device(capabilities), bool(_ready(capabilities)) and not trouble


def _trouble(sentence: str, hint: str = "") -> html.Span:
    said = sentence.rstrip(".") + "."
    return html.Span(said, className="atlas-jobs-trouble", title=f"{said} {hint}".strip(), role="status")


def cancel(key: str, *, api: Client) -> list[dict[str, Any]]:
    """Cancel one job; gives the notification that says how it went."""
    try:
        job = api.cancel(key)
    except KnownError as error:
        return [failures.notice(error.problem)]
    return [{"action": "show", "title": "Cancelling", "message": job.title, "color": "gray"}]


_READ_ALSO_ON = {AnalysisKind.PERTURBATION: urls.link("dimensions")}
"""Pages beside its own on which a result is read in place."""


def announce(event: dict[str, Any], pathname: str, *, api: Client) -> Any:
    """A notification for a job that somebody waits for, where the page does not show its end already."""
    if event["state"] == JobState.CANCELLED or pathname == urls.link("runs"):
        return no_update
    try:
        job = api.job(event["key"])
    except KnownError:
        return no_update
    if not job.asked:
        return no_update  # what it is built for tells about it
    if job.state is JobState.FAILED:
        link = dcc.Link("See why", href=urls.link("runs", job=job.key), className="atlas-anchor")
        title = job.problem.title if job.problem else "Failed"
        return [{"action": "show", "title": title, "message": [f"{job.title}. ", link], "color": "red"}]
    href = urls.open_result(job.request.kind, job.key, model_of(job.request))
    shown_here = pathname in (href.split("?")[0], _READ_ALSO_ON.get(job.request.kind))
    if job.queue == "batch" or shown_here:
        return no_update
    link = dcc.Link("Open it", href=href, className="atlas-anchor")
    return [{"action": "show", "title": "Ready", "message": [f"{job.title}. ", link], "color": "teal"}]


def register(app: Dash, api: Client) -> None:
    """Connect the job bar: redrawn when a job changes its state; in between events.js moves it."""

    @app.callback(
        Output(ShellId.JOB_BAR, "children"),
        Output(ShellId.DEVICE, "children"),
        Output(ShellId.WORKER_TICK, "disabled"),
        Input(ShellId.CHANGED, "data"),
        Input(ShellId.TICK, "n_intervals"),
        Input(ShellId.WORKER_TICK, "n_intervals"),
    )
    def _refresh(_change: Any, _tick: Any, _worker_tick: Any) -> Any:
        return refresh(api=api)

    @app.callback(
        Output(ShellId.NOTIFICATIONS, "sendNotifications", allow_duplicate=True),
        Input({"type": ShellId.JOB_CANCEL.value, "key": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    def _cancel(clicks: list[int | None]) -> Any:
        return cancel(ctx.triggered_id["key"], api=api) if any(clicks) else no_update

    @app.callback(
        Output(ShellId.NOTIFICATIONS, "sendNotifications", allow_duplicate=True),
        Input(ShellId.ENDED, "data"),
        State(ShellId.LOCATION, "pathname"),
        prevent_initial_call=True,
    )
    def _announce(event: dict[str, Any] | None, pathname: str) -> Any:
        return announce(event, pathname, api=api) if event else no_update
