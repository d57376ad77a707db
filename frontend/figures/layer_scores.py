"""LRDS and SADS (paper B, Eq. 8 and 9) layer by layer with their intervals: of one model, or of several by depth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from backend.contracts.results import LayerScore
from frontend import theme
from frontend.figures.sentences import course, four, joined
from frontend.figures.telling import tell

CURVES = (("LRDS", "lrds", "circle"), ("SADS", "sads", "diamond"))
MARGIN = {"l": 56, "r": 16, "t": 34, "b": 44}


class ScoredModel(NamedTuple):
    """One result among several."""

    name: str
    scores: Sequence[LayerScore]
    """Of all layers; the whole model may be among them."""


def layer_scores(scores: Sequence[LayerScore], *, dark: bool, layers: tuple[int, int] | None = None) -> go.Figure:
    """Both scores by layer with 95 % bands; the whole model as a dotted line each; the layers shown are marked."""
    rows = _by_layer(scores)
    whole = next((score for score in scores if score.layer is None), None)
    figure = go.Figure(layout={"template": theme.figure_template(dark)})
    for (name, field, symbol), colour in zip(CURVES, _colours(dark), strict=True):
        x = [score.layer for score in rows]
        _add(figure, _traces(rows, x, field, colour, name=name, symbol=symbol))
        if whole is not None and rows:
            figure.add_hline(y=getattr(whole, field), line={"color": colour, "dash": "dot", "width": 1})
    if layers is not None:
        figure.add_vrect(x0=layers[0] - 0.5, x1=layers[1] + 0.5, fillcolor="rgba(128,128,128,0.16)", line_width=0)
    figure.update_layout(
        height=280,
        margin=MARGIN,
        hovermode="x unified",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    ends = [rows[0].layer or 0, rows[-1].layer or 0] if rows else [0, 0]
    figure.update_xaxes(title="layer", dtick=max(1, len(rows) // 12), range=[ends[0] - 0.5, ends[1] + 0.5])
    figure.update_xaxes(zeroline=False)
    figure.update_yaxes(title="score", rangemode="tozero")
    return tell(
        figure, name="layer-scores", title="LRDS and SADS by layer", description=_by_layer_told(rows, whole, layers)
    )


def scores_by_depth(models: Sequence[ScoredModel], *, dark: bool) -> go.Figure:
    """Every model's curves from its first layer (0) to its last (1): one panel for each score, one colour a model."""
    figure = make_subplots(rows=1, cols=2, subplot_titles=[name for name, _, _ in CURVES], horizontal_spacing=0.07)
    figure.update_layout(template=theme.figure_template(dark), height=350, margin=MARGIN | {"b": 96})
    for model, colour in zip(models, theme.CATEGORICAL, strict=False):
        rows = _by_layer(model.scores)
        x = [(score.layer or 0) / max(1, len(rows) - 1) for score in rows]
        for column, (_, field, symbol) in enumerate(CURVES, start=1):
            traces = _traces(rows, x, field, colour, name=model.name, symbol=symbol, in_legend=column == 1)
            _add(figure, traces, row=1, col=column)
    figure.update_layout(legend={"orientation": "h", "y": -0.28, "yanchor": "top", "x": 0})
    figure.update_xaxes(title="relative depth", range=[-0.03, 1.03], zeroline=False)
    figure.update_yaxes(rangemode="tozero")
    title = "LRDS and SADS by relative depth"
    return tell(figure, name="scores-by-depth", title=title, description=_by_depth_told(models))


def _by_layer_told(rows: Sequence[LayerScore], whole: LayerScore | None, layers: tuple[int, int] | None) -> str:
    layer_of = [score.layer for score in rows]
    ends = f"{layer_of[0]} to {layer_of[-1]}" if rows else "none"
    has_bands = any(score.lrds_interval for score in rows)
    told = [f"Curves of LRDS and SADS by layer, {ends}{', with 95 % bootstrap intervals' if has_bands else ''}."]
    for name, field, _ in CURVES:
        run = course([getattr(score, field) for score in rows], layer_of, place="layer")
        told.append(f"{name}: {run}{f'; whole model {four(getattr(whole, field))}' if whole else ''}.")
    if layers is not None:
        told.append(f"Marked: layer{f's {layers[0]} to {layers[1]}' if layers[0] != layers[1] else f' {layers[0]}'}.")
    return " ".join(told)


def _by_depth_told(models: Sequence[ScoredModel]) -> str:
    names = joined([model.name for model in models])
    told = [f"Curves of LRDS and SADS from the first layer (0) to the last (1) of {names}."]
    for model in models:
        rows = _by_layer(model.scores)
        at = [score.layer for score in rows]
        runs = [(name, course([getattr(one, field) for one in rows], at, place="layer")) for name, field, _ in CURVES]
        told.append(f"{model.name}: {'; '.join(' '.join(run) for run in runs)}.")
    return " ".join(told)


def _by_layer(scores: Sequence[LayerScore]) -> list[LayerScore]:
    return sorted((score for score in scores if score.layer is not None), key=lambda score: score.layer or 0)


def _traces(
    rows: Sequence[LayerScore],
    x: Sequence[float | int | None],
    field: str,
    colour: str,
    *,
    name: str,
    symbol: str,
    in_legend: bool = True,
) -> list[go.Scatter]:
    """The band, where there are intervals, and the curve over it; its points know their layer."""
    by_layer = list(x) == [score.layer for score in rows]
    intervals = [getattr(score, f"{field}_interval") or (None, None) for score in rows]
    band = go.Scatter(
        x=[*x, *reversed(x)],
        y=[high for _, high in intervals] + [low for low, _ in reversed(intervals)],
        mode="lines",
        fill="toself",
        fillcolor=_faint(colour),
        line={"width": 0},
        hoverinfo="skip",
        showlegend=False,
        legendgroup=name,
    )
    said = "%{y:.4f}" if by_layer else "layer %{customdata[0]}: %{y:.4f}"
    if all(low is not None for low, _ in intervals):
        said += " (%{customdata[1]:.4f} to %{customdata[2]:.4f})"
    curve = go.Scatter(
        x=list(x),
        y=[getattr(score, field) for score in rows],
        customdata=[[score.layer, *interval] for score, interval in zip(rows, intervals, strict=True)],
        name=name,
        mode="lines+markers",
        line={"color": colour, "width": 2},
        marker={"symbol": symbol, "size": 6},
        hovertemplate=said,
        legendgroup=name,
        showlegend=in_legend,
    )
    return [*([band] if any(low is not None for low, _ in intervals) else []), curve]


def _add(figure: go.Figure, traces: Sequence[go.Scatter], **place: int) -> None:
    for trace in traces:
        figure.add_trace(trace, **place)


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.18)"


def _colours(dark: bool) -> tuple[str, str]:
    return ("#e8743b", "#4fb3e8") if dark else ("#c8500e", "#0072b2")
