"""The models saved along the way: open one in the Atlas, or lay its removal table beside the original's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html

from backend.client import Client
from backend.contracts.problems import KnownError
from backend.contracts.requests import OpenModelRequest, RemovalRequest
from backend.contracts.results import OpenedModel
from backend.contracts.vocabulary import AnalysisKind, JobState
from frontend import follow, urls
from frontend.choices.regions import RegionsChoice
from frontend.choices.train import run_words
from frontend.figures.training import run_colour
from frontend.job_words import size
from frontend.shell import icon, problem_alert
from frontend.training_runs import ShownRun

PREFIX = "train-opening"
PROBLEM = "train-opening-problem"


def open_id(purpose: Any, source: Any) -> dict[str, Any]:
    """Id of the button that opens a checkpoint, for the Atlas or to compare."""
    return {"type": "train-open", "purpose": purpose, "source": source}


def checkpoints(shown: Sequence[ShownRun]) -> Any:
    """Every saved model of the shown runs, the newest first within each; nothing while there is none."""
    lines = [
        _line(place, one, checkpoint)
        for place, one in enumerate(shown)
        for checkpoint in sorted(one.curve.checkpoints, key=lambda found: -found.n_samples)
    ]
    if not lines:
        return None
    return html.Div(lines, className="train-runs")


def signature(shown: Sequence[ShownRun]) -> list[list[Any]]:
    """Which checkpoints are listed, in which colour."""
    return [[one.run.key, checkpoint.source] for one in shown for checkpoint in one.curve.checkpoints]


def slot() -> html.Div:
    """Where a checkpoint that is being opened is followed."""
    return html.Div([follow.slot(PREFIX), html.Div(id=PROBLEM)])


def opened(source: str, purpose: str, api: Client) -> tuple[Any, Any]:
    """Open a checkpoint: what to follow, and a problem."""
    try:
        job = api.submit(OpenModelRequest(source=source))
    except KnownError as error:
        return None, problem_alert(error.problem)
    return {"key": job.key, "done": job.state is JobState.DONE, "purpose": purpose}, None


def leads_to(ended: dict[str, Any] | None, job: dict[str, Any] | None, model: str, api: Client) -> str | None:
    """Where one goes once a checkpoint is open: its Atlas, or the comparison with `model`."""
    if not ended or not job or ended["state"] != JobState.DONE:
        return None
    summary = api.manifest(ended["key"]).summary
    if not isinstance(summary, OpenedModel):
        return None
    name = summary.description.name
    if job.get("purpose") == "atlas":
        return urls.link("atlas", model=name)
    return comparison(name, model, api)


def comparison(name: str, model: str, api: Client) -> str:
    """Regions with the newest removal table of the original asked of the checkpoint: one click measures the same."""
    for row in api.results(kind=AnalysisKind.REMOVAL.value, model=model):
        if isinstance(row.request, RemovalRequest):
            state = RegionsChoice.of_request(row.request).state()
            return urls.link("regions", **(state | {"model": name}))
    return urls.link("regions", model=name)


def _line(place: int, one: ShownRun, checkpoint: Any) -> html.Div:
    name = html.Div(
        [
            html.Span(f"after {checkpoint.n_samples:,} samples", className="train-run-name"),
            html.Span(f"{run_words(one.run.request)} · {size(checkpoint.size_bytes)}", className="study-note"),
        ],
        className="train-run-words",
    )
    buttons = dmc.Group(
        [
            dmc.Button(
                [icon("atlas", 13), "Open in the Atlas"],
                id=open_id("atlas", checkpoint.source),
                size="compact-xs",
                variant="light",
            ),
            dmc.Tooltip(
                dmc.Button("Compare", id=open_id("compare", checkpoint.source), size="compact-xs", variant="default"),
                label="Opens it and leads to Regions, where one click measures the same table as on the original.",
            ),
        ],
        gap=6,
        wrap="nowrap",
    )
    dot = html.I(className="train-colour", style={"background": run_colour(place)})
    return html.Div([dot, name, buttons], className="train-run train-checkpoint")
