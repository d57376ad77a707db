"""Key neurons by language beside what chance gives, and by layer (paper B, Figures 5, 6 and 11)."""

from __future__ import annotations

import math
from typing import Any

import plotly.graph_objects as go

from backend.contracts.results import KeyNeuronsSummary, NeuronCard
from frontend import theme
from frontend.figures.numbers import counted
from frontend.figures.sentences import course, extremes, joined
from frontend.figures.telling import tell
from frontend.language_names import name_of


def counts_by_language(summary: KeyNeuronsSummary, *, dark: bool) -> go.Figure:
    """A bar per language, the largest first; a line for the mean of the shuffles, a tick for their largest."""
    totals = {code: sum(row) for code, row in zip(summary.languages, summary.counts, strict=True)}
    order = sorted(totals, key=lambda code: totals[code])
    places = {code: summary.languages.index(code) for code in order}
    names = [name_of(code) for code in order]
    n_all = summary.n_layers * summary.n_neurons
    figure = go.Figure(
        go.Bar(
            x=[totals[code] for code in order],
            y=names,
            orientation="h",
            marker={"color": [theme.language_colour(code) for code in order]},
            customdata=[f"{totals[code] / n_all:.2%} of all neurons" for code in order],
            hovertemplate="%{y}: %{x:,} key neurons<br>%{customdata}<extra></extra>",
            name="key neurons",
            showlegend=False,
        )
    )
    for label, values, symbol in (
        ("shuffled languages, mean", summary.null_mean, "line-ns-open"),
        ("shuffled languages, most", summary.null_high, "diamond"),
    ):
        known = [(values[places[code]], name) for code, name in zip(order, names, strict=True)]
        if any(value is not None for value, _ in known):
            figure.add_trace(_marks(label, known, symbol, dark=dark))
    figure.update_layout(
        template=theme.figure_template(dark), height=84 + 30 * len(order), bargap=0.35,
        margin={"l": 8, "r": 16, "t": 34, "b": 40}, legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0},
    )  # fmt: skip
    figure.update_xaxes(title="key neurons", rangemode="tozero", separatethousands=True)
    figure.update_yaxes(showgrid=False, automargin=True)
    most = extremes([(name_of(code), float(count)) for code, count in totals.items()], written=_whole)
    chance = extremes(
        [(name_of(code), value) for code, value in zip(summary.languages, summary.null_mean, strict=True)],
        written=lambda value: f"{value:.1f}",
    )
    described = (
        f"Bars: key neurons of {joined([name_of(code) for code in reversed(order)])}, of {counted(n_all)} neurons; "
        f"{most}. Shuffled languages give by mean: {chance}."
    )
    return tell(figure, name="counts", title="Key neurons by language", description=described)


def counts_by_layer(summary: KeyNeuronsSummary, *, dark: bool) -> go.Figure:
    """Shares of a layer's neurons that are key, layers from left to right, a row per language."""
    shares = [[100 * count / summary.n_neurons for count in row] for row in summary.counts]
    names = [name_of(code) for code in summary.languages]
    written = summary.n_layers <= 12
    figure = go.Figure(
        go.Heatmap(
            z=shares,
            x=list(range(summary.n_layers)),
            y=names,
            text=[list(map(counted, row)) for row in summary.counts],
            texttemplate="%{text}" if written else None,
            textfont={"size": 10.5},
            hovertemplate="%{y}, layer %{x}<br>%{text} key neurons, %{z:.2f} % of the layer<extra></extra>",
            colorscale=theme.SEQUENTIAL,
            zmin=0,
            zmax=max((share for row in shares for share in row), default=0) or 1,
            xgap=1,
            ygap=1,
            colorbar={"title": {"text": "% of the layer", "side": "right"}, "thickness": 10, "outlinewidth": 0},
        )
    )
    figure.update_layout(
        template=theme.figure_template(dark), height=74 + 27 * len(names), margin={"l": 8, "r": 8, "t": 10, "b": 42}
    )
    layers = _layer_axis(summary.n_layers)
    figure.update_xaxes(**layers, showgrid=False)
    figure.update_yaxes(autorange="reversed", showgrid=False, automargin=True)
    cells = [
        (f"{name}, layer {layer}", share)
        for name, row in zip(names, shares, strict=True)
        for layer, share in enumerate(row)
    ]
    described = (
        f"Table of {len(names)} languages by {summary.n_layers} layers: key neurons as percent of the layer's "
        f"{counted(summary.n_neurons)}; {extremes(cells, written=lambda share: f'{share:.2f} %')}."
    )
    return tell(figure, name="counts-by-layer", title="Key neurons by language and layer", description=described)


