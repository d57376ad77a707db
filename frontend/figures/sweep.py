"""Sweeps: perplexity under each of many small changes (paper A, Figure 3), and a scan of one vector (Table 4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from backend.contracts.results import SweepPoint, SweepSummary
from frontend import theme
from frontend.figures.numbers import factor, ratio_interval
from frontend.figures.structured import base_line, log_axis, perplexity_of, perplexity_words, said_language
from frontend.figures.telling import tell

FATAL = 2.0
"""From this factor of the base on, a change is called fatal."""
MOST_LABELS = 8
GROUPS = {"given": "given", "top": "top of the ranking", "random": "random", "all": "all"}


class Measured(NamedTuple):
    """One point of a sweep in one language (or the mean of all): perplexity and its factor of the base."""

    point: SweepPoint
    perplexity: float | None
    ratio: float | None
    """None: the perplexity is infinite."""
    words: str
    """The perplexity as it is written: `21.3457`, `lost, 10⁹`, `∞`."""
    interval: str = ""
    """Of the factor: `1.42 to 1.61 over documents`; '' for the mean of several languages, and where none is known."""


def measured(summary: SweepSummary, language: str) -> tuple[Measured, ...]:
    """Every point, in the order in which it was measured."""
    base = perplexity_of(summary.base, language)
    values = [(point, perplexity_of(point.rows, language)) for point in summary.points]
    return tuple(
        Measured(
            point,
            value,
            value / base if value and base else None,
            perplexity_words(point.rows, language),
            _interval(point, language),
        )
        for point, value in values
    )


def _interval(point: SweepPoint, language: str) -> str:
    row = next((row for row in point.rows if row.language == language), None)
    return ratio_interval(row) if row else ""


def worst(points: Sequence[Measured], n_shown: int) -> tuple[Measured, ...]:
    """The points that hurt most, the worst first."""
    return tuple(sorted(points, key=_badness, reverse=True)[:n_shown])


def fatal(points: Sequence[Measured]) -> tuple[Measured, ...]:
    """Those that multiply the perplexity by `FATAL` and more, the worst first."""
    return tuple(point for point in worst(points, len(points)) if point.ratio is None or point.ratio >= FATAL)


def sweep_bars(summary: SweepSummary, language: str, *, dark: bool) -> go.Figure:
    """One bar per dimension, logarithmic, groups by colour; the base as a line. Infinite bars reach the top."""
    points = measured(summary, language)
    ceiling = _ceiling(points, summary, language)
    figure = go.Figure(layout={"template": theme.figure_template(dark)})
    for group, colour in _colours(dark).items():
        own = [one for one in points if one.point.group == group]
        if own:
            figure.add_trace(_bars(own, group, colour, ceiling))
    base = perplexity_of(summary.base, language)
    log_axis(figure, [base, *(one.perplexity or ceiling for one in points)])
    base_line(figure, base, perplexity_words(summary.base, language, 4), dark=dark)
    figure.update_layout(
        height=330,
        margin={"l": 64, "r": 20, "t": 30, "b": 58},
        bargap=0.25,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    figure.update_xaxes(title="dimension", type="category", categoryarray=[str(one.point.index) for one in points])
    title = f"Perplexity with one dimension disturbed, {said_language(summary.base, language)}"
    return tell(figure, name="sweep", title=title, description=_described(points, summary, language, "dimensions"))


def scan_dots(summary: SweepSummary, language: str, *, dark: bool) -> go.Figure:
    """Every scalar of a vector by its index, logarithmic; the fatal ones named."""
    points = measured(summary, language)
    named = {one.point.index for one in fatal(points)[:MOST_LABELS]}
    ceiling = _ceiling(points, summary, language)
    colours = _colours(dark)
    figure = go.Figure(
        go.Scatter(
            x=[one.point.index for one in points],
            y=[one.perplexity or ceiling for one in points],
            mode="markers+text",
            text=[str(one.point.index) if one.point.index in named else "" for one in points],
            textposition="top center",
            marker={
                "size": [10 if one.point.index in named else 5 for one in points],
                "color": [colours["top"] if _is_fatal(one) else colours["random"] for one in points],
            },
            customdata=[_told(one) for one in points],
            hovertemplate="%{customdata[1]}<extra></extra>",
        ),
        layout={"template": theme.figure_template(dark)},
    )
    base = perplexity_of(summary.base, language)
    log_axis(figure, [base, *(one.perplexity or ceiling for one in points)])
    base_line(figure, base, perplexity_words(summary.base, language, 4), dark=dark)
    figure.update_layout(height=340, margin={"l": 64, "r": 20, "t": 24, "b": 44}, hovermode="closest")
    figure.update_xaxes(title="index")
    title = f"Perplexity with one scalar changed, {said_language(summary.base, language)}"
    return tell(figure, name="scan", title=title, description=_described(points, summary, language, "scalars"))


def _described(points: Sequence[Measured], summary: SweepSummary, language: str, what: str) -> str:
    told = (
        f"Perplexity ({said_language(summary.base, language)}) on a logarithmic axis under {len(points)} changes, each "
        f"of one of the {what}; the unchanged model has "
        f"{perplexity_words(summary.base, language, 3)}."
    )
    if not points:
        return told
    first = ", ".join(f"{one.point.index} ({factor(one.ratio)})" for one in worst(points, 3))
    return f"{told} {len(fatal(points))} multiply it by {FATAL:g} and more; the worst are {first}."


def _bars(points: Sequence[Measured], group: str, colour: str, ceiling: float) -> go.Bar:
    return go.Bar(
        x=[str(one.point.index) for one in points],
        y=[one.perplexity or ceiling for one in points],
        name=GROUPS[group],
        marker={"color": colour},
        text=["" if one.perplexity else "∞" for one in points],
        customdata=[_told(one) for one in points],
        hovertemplate="%{customdata[1]}<br>click: read its text<extra></extra>",
    )


def _told(one: Measured) -> list[object]:
    point = one.point
    written = "" if point.before is None else f"<br>{point.before:.4g} → {_written(point.after)}"
    interval = f", {one.interval}" if one.interval else ""
    return [
        point.index,
        f"{point.index}: perplexity {one.words} ({factor(one.ratio)} of the base{interval}){written}",
    ]


def _written(value: float | None) -> str:
    return "?" if value is None else f"{value:.4g}"


def _ceiling(points: Sequence[Measured], summary: SweepSummary, language: str) -> float:
    finite = [one.perplexity for one in points if one.perplexity] + [perplexity_of(summary.base, language) or 1.0]
    return 10 * max(finite)


def _badness(one: Measured) -> float:
    return float("inf") if one.perplexity is None else one.perplexity


def _is_fatal(one: Measured) -> bool:
    return one.ratio is None or one.ratio >= FATAL


def _colours(dark: bool) -> dict[str, str]:
    return {
        "top": "#e8743b" if dark else "#c8500e",
        "random": "#9aa1ac" if dark else "#8a93a3",
        "given": "#4fb3e8" if dark else "#0072b2",
        "all": "#9aa1ac" if dark else "#8a93a3",
    }
