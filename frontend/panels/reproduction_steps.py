"""The jobs that a table needs: where each stands, one button for what is missing."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.contracts.reproduction import Reproduction, Step
from backend.contracts.vocabulary import JobState
from frontend import urls
from frontend.shell import icon

UNDER_WAY = (JobState.WAITING, JobState.QUEUED, JobState.RUNNING)


class StepsId(StrEnum):
    """Ids of the panel."""

    RUN = "reproduction-run"
    PROBLEM = "reproduction-problem"


def missing(found: Reproduction) -> list[Step]:
    """Steps that nobody is working on."""
    return [step for step in found.steps if step.state is not JobState.DONE and step.state not in UNDER_WAY]


def steps(found: Reproduction, model: str) -> html.Div:
    """Every job of the table, and the button."""
    return html.Div(
        [
            dmc.Group(
                [html.Div([_step(step, model) for step in found.steps], className="repro-steps"), _button(found)],
                justify="space-between",
                align="flex-start",
            ),
            html.Div(id=StepsId.PROBLEM),
        ]
    )


def _button(found: Reproduction) -> dmc.Button:
    n_missing = len(missing(found))
    n_under_way = sum(step.state in UNDER_WAY for step in found.steps)
    word = f"Run what is missing ({n_missing})" if n_missing else "Under way" if n_under_way else "All measured"
    return dmc.Button(
        word, id=StepsId.RUN, leftSection=icon("play", 15), size="sm", disabled=not n_missing, loading=False
    )


def _step(step: Step, model: str) -> html.Div:
    if step.key and step.state is JobState.DONE:
        took = f", {step.seconds:.0f} s" if step.seconds is not None else ""
        link = dcc.Link(step.title, href=urls.open_result(step.request.kind.value, step.key, model))
        return _line("check", [link, html.Span(f" measured{took}", className="repro-state")], "is-done")
    if step.key and step.state is not None:
        link = dcc.Link(step.title, href=urls.link("runs", job=step.key))
        reason = f": {step.problem.detail} {step.problem.hint}" if step.problem else ""
        return _line("clock", [link, html.Span(f" {step.state.value}{reason}", className="repro-state")], "is-open")
    return _line("table", [html.Span(step.title), html.Span(" not run", className="repro-state")], "is-open")


def _line(drawing: str, content: list[Any], state: str) -> html.Div:
    return html.Div([icon(drawing, 14), html.Div(content)], className=f"repro-step {state}")
