"""What a development shows: scores and regions along the axis, layers on relative depth, what the paper saw."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.contracts.development import AXIS_WORDS, Development, MemberState, Observation
from backend.contracts.vocabulary import JobState
from frontend import urls
from frontend.figures.blank import blank
from frontend.figures.development import HEIGHT, accuracy_figure, accuracy_height, scale_of, scores_figure, sklr_figure
from frontend.figures.development_layers import (
    LAYERS_HEIGHT,
    depth_figure,
    languages_figure,
    layers_figure,
    rows_height,
)
from frontend.shell import hint

SCALE = "development-scale"
ALONG = ("scores", "sklr", "accuracy")
"""Figures along the axis."""
_OF_NEURONS = ("sklr", "depth", "languages")
"""Figures whose points lead to a model's key neurons; those of the others lead to its similarity map."""
_TASKS = "accuracy"
_BADGES = {
    "holds": ("holds here", "teal"),
    "does not hold": ("the opposite here", "red"),
    "undecided": ("undecided", "yellow"),
    "not judged": ("not judged", "gray"),
}
_STEPS = {"holds": "holds", "does not hold": "fails", "undecided": "undecided", "not judged": "open"}


def figure_id(name: Any, key: Any) -> dict[str, Any]:
    """Id of one figure of one development."""
    return {"type": "development-figure", "name": name, "key": key}


def figures(found: Development, scale: str | None) -> list[Any]:
    """Every section that the points so far can fill; `scale` of the axis, where one is asked for."""
    points = found.summary.points
    if not points:
        return []
    control = dmc.SegmentedControl(
        id=SCALE,
        value=scale_of(scale, [point.position for point in points]),
        data=[{"value": "log", "label": "logarithmic"}, {"value": "linear", "label": "linear"}],
        size="xs",
        **{"aria-label": "Scale of the axis"},
    )
    along = [("scores", hint("LRDS and SADS", _SCORES_HINT)), ("sklr", hint("Size of the key regions", _SKLR_HINT))]
    if any(point.accuracy for point in points):
        along.append(("accuracy", hint("Accuracy", "Error bars: one standard error.")))
    heights = dict.fromkeys(ALONG, HEIGHT) | {"accuracy": accuracy_height(points)}
    n_languages = len(found.summary.languages)
    title = html.H2(f"By {AXIS_WORDS[found.axis]}", className="study-heading")
    return [
        _section(
            dmc.Group([title, control], justify="space-between"),
            "Error bars of the scores are 95 % bootstrap intervals over texts and languages. Click a point: its model.",
            html.Div([_titled(found, *one, heights[one[0]]) for one in along], className="development-along"),
        ),
        _section(
            html.H2(hint("Layer by layer, on relative depth", _DEPTH_HINT), className="study-heading"),
            "From dark to light: the order on the axis.",
            _graph(found, "layers", LAYERS_HEIGHT),
        ),
        _section(
            html.H2(hint("Where the key neurons are", _HEAT_HINT), className="study-heading"),
            None,
            html.Div(
                [
                    _titled(found, "depth", "By relative depth", rows_height(len(points))),
                    _titled(found, "languages", "By language", rows_height(n_languages)),
                ],
                className="development-along",
            ),
        ),
    ]  # fmt: skip


def figure(name: str, found: Development, scale: str | None, *, dark: bool) -> Any:
    """One figure in the colours of the page."""
    points, log = found.summary.points, scale == "log"
    along = {"scores": scores_figure, "sklr": sklr_figure, "accuracy": accuracy_figure}
    if name in along:
        return along[name](points, found.axis, dark=dark, log=log)
    if name == "layers":
        return layers_figure(points, dark=dark)
    if name == "depth":
        return depth_figure(points, dark=dark)
    return languages_figure(points, found.summary.languages, dark=dark)


