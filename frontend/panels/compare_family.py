"""A slider over the saved states of a training: B steps through time, the view and the perplexities follow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.client import Client
from backend.contracts.problems import KnownError
from backend.contracts.requests import OpenModelRequest
from frontend.choices.compare import CompareChoice
from frontend.figures.blank import blank
from frontend.figures.compare_family import HEIGHT, figure
from frontend.panels.compare_bar import choice_id
from frontend.results.compare_family import Family
from frontend.shell import hint, problem_alert

STEP = "compare-step"
STEPS = "compare-steps"
OPEN = "compare-open"
OPENING = "compare-opening"
SOURCES = "compare-open-sources"
FIGURE = "compare-family-figure"
SHOWN = "compare-family-shown"


def slider(choice: CompareChoice, families: Sequence[Family]) -> Any:
    """The slider of the chosen family (the first otherwise) and its perplexities; nothing without a family."""
    if not families or not choice.models:
        return None
    family = families[0]
    place = family.place(choice.models[1]) if len(choice.models) > 1 else None
    steps = family.steps
    marks = [{"value": index, "label": f"{step.n_samples:,}"} for index, step in enumerate(steps)]
    control = dmc.Slider(
        id=STEP, min=0, max=len(steps) - 1, step=1, value=place if place is not None else 0, marks=marks, label=None,
        restrictToMarks=True, size="sm", thumbLabel="Samples that B has seen",
    )  # fmt: skip
    at = steps[place].n_samples if place is not None else None
    graph = dcc.Graph(id=FIGURE, figure=blank(HEIGHT), config={"displayModeBar": False}, style={"height": HEIGHT})
    left = html.Div(
        [
            html.Div([hint("B steps through", _HINT), _picker(choice, families)], className="compare-family-head"),
            html.Div(control, className="compare-slider"),
            _closed(family),
        ]
    )
    stores = [
        dcc.Store(id=STEPS, data={"names": [step.model for step in steps], "models": list(choice.models)}),
        dcc.Store(id=SHOWN, data={"key": family.key, "at": at}),
    ]
    return html.Div([*stores, left, graph], className="compare-family")


def drawn(shown: dict[str, Any] | None, scheme: str | None, api: Client) -> Any:
    """The perplexities of the family in the colours of the page."""
    if not shown:
        return blank(HEIGHT)
    try:
        curve = api.training(shown["key"])
    except KnownError:
        return blank(HEIGHT)
    return figure(curve, shown["at"], dark=scheme == "dark")


def open_all(sources: Sequence[str], api: Client) -> Any:
    """Open every state that is not open yet; the job bar follows them."""
    try:
        for source in sources:
            api.submit(OpenModelRequest(source=source))
    except KnownError as error:
        return problem_alert(error.problem)
    return html.Div("They are being opened; the slider takes them up one by one.", className="study-note")


def _picker(choice: CompareChoice, families: Sequence[Family]) -> Any:
    if len(families) == 1:
        return html.Span(families[0].title, className="study-note")
    return dmc.Select(
        id=choice_id("family", drawn=families[0].key),
        data=[{"value": one.key, "label": one.title} for one in families],
        value=families[0].key,
        allowDeselect=False,
        size="xs",
        w=320,
        **{"aria-label": "Training"},
    )


def _closed(family: Family) -> html.Div:
    """Saved states that are not opened: told, with a button."""
    n = len(family.closed)
    if not n:
        return html.Div(id=OPENING)
    told = f"{n} of {len(family.steps) - 1} saved states {'is' if n == 1 else 'are'} not opened yet."
    sources = [step.source for step in family.closed]
    button = dmc.Button("Open them", id=OPEN, size="compact-xs", variant="light")
    return html.Div(
        [html.Span(told, className="study-note"), button, dcc.Store(id=SOURCES, data=sources), html.Div(id=OPENING)],
        className="compare-closed",
    )


_HINT = "The model a training began with and every state it saved, by samples seen. A stays where it is."
