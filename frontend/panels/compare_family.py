"""A slider over a family of models: B steps through training, revisions or sizes; view and perplexities follow."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.client import Client
from backend.contracts.models import ModelSummary
from backend.contracts.problems import KnownError
from backend.contracts.requests import OpenModelRequest
from frontend.choices.compare import CompareChoice
from frontend.figures.blank import blank
from frontend.figures.compare_family import HEIGHT, figure
from frontend.panels.compare_bar import choice_id
from frontend.results.compare_family import ORDER, Family, Step, curve_of
from frontend.shell import hint, problem_alert

STEP = "compare-step"
STEPS = "compare-steps"
OPEN = "compare-open"
OPENING = "compare-opening"
SOURCES = "compare-open-sources"
FIGURE = "compare-family-figure"
SHOWN = "compare-family-shown"


def slider(choice: CompareChoice, families: Sequence[Family], known: Sequence[ModelSummary] = ()) -> Any:
    """The slider of the chosen family (the first otherwise) and its perplexities; a link where there is no family."""
    ready = [model.name for model in known if model.status == "ready"]
    if not families or not choice.models:
        return _offer(choice) if len(ready) > 2 and choice.models else None
    family = families[0]
    place = family.place(choice.models[1]) if len(choice.models) > 1 else None
    steps = family.steps
    marks = [{"value": index, "label": step.label or f"{step.n_samples:,}"} for index, step in enumerate(steps)]
    drawn = place if place is not None else 0
    control = dmc.Slider(
        id=STEP, min=0, max=len(steps) - 1, step=1, value=drawn, marks=marks, label=None,
        restrictToMarks=True, size="sm", thumbLabel=f"B, by {family.axis}",
    )  # fmt: skip
    at = steps[place].n_samples if place is not None else None
    graph = dcc.Graph(id=FIGURE, figure=blank(HEIGHT), config={"displayModeBar": False}, style={"height": HEIGHT})
    head = [hint("B steps through", _HINT), _picker(choice, families, ready), _player(choice, family)]
    left = html.Div(
        [
            html.Div(head, className="compare-family-head"),
            _own(choice, ready) if family.key == ORDER else None,
            html.Div(control, className="compare-slider" + (" is-named" if family.labels else "")),
            _closed(family),
        ]
    )
    shown = {"key": family.key, "at": at, "axis": family.axis, "steps": [[one.model, one.label] for one in steps]}
    names = [step.model for step in steps]
    stores = [
        dcc.Store(id=STEPS, data={"names": names, "models": list(choice.models), "drawn": drawn}),
        dcc.Store(id=SHOWN, data=shown),
    ]
    return html.Div([*stores, left, graph], className="compare-family")


def drawn(shown: dict[str, Any] | None, scheme: str | None, api: Client) -> Any:
    """The perplexities of the family in the colours of the page."""
    if not shown:
        return blank(HEIGHT)
    steps = tuple(Step(place, name, "", label) for place, (name, label) in enumerate(shown["steps"]))
    family = Family(shown["key"], "", steps, axis=shown["axis"])
    try:
        curve = curve_of(family, api) if family.labels else api.training(family.key)
    except KnownError:
        return blank(HEIGHT)
    return figure(curve, shown["at"], dark=scheme == "dark", labels=family.labels, axis=family.axis)


def open_all(sources: Sequence[str], api: Client) -> Any:
    """Open every state that is not open yet; the job bar follows them."""
    try:
        for source in sources:
            api.submit(OpenModelRequest(source=source))
    except KnownError as error:
        return problem_alert(error.problem)
    return html.Div("They are being opened; the slider takes them up one by one.", className="study-note")


def _offer(choice: CompareChoice) -> html.Div:
    link = dcc.Link("Step B through a set of models", href=choice.link(family=ORDER), className="atlas-anchor")
    return html.Div([link, "; their order is yours."], className="study-note compare-note")


def _picker(choice: CompareChoice, families: Sequence[Family], ready: Sequence[str]) -> Any:
    data = [{"value": one.key, "label": one.title} for one in families]
    if len(ready) > 2 and all(one.key != ORDER for one in families):
        data.append({"value": ORDER, "label": "Your own order …"})
    if len(data) == 1:
        return html.Span(families[0].title, className="study-note")
    return dmc.Select(
        id=choice_id("family", drawn=families[0].key, forgets="" if families[0].key != ORDER else "steps"),
        data=data,
        value=families[0].key,
        allowDeselect=False,
        size="xs",
        w=320,
        maw="100%",
        **{"aria-label": "What B steps through"},
    )


def _own(choice: CompareChoice, ready: Sequence[str]) -> dmc.MultiSelect:
    """The set and its order: that in which the models are picked."""
    chosen = list(choice.steps or choice.models)
    return dmc.MultiSelect(
        id=choice_id("steps", drawn=",".join(chosen)), data=list(ready), value=chosen, size="xs", searchable=True,
        placeholder="Pick models in the order of the steps", maw=560,
        **{"aria-label": "Models in the order of the steps"},
    )  # fmt: skip


def _player(choice: CompareChoice, family: Family) -> html.Div:
    """One back, play, one on; `compare.js` waits for the pictures of a step before it takes the next."""
    names = [step.model for step in family.steps]
    buttons = [
        html.Button(sign, className="map-tool", title=told, **{"data-compare-play": what, "aria-label": told})
        for sign, what, told in _BUTTONS
    ]
    return html.Div(buttons, className="compare-player", **{"data-steps": json.dumps(names)})


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


_HINT = (
    "A training from its first model through every state it saved, the revisions of one source, the sizes of one "
    "family, or a set of your own. A stays where it is."
)
_BUTTONS = (("‹", "back", "One step back"), ("▶", "play", "Play the steps"), ("›", "on", "One step on"))
