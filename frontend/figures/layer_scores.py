"""LRDS and SADS (paper B, Eq. 8 and 9) layer by layer, as two curves (paper B, Figure 3)."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from backend.contracts.results import LayerScore
from frontend import theme

CURVES = (("LRDS", "lrds", "circle"), ("SADS", "sads", "diamond"))


def layer_scores(scores: Sequence[LayerScore], *, dark: bool, layer: int | None = None) -> go.Figure:
    """Both scores by layer; the whole model as a dashed line each; `layer`, if any, is marked."""
    layers = [score for score in scores if score.layer is not None]
    whole = next((score for score in scores if score.layer is None), None)
    figure = go.Figure(layout={"template": theme.figure_template(dark)})
    for (name, field, symbol), colour in zip(CURVES, _colours(dark), strict=True):
        figure.add_trace(_curve(layers, name, field, symbol, colour))
        if whole is not None:
            figure.add_hline(y=getattr(whole, field), line={"color": colour, "dash": "dot", "width": 1})
    if layer is not None:
        figure.add_vline(x=layer, line={"width": 1, "color": "rgba(128,128,128,0.8)"})
    figure.update_layout(
        height=280,
        margin={"l": 56, "r": 16, "t": 34, "b": 44},
        hovermode="x unified",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    figure.update_xaxes(title="layer", dtick=max(1, len(layers) // 12), range=[-0.5, len(layers) - 0.5], zeroline=False)
    figure.update_yaxes(title="score", rangemode="tozero")
    return figure


def _curve(layers: Sequence[LayerScore], name: str, field: str, symbol: str, colour: str) -> go.Scatter:
    return go.Scatter(
        x=[score.layer for score in layers],
        y=[getattr(score, field) for score in layers],
        name=name,
        mode="lines+markers",
        line={"color": colour, "width": 2},
        marker={"symbol": symbol, "size": 7},
        hovertemplate="%{y:.4f}",
    )


def _colours(dark: bool) -> tuple[str, str]:
    return ("#e8743b", "#4fb3e8") if dark else ("#c8500e", "#0072b2")
