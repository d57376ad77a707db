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


def step_id(key: Any, under_way: Any) -> dict[str, Any]:
    """Id of the line of one job: news about it redraw the page, and any news while it is under way."""
    return {"type": "reproduction-step", "key": key, "under_way": under_way}


def _step(step: Step, model: str) -> html.Div:
    name: Any = html.Span(step.name)
    if step.key and step.state is not None:
        done = step.state is JobState.DONE
        address = (
            urls.open_result(step.request.kind.value, step.key, model) if done else urls.link("runs", job=step.key)
        )
        name = dcc.Link(step.name, href=address)
    words = html.Span(f" ({step.title}) {_stands(step)}", className="repro-state")
    drawing = {None: "table", JobState.DONE: "check"}.get(step.state, "clock")
    state = "is-done" if step.state is JobState.DONE else "is-open"
    content = [icon(drawing, 14), html.Div([name, words])]
    return html.Div(content, className=f"repro-step {state}", id=step_id(step.key, step.state in UNDER_WAY))


def _stands(step: Step) -> str:
    if step.state is JobState.DONE:
        return "measured" if step.seconds is None else f"measured, {step.seconds:.0f} s with all it is built on"
    if step.problem:
        stands = step.state.value if step.state else JobState.FAILED.value
        return f"{stands}: {step.problem.detail}" + (f". {step.problem.hint}" if step.problem.hint else "")
    return "not run" if step.state is None else step.state.value