def _layer_axis(n_layers: int) -> dict[str, Any]:
    """Some ten numbers, upright also where the figure is narrow."""
    return {"title": "layer", "dtick": math.ceil(n_layers / 10), "tickangle": 0, "zeroline": False}


def layer_totals(summary: KeyNeuronsSummary, *, dark: bool) -> go.Figure:
    """Key neurons of all languages by layer, stacked (Figure 5)."""
    figure = go.Figure(layout={"template": theme.figure_template(dark)})
    for code, row, colour in zip(summary.languages, summary.counts, _cycled(len(summary.languages)), strict=True):
        figure.add_trace(
            go.Scatter(
                x=list(range(summary.n_layers)), y=row, name=name_of(code), stackgroup="all", mode="lines",
                line={"width": 1, "color": colour}, hovertemplate="%{y:,}",
            )
        )  # fmt: skip
    figure.update_layout(
        height=300,
        margin={"l": 56, "r": 16, "t": 10, "b": 42},
        hovermode="x unified",
        legend={"traceorder": "reversed"},
    )
    figure.update_xaxes(**_layer_axis(summary.n_layers))
    figure.update_yaxes(title="key neurons", rangemode="tozero", separatethousands=True)
    totals = [float(sum(column)) for column in zip(*summary.counts, strict=True)]
    described = (
        f"Key neurons of {len(summary.languages)} languages stacked, by layer; together "
        f"{course(totals, range(len(totals)), written=_whole, place='layer')}."
    )
    return tell(figure, name="layer-totals", title="Key neurons of all languages by layer", description=described)


def neuron_bars(card: NeuronCard, threshold: float, *, dark: bool) -> go.Figure:
    """z of one neuron in every language with the threshold as a line."""
    rows = sorted(card.languages, key=lambda one: one.z)
    names = [name_of(one.language) for one in rows]
    figure = go.Figure(
        go.Bar(
            x=[one.z for one in rows],
            y=names,
            orientation="h",
            marker={
                "color": [theme.language_colour(one.language) for one in rows],
                "opacity": [1.0 if one.is_key else 0.45 for one in rows],
            },
            customdata=[f"{one.mean_activation:.4g}" for one in rows],
            hovertemplate="%{y}: z %{x:.3f}<br>mean activation %{customdata}<extra></extra>",
        )
    )
    ink = "#ef8379" if dark else "#c2413b"
    figure.add_vline(x=threshold, line={"color": ink, "dash": "dash", "width": 1.5})
    figure.update_layout(
        template=theme.figure_template(dark), height=64 + 24 * len(rows), bargap=0.3,
        margin={"l": 8, "r": 12, "t": 8, "b": 40},
    )  # fmt: skip
    figure.update_xaxes(title="z over the languages", zeroline=True)
    figure.update_yaxes(showgrid=False, automargin=True)
    which = f"layer {card.layer}, neuron {card.index}"
    keys = [name_of(one.language) for one in rows if one.is_key]
    spread = extremes([(name_of(one.language), one.z) for one in rows], written=lambda z: f"{z:.3f}")
    described = f"Bars: z of {which} in {len(rows)} languages; {spread}. Above {threshold:g}: {joined(keys)}."
    return tell(figure, name="neuron-z", title=f"z of {which} by language", description=described)


def _whole(count: float) -> str:
    return counted(round(count))


def _marks(label: str, known: list[tuple[float | None, str]], symbol: str, *, dark: bool) -> go.Scatter:
    ink = "#f2f4f7" if dark else "#22262e"
    marker = {
        "symbol": symbol,
        "size": 16 if symbol.startswith("line") else 7,
        "color": ink,
        "line": {"width": 2, "color": ink},
    }
    return go.Scatter(
        x=[value for value, _ in known],
        y=[name for _, name in known],
        mode="markers",
        name=label,
        marker=marker,
        hovertemplate="%{y}: %{x:,.1f} by chance<extra>" + label + "</extra>",
    )


def _cycled(number: int) -> list[str]:
    return [theme.CATEGORICAL[place % len(theme.CATEGORICAL)] for place in range(number)]
