"""Scores, regions and accuracy against step or size (paper B, Figures 4, 7, 10): one point per model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import plotly.graph_objects as go

from backend.contracts.development import AXIS_WORDS, Axis
from backend.contracts.results import DevelopmentPoint
from frontend import theme
from frontend.figures.numbers import counted
from frontend.figures.sentences import Written, course, four
from frontend.figures.telling import tell

HEIGHT = 300
LEGEND_ROW = 19
SCALES = ("log", "linear")
MOST_TICKS = 8
LOG_SPAN = 20.0
"""Largest over smallest position from which a logarithmic axis is the better first choice."""
_SCORES = (("LRDS", "lrds", "circle"), ("SADS", "sads", "diamond"))
_UNITS = ((1e9, "B"), (1e6, "M"), (1e3, "k"))


class Places(NamedTuple):
    """Where the points stand on the axis; on a logarithmic one, 0 stands left of the smallest."""

    x: tuple[float, ...]
    ticks: tuple[float, ...]
    texts: tuple[str, ...]


def wants_log(positions: Sequence[float]) -> bool:
    """Whether the positions spread over more than a factor of `LOG_SPAN`."""
    above = [position for position in positions if position > 0]
    return len(above) > 1 and max(above) / min(above) >= LOG_SPAN


def scale_of(asked: str | None, positions: Sequence[float]) -> str:
    """`log` or `linear`: the scale that is asked for, else the one that suits the positions."""
    return asked if asked in SCALES else SCALES[0] if wants_log(positions) else SCALES[1]


def places(positions: Sequence[float], *, log: bool) -> Places:
    """The points' own positions as ticks, thinned to `MOST_TICKS`."""
    above = [position for position in positions if position > 0]
    zero = min(above) / 2 if log and above else 0.0
    x = tuple(position if position > 0 else zero for position in positions)
    last = len(x) - 1
    chosen = range(len(x)) if len(x) <= MOST_TICKS else sorted({round(i * last / (MOST_TICKS - 1)) for i in range(8)})
    return Places(x, tuple(x[place] for place in chosen), tuple(short(positions[place]) for place in chosen))


def short(position: float) -> str:
    """A step or a size in few characters: `1k`, `560M`, `7.07B`."""
    for size, unit in _UNITS:
        if position >= size:
            return f"{position / size:.3g}{unit}"
    return f"{position:g}"


def scores_figure(points: Sequence[DevelopmentPoint], axis: Axis, *, dark: bool, log: bool) -> go.Figure:
    """LRDS and SADS of the whole model, with their 95 % bootstrap intervals."""
    figure, at = _blank(dark), places([point.position for point in points], log=log)
    for (name, field, symbol), colour in zip(_SCORES, score_colours(dark), strict=True):
        values = [getattr(point.whole, field) for point in points]
        bounds = [getattr(point.whole, f"{field}_interval") or (value, value)
                  for point, value in zip(points, values, strict=True)]  # fmt: skip
        figure.add_scatter(
            x=at.x,
            y=values,
            name=name,
            error_y={
                "type": "data",
                "symmetric": False,
                "array": [max(0.0, high - value) for (_, high), value in zip(bounds, values, strict=True)],
                "arrayminus": [max(0.0, value - low) for (low, _), value in zip(bounds, values, strict=True)],
                "thickness": 1.4,
                "width": 4,
            },
            customdata=[[point.model, point.label, *bound] for point, bound in zip(points, bounds, strict=True)],
            hovertemplate="%{customdata[1]}<br>%{y:.4f} [%{customdata[2]:.4f}, %{customdata[3]:.4f}]",
            **_curve(colour, symbol),
        )
    figure.update_yaxes(title="score")
    told = [f"{name}: {_course(points, [getattr(one.whole, field) for one in points])}." for name, field, _ in _SCORES]
    return tell(
        _laid_out(figure, axis, at, log=log),
        name="scores",
        title=f"LRDS and SADS by {AXIS_WORDS[axis]}",
        description=f"Scores of whole models by {AXIS_WORDS[axis]}, {len(points)} models. {' '.join(told)}",
    )


