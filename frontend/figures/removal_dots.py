"""The dot plot of a removal table: perplexity of every language under every condition, on a logarithmic axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import cycle

import plotly.graph_objects as go

from backend.contracts.perplexity_words import vocabulary_of
from backend.contracts.results import RemovalSummary
from frontend import theme
from frontend.figures.numbers import factor, perplexity_text
from frontend.figures.removal import Column, by_base, columns_of, mean_ratios, median_of, perplexities
from frontend.figures.telling import tell
from frontend.figures.ticks import log_axis
from frontend.language_names import name_of


def removal_dots(summary: RemovalSummary, *, dark: bool) -> go.Figure:
    """Perplexity of every language on a logarithmic axis, one dot per condition, languages by Base."""
    columns = columns_of(summary)
    codes = by_base(summary)
    figure = go.Figure(layout={"template": theme.figure_template(dark)})
    for column, (colour, symbol) in zip(columns, cycle(_marks(dark)), strict=False):
        figure.add_trace(_dots(column, codes, colour, symbol))
    figure.update_layout(
        height=90 + 26 * len(codes),
        margin={"l": 90, "r": 20, "t": 36, "b": 44},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        hovermode="closest",
    )
    said = [row.perplexity for condition in summary.conditions for row in condition.rows]
    figure.update_xaxes(title="perplexity (logarithmic)", **log_axis(said))
    figure.update_yaxes(type="category", autorange="reversed", categoryarray=[name_of(code) for code in codes])
    title = "Perplexity by language and condition"
    return tell(figure, name="removal-dots", title=title, description=_described(summary, columns, codes))


def _described(summary: RemovalSummary, columns: Sequence[Column], codes: Sequence[str]) -> str:
    told = (
        f"Perplexity on a logarithmic axis for {len(codes)} languages under {len(summary.conditions)} conditions. "
        + " ".join(_range_words(column, codes) for column in columns)
    )
    for name, ratio in mean_ratios(summary).items():
        told += f" Mean factor on Base at {name}: {factor(ratio)}."
    return told


def _range_words(column: Column, codes: Sequence[str]) -> str:
    means = {code: median_of(perplexities(column, code)) for code in codes}
    sizes = {code: math.inf if mean is None else mean for code, mean in means.items()}
    if not sizes:
        return f"{column.name}: nothing."
    least, most = min(sizes, key=sizes.__getitem__), max(sizes, key=sizes.__getitem__)
    size = vocabulary_of(column.conditions[0].rows)
    low, high = (perplexity_text(sizes[code], size, 3) for code in (least, most))
    return f"{column.name} between {low} ({name_of(least)}) and {high} ({name_of(most)})."


def _dots(column: Column, codes: Sequence[str], colour: str, symbol: str) -> go.Scatter:
    drawn = [perplexities(column, code) for code in codes]
    means = [median_of(values) for values in drawn]
    ranges = [_range(values, middle) for values, middle in zip(drawn, means, strict=True)]
    return go.Scatter(
        x=means,
        y=[name_of(code) for code in codes],
        name=column.name,
        mode="markers",
        marker={"color": colour, "symbol": symbol, "size": 10, "line": {"width": 1.5, "color": colour}},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [above for _, above in ranges],
            "arrayminus": [below for below, _ in ranges],
            "thickness": 1,
            "visible": len(column.conditions) > 1,
        },
        customdata=[perplexity_text(mean, vocabulary_of(column.conditions[0].rows)) for mean in means],
        hovertemplate=f"%{{y}} · {column.name}<br>perplexity %{{customdata}}<extra></extra>",
    )


def _range(values: Sequence[float | None], middle: float | None) -> tuple[float, float]:
    """How far the least and the most of the draws lie from the median; 0 for what is infinite."""
    finite = [value for value in values if value is not None]
    if middle is None or not finite:
        return 0.0, 0.0
    return middle - min(finite), max(finite) - middle


def _marks(dark: bool) -> tuple[tuple[str, str], ...]:
    """Colour and symbol of Base, Top, Bottom, Random, then of further regions (told apart without colour too)."""
    return (
        ("#e8e8ea" if dark else "#33363d", "line-ns-open"),
        ("#e8743b" if dark else "#c8500e", "circle"),
        ("#4fb3e8" if dark else "#0072b2", "diamond-open"),
        ("#b9a5e0" if dark else "#7d5bb5", "square-open"),
        ("#5fc08d" if dark else "#1f8a5b", "triangle-up"),
        ("#e6c453" if dark else "#a5820b", "star"),
        ("#f08fc0" if dark else "#b8457f", "triangle-down-open"),
        ("#9aa1ac" if dark else "#667080", "x-thin-open"),
    )
