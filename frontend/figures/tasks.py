"""Accuracy of tasks, intact beside changed: bars with their standard error, chance as a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from backend.contracts.results import ChoiceSummary
from frontend import theme
from frontend.figures.sentences import extremes
from frontend.figures.telling import tell

HEIGHT = 320
_WIDTH = 0.78
"""Of all bars of a task, where 1 is the distance between two tasks."""


class TaskBars(NamedTuple):
    """One task and what was found under each condition; None where nothing is yet."""

    label: str
    found: tuple[ChoiceSummary | None, ...]


def accuracy(bars: Sequence[TaskBars], conditions: Sequence[str], *, dark: bool) -> go.Figure:
    """A group of bars for each task, a bar for each condition; y from 0 to 100 percent."""
    figure = go.Figure(layout={"template": theme.figure_template(dark)})
    width = _WIDTH / max(1, len(conditions))
    for place, (name, colour) in enumerate(zip(conditions, colours(len(conditions), dark=dark), strict=True)):
        shift = (place - (len(conditions) - 1) / 2) * width
        figure.add_trace(_trace(bars, place, name, colour, shift=shift, width=width * 0.9))
    _chance(figure, bars, dark=dark)
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 48, "r": 12, "t": 34, "b": 44},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    figure.update_xaxes(
        tickvals=list(range(len(bars))), ticktext=[_cut(one.label) for one in bars], range=[-0.5, len(bars) - 0.5],
        showgrid=False, fixedrange=True, automargin=True,
    )  # fmt: skip
    figure.update_yaxes(range=[0, 100], title="right, percent", fixedrange=True)
    told = [f"Bars: accuracy in percent of {len(bars)} tasks under {len(conditions)} conditions, with standard errors."]
    for place, name in enumerate(conditions):
        found = [(one.label, 100 * summary.accuracy) for one in bars if (summary := one.found[place])]
        told.append(f"{name[:1].upper()}{name[1:]}: {extremes(found, written=_percent)}.")
    guessed = [(one.label, 100 * summary.chance) for one in bars if (summary := next(filter(None, one.found), None))]
    told.append(f"Guessing gives: {extremes(guessed, written=_percent)}.")
    return tell(figure, name="accuracy", title="Accuracy by task and condition", description=" ".join(told))


def _percent(value: float) -> str:
    return f"{value:.1f} %"


def colours(n_conditions: int, *, dark: bool) -> list[str]:
    """The intact model in the accent colour, then one for each change, told apart by every colour vision."""
    changes = ("#e8743b", "#4fb3e8", "#b9a5e0", "#5fc08d") if dark else ("#c8500e", "#0072b2", "#7d5bb5", "#1f8a5b")
    intact = "#96a5da" if dark else "#475fb0"
    return [intact, *(changes[place % len(changes)] for place in range(n_conditions - 1))]


def _trace(bars: Sequence[TaskBars], place: int, name: str, colour: str, *, shift: float, width: float) -> go.Bar:
    shown = [(number, one.label, one.found[place]) for number, one in enumerate(bars)]
    known = [(number, label, found) for number, label, found in shown if found is not None]
    return go.Bar(
        x=[number + shift for number, _, _ in known],
        y=[100 * found.accuracy for _, _, found in known],
        width=width,
        name=_cut(name, 40),
        marker={"color": colour, "line": {"width": 0}},
        error_y={
            "type": "data", "array": [100 * found.standard_error for _, _, found in known],
            "thickness": 1.2, "width": 3, "color": "#8a8f98",
        },
        customdata=[[label, found.n_correct, found.n_items, 100 * found.standard_error] for _, label, found in known],
        hovertemplate="%{customdata[0]} · " + _cut(name, 40) + "<br>%{y:.1f} ± %{customdata[3]:.1f} %"
        "<br>%{customdata[1]} of %{customdata[2]} right<extra></extra>",
    )  # fmt: skip


def _chance(figure: go.Figure, bars: Sequence[TaskBars], *, dark: bool) -> None:
    line = {"color": "#d5d8de" if dark else "#33363d", "width": 1.5, "dash": "dot"}
    for number, one in enumerate(bars):
        found = next((summary for summary in one.found if summary), None)
        if found:
            y = 100 * found.chance
            figure.add_shape(type="line", x0=number - 0.5, x1=number + 0.5, y0=y, y1=y, line=line)
    figure.add_trace(go.Scatter(x=[None], y=[None], mode="lines", line=line, name="chance", hoverinfo="skip"))


def _cut(text: str, longest: int = 22) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