def sklr_figure(points: Sequence[DevelopmentPoint], axis: Axis, *, dark: bool, log: bool) -> go.Figure:
    """Size of the key linguistic regions beside what chance gives; a share of all neurons where sizes differ."""
    figure, at = _blank(dark), places([point.position for point in points], log=log)
    share = len({point.n_neurons_total for point in points}) > 1
    over = [point.n_neurons_total / 100 if share else 1 for point in points]
    colour = theme.CATEGORICAL[0] if not dark else "#8fa4ef"
    figure.add_scatter(
        x=at.x,
        y=[point.sklr / of for point, of in zip(points, over, strict=True)],
        name="SKLR",
        customdata=[[point.model, point.label, point.sklr, 100 * point.sklr / point.n_neurons_total]
                    for point in points],
        hovertemplate="%{customdata[1]}<br>%{customdata[2]:,} key neurons, %{customdata[3]:.2f} % of all",
        **_curve(colour, "circle"),
    )  # fmt: skip
    null = [None if point.sklr_null is None else point.sklr_null / of for point, of in zip(points, over, strict=True)]
    if any(value is not None for value in null):
        dotted = _curve("#9498a0", "circle-open")
        dotted["line"] = dotted["line"] | {"dash": "dot"}
        figure.add_scatter(
            x=at.x, y=null, name="by chance", customdata=[[point.model] for point in points],
            hovertemplate="by chance %{y:,.4~g}", **dotted,
        )  # fmt: skip
    unit = "percent of all neurons" if share else "key neurons"
    figure.update_yaxes(title=unit, rangemode="tozero")
    written: Written = (lambda value: f"{value:.2f} %") if share else (lambda value: counted(round(value)))
    sizes = _course(points, [point.sklr / of for point, of in zip(points, over, strict=True)], written)
    return tell(
        _laid_out(figure, axis, at, log=log),
        name="sklr",
        title=f"Size of the key regions by {AXIS_WORDS[axis]}",
        description=f"SKLR in {unit} by {AXIS_WORDS[axis]}, {len(points)} models: {sizes}; "
        f"by chance {_course(points, null, written)}.",
    )


def accuracy_height(points: Sequence[DevelopmentPoint]) -> int:
    """Room above for the names of the tasks, two in a line: a plot of the usual height remains."""
    n_titles = len({title for point in points for title in point.accuracy})
    return HEIGHT + LEGEND_ROW * max(0, math.ceil(n_titles / 2) - 1)


def accuracy_figure(points: Sequence[DevelopmentPoint], axis: Axis, *, dark: bool, log: bool) -> go.Figure:
    """Accuracy of every task with its standard error."""
    figure, all_at = _blank(dark), places([point.position for point in points], log=log)
    titles = list(dict.fromkeys(title for point in points for title in point.accuracy))
    for place, title in enumerate(titles):
        there = [(x, point) for x, point in zip(all_at.x, points, strict=True) if title in point.accuracy]
        figure.add_scatter(
            x=[x for x, _ in there],
            y=[100 * point.accuracy[title] for _, point in there],
            name=title,
            error_y={
                "type": "data", "array": [100 * point.accuracy_error.get(title, 0.0) for _, point in there],
                "thickness": 1.2, "width": 3,
            },
            customdata=[[point.model, point.label] for _, point in there],
            hovertemplate="%{customdata[1]}<br>%{y:.1f} %",
            **_curve(*theme.category(place)),
        )  # fmt: skip
    figure.update_yaxes(title="accuracy, percent")
    runs = [
        f"{title}: {_course(points, [_percent(one.accuracy.get(title)) for one in points], _written_percent)}."
        for title in dict.fromkeys(title for one in points for title in one.accuracy)
    ]
    return tell(
        _laid_out(figure, axis, all_at, log=log, height=accuracy_height(points)),
        name="accuracy",
        title=f"Accuracy by {AXIS_WORDS[axis]}",
        description=f"Accuracy of {len(runs)} tasks by {AXIS_WORDS[axis]}. {' '.join(runs)}",
    )


def _course(points: Sequence[DevelopmentPoint], values: Sequence[float | None], written: Written = four) -> str:
    return course(values, [point.label for point in points], written=written)


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _written_percent(value: float) -> str:
    return f"{value:.1f} %"


def score_colours(dark: bool) -> tuple[str, str]:
    """LRDS and SADS, as on the Languages page."""
    return ("#e8743b", "#4fb3e8") if dark else ("#c8500e", "#0072b2")


def _blank(dark: bool) -> go.Figure:
    return go.Figure(layout={"template": theme.figure_template(dark)})


def _curve(colour: str, symbol: str) -> dict[str, Any]:
    return {
        "mode": "lines+markers",
        "line": {"color": colour, "width": 2},
        "marker": {"color": colour, "symbol": symbol, "size": 8},
    }


def _laid_out(figure: go.Figure, axis: Axis, at: Places, *, log: bool, height: int = HEIGHT) -> go.Figure:
    figure.update_layout(
        height=height,
        margin={"l": 58, "r": 16, "t": 34 + height - HEIGHT, "b": 46},
        hovermode="closest",
        # Of the whole figure, not of the plot: there plotly sometimes lays several lines of names over the curves.
        legend={"orientation": "h", "yref": "container", "y": 1, "yanchor": "top", "x": 0},
    )
    figure.update_xaxes(
        title=AXIS_WORDS[axis], type="log" if log else "linear", tickvals=at.ticks, ticktext=at.texts, zeroline=False,
        range=_span(at.x, log=log),
    )  # fmt: skip
    return figure


def _span(x: Sequence[float], *, log: bool) -> list[float] | None:
    """A little room beside the outermost points."""
    if not x:
        return None
    low, high = (math.log10(min(x) or 0.5), math.log10(max(x) or 1)) if log else (min(x), max(x))
    room = 0.06 * (high - low) or 0.5
    return [low - room, high + room]
