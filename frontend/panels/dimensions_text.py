"""The text under one change of a sweep, read in place: base and perturbed side by side."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.client import Client
from backend.contracts.problems import KnownError
from backend.contracts.requests import PerturbationRequest, SweepRequest
from backend.contracts.results import Manifest
from backend.contracts.vocabulary import JobState
from frontend import follow, urls
from frontend.choices.dimensions_view import text_of
from frontend.choices.sweeps import text_request
from frontend.choices.touch import edit_words
from frontend.shell import icon, problem_alert

PREFIX = "dimensions-text"
SHOWN = f"{PREFIX}-shown"
"""Store {keys, running}: what the box shows (assets/attempts.js)."""
HEAD = f"{PREFIX}-head"
BOX = f"{PREFIX}-box"


def place(invitation: str, manifest: Manifest, index: int | None, api: Client) -> html.Div:
    """Where a text is shown: that of `index` where it is stored; before the first click it names that click."""
    key = text_of(manifest, index, api)
    request = api.manifest(key).request if key else None
    head = told(request, key) if key and isinstance(request, PerturbationRequest) else invitation
    return html.Div(
        [
            dcc.Store(id=SHOWN, data={"keys": [key], "running": False} if key else None),
            html.Div(head, id=HEAD, className="study-note"),
            follow.slot(PREFIX),
            html.Div(id=BOX, className="touch-texts dim-texts"),
        ],
        className="study-card",
    )


def read_id(index: Any) -> dict[str, Any]:
    """Button of the table that asks for the text of one index."""
    return {"type": "dimensions-read", "index": index}


def actions(index: int, touch: str) -> html.Div:
    """What can be done with one index of the table: read its text here, or touch it."""
    read = dmc.Button("Read its text", id=read_id(index), size="compact-xs", variant="subtle")
    return html.Div(
        [read, dcc.Link([icon("touch", 13), "Touch"], href=touch, className="study-download")], className="dim-actions"
    )


def ask(key: str, index: int, api: Client) -> tuple[Any, Any, Any]:
    """Submit the change with prompts: (job to follow, what the box shows, the line above it)."""
    request = api.manifest(key).request
    assert isinstance(request, SweepRequest)
    try:
        asked = text_request(request, index)
        job = api.submit(asked)
    except KnownError as error:
        return None, {"keys": [], "running": False}, problem_alert(error.problem)
    done = job.state is JobState.DONE
    return {"key": job.key, "done": done}, {"keys": [job.key], "running": not done}, told(asked, job.key)


def told(asked: PerturbationRequest, key: str) -> dmc.Group:
    """The line above a text: what was changed, and where it can be touched."""
    title = html.Span(edit_words(asked.edits[0]), className="follow-title")
    link = dcc.Link(
        [icon("touch", 14), "Open in Touch"],
        href=urls.link("touch", model=asked.model, key=key),
        className="study-download",
    )
    return dmc.Group([title, link], justify="space-between")