def leads_to(name: str, click: dict[str, Any], found: Development) -> str:
    """Where a clicked point of a figure leads: its model's similarity map (at the clicked layer), neurons or tasks."""
    model, *told = click["points"][0]["customdata"]
    member = next((one for one in found.members if one.model == model), None)
    if name == _TASKS:
        return urls.link("tasks", model=model)
    if name in _OF_NEURONS:
        return urls.link("neurons", model=model, result=_part(member, "key neurons"))
    layer = told[1] if name == "layers" else None
    return urls.link("languages", model=model, result=_part(member, "similarity"), layer=layer)


def observed(found: Development) -> Any:
    """What the paper saw, judged on the points so far."""
    if len(found.summary.points) < 2:
        return None
    return _section(
        html.H2(hint("What the paper saw", _SEEN_HINT), className="study-heading"),
        None,
        html.Div(_cards(found.observations), className="claims"),
    )


def _cards(observations: Sequence[Observation]) -> list[html.Div]:
    """One per rule: what is judged of several tasks by the same rule shares a card."""
    groups = [list(group) for _, group in groupby(observations, key=lambda one: one.rule)]
    return [_card(group[0]) if len(group) == 1 else _shared_card(group) for group in groups]


def _card(one: Observation) -> html.Div:
    lines = [_line("Rule", one.rule), _line("Here", one.judgement.evidence)]
    return html.Div(
        [_badge(one), html.Div(one.text, className="claim-text"), *lines],
        className=f"claim claim-{_STEPS[one.judgement.word]}",
    )


def _shared_card(several: Sequence[Observation]) -> html.Div:
    """`Accuracy grows: TASK` of every task: the rule once, then a line per task."""
    parts = [one.text.partition(": ") for one in several]
    rows = [
        html.Tr([html.Th(name, scope="row"), html.Td(_badge(one)), html.Td(one.judgement.evidence)])
        for (_, _, name), one in zip(parts, several, strict=True)
    ]
    lines = [_line("Rule", several[0].rule), html.Table(html.Tbody(rows), className="development-tasks")]
    return html.Div([html.Div(parts[0][0], className="claim-text"), *lines], className="claim development-shared")


def _badge(one: Observation) -> dmc.Badge:
    word, colour = _BADGES[one.judgement.word]
    return dmc.Badge(word, color=colour, variant="light", tt="none", radius="sm")


def _line(name: str, told: str) -> html.Div:
    return html.Div([html.Span(name, className="claim-name"), html.Span(told)], className="claim-line")


def _part(member: MemberState | None, name: str) -> str | None:
    parts = member.parts if member else ()
    return next((part.key for part in parts if part.name == name and part.state is JobState.DONE), None)


def _titled(found: Development, name: str, title: Any, height: int) -> html.Div:
    return html.Div([html.H3(title, className="development-title"), _graph(found, name, height)])


def _graph(found: Development, name: str, height: int) -> dcc.Graph:
    return dcc.Graph(
        id=figure_id(name, found.key), figure=blank(height), config={"displayModeBar": False}, style={"height": height}
    )


def _section(head: Any, note: str | None, content: Any) -> html.Section:
    parts = [head, html.P(note, className="study-note development-note") if note else None, content]
    return html.Section(parts, className="atlas-card study-card")


_SCORES_HINT = (
    "Linguistic Regions Development Score (paper B, Eq. 8): how much neurons follow the language. Semantic Alignment "
    "Development Score (Eq. 9): how much they follow the meaning, whatever the language. Of the whole model."
)
_SKLR_HINT = (
    "SKLR (paper B, Figure 4): key neurons of all languages together. Dotted: what shuffled languages give, so only "
    "what lies above it is more than chance."
)
_DEPTH_HINT = "0 is the first layer, 1 the last: models of different depth share the axis (paper B, Figures 3 and 9)."
_HEAT_HINT = (
    "Left: percent of a layer's neurons that are key, all languages together (Figure 5). Right: key neurons of each "
    "language as percent of all neurons (Figures 6 and 11)."
)
_SEEN_HINT = "Observations III, IV and V of paper B. A verdict needs a clear change; else it is undecided."
