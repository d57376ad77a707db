"""Layers of models of any depth on one axis of relative depth (paper B, Figures 3, 5, 9), and languages (6, 11).

Relative depth is 0 at the first layer and 1 at the last.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.colors import sample_colorscale
from plotly.subplots import make_subplots

from backend.contracts.results import DevelopmentPoint
from frontend import theme
from frontend.figures.sentences import course, extremes, joined
from frontend.figures.telling import tell
from frontend.language_names import name_of

LAYERS_HEIGHT = 350
MOST_BINS = 100
MOST_NAMED = 10
"""Models named in a legend; of more, some are."""
ROW = 26


def depth(layer: int, n_layers: int) -> float:
    """Relative depth of a layer; the only layer of a model is its middle."""
    return layer / (n_layers - 1) if n_layers > 1 else 0.5


def layers_figure(points: Sequence[DevelopmentPoint], *, dark: bool) -> go.Figure:
    """LRDS and SADS of every layer of every model, the colour tells the order on the axis."""
    figure = make_subplots(rows=1, cols=2, subplot_titles=("LRDS by layer", "SADS by layer"), horizontal_spacing=0.09)
    named = set(np.linspace(0, len(points) - 1, min(MOST_NAMED, len(points))).round().astype(int).tolist())
    for place, (point, colour) in enumerate(zip(points, order_colours(len(points), dark), strict=True)):
        for column, field in enumerate(("lrds", "sads"), start=1):
            trace = go.Scatter(
                x=[depth(layer, len(point.layers)) for layer in range(len(point.layers))],
                y=[getattr(score, field) for score in point.layers],
                name=point.label,
                legendgroup=point.model,
                showlegend=column == 1 and place in named,
                mode="lines+markers",
                line={"color": colour, "width": 2},
                marker={"color": colour, "size": 5},
                customdata=[[point.model, point.label, score.layer] for score in point.layers],
                hovertemplate="%{customdata[1]}, layer %{customdata[2]}: %{y:.4f}<extra></extra>",
            )
            figure.add_trace(trace, row=1, col=column)
    figure.update_layout(
        template=theme.figure_template(dark),
        height=LAYERS_HEIGHT,
        margin={"l": 52, "r": 12, "t": 30, "b": 84},
        legend={"orientation": "h", "y": -0.27, "yanchor": "top", "x": 0},
    )
    figure.update_annotations(font={"size": 12.5})
    figure.update_xaxes(title="relative depth", range=[-0.03, 1.03], zeroline=False)
    names = joined([point.label for point in points])
    told = [f"Curves of LRDS and SADS from the first layer (0) to the last (1) of {len(points)} models: {names}."]
    for point in [points[place] for place in sorted({0, len(points) - 1}) if points]:
        at = [score.layer for score in point.layers]
        runs = [
            f"{field.upper()} {course([getattr(one, field) for one in point.layers], at, place='layer')}"
            for field in ("lrds", "sads")
        ]
        told.append(f"{point.label}: {'; '.join(runs)}.")
    title = "LRDS and SADS by layer, on relative depth"
    return tell(figure, name="layers", title=title, description=" ".join(told))


def depth_shares(points: Sequence[DevelopmentPoint]) -> np.ndarray:
    """Percent [models, bins]: key neurons, of all languages, per neuron of the layer nearest to each depth.

    A neuron that is key for two languages counts twice, as in SKLR.
    """
    n_bins = min(MOST_BINS, max((len(point.counts[0]) for point in points), default=1))
    rows = []
    for point in points:
        by_layer = np.sum(point.counts, axis=0)
        per_layer = point.n_neurons_total / len(by_layer)
        nearest = np.linspace(0, len(by_layer) - 1, n_bins).round().astype(int)
        rows.append(100 * by_layer[nearest] / per_layer)
    return np.array(rows)


def depth_figure(points: Sequence[DevelopmentPoint], *, dark: bool) -> go.Figure:
    """Key neurons by relative depth, one row per model, the last on top."""
    shares = depth_shares(points)
    figure = go.Figure(layout={"template": theme.figure_template(dark)})
    figure.add_heatmap(
        x=np.linspace(0, 1, shares.shape[1]) if shares.shape[1] > 1 else [0.5],
        y=[point.label for point in points],
        z=shares,
        customdata=[[[point.model, point.label]] * shares.shape[1] for point in points],
        hovertemplate="%{customdata[1]}, depth %{x:.2f}: %{z:.2f} % key<extra></extra>",
        **_shaded(shares, "% key"),
    )
    figure.update_xaxes(title="relative depth", showgrid=False, zeroline=False)
    means = [(point.label, float(row.mean())) for point, row in zip(points, shares, strict=True)]
    described = (
        f"Table of {len(points)} models by relative depth: key neurons of all languages as percent of a layer's, up to "
        f"{float(shares.max()):.2f} %; by mean over the depth {extremes(means, written=_two)}."
    )
    return tell(_rows(figure, len(points)), name="depth", title="Key neurons by relative depth", description=described)


def languages_figure(points: Sequence[DevelopmentPoint], languages: Sequence[str], *, dark: bool) -> go.Figure:
    """Key neurons of every language as a share of all neurons, one column per model."""
    totals = np.array([np.sum(point.counts, axis=1) for point in points])  # [models, languages]
    shares = 100 * totals.T / [point.n_neurons_total for point in points]
    figure = go.Figure(layout={"template": theme.figure_template(dark)})
    figure.add_heatmap(
        x=[point.label for point in points],
        y=[name_of(code) for code in languages],
        z=shares,
        customdata=[[[point.model, point.label] for point in points] for _ in languages],
        hovertemplate="%{y}, %{customdata[1]}: %{z:.2f} % of all neurons<extra></extra>",
        **_shaded(shares, "% of all"),
    )
    figure.update_xaxes(showgrid=False, type="category", automargin=True)
    figure.update_yaxes(autorange="reversed")
    cells = [
        (f"{name_of(code)} in {point.label}", float(shares[row][column]))
        for row, code in enumerate(languages)
        for column, point in enumerate(points)
    ]
    described = (
        f"Table of {len(languages)} languages by {len(points)} models: key neurons as percent of all; "
        f"{extremes(cells, written=_two)}."
    )
    return tell(_rows(figure, len(languages)), name="languages", title="Key neurons by language", description=described)


def _two(value: float) -> str:
    return f"{value:.2f} %"


def order_colours(n: int, dark: bool) -> list[str]:
    """Colours from first to last; the end that would vanish in the ground is left out."""
    low, high = (0.35, 1.0) if dark else (0.0, 0.85)
    scale = [[at, _rgb(colour)] for at, colour in theme.SEQUENTIAL]
    found: list[str] = sample_colorscale(scale, list(np.linspace(low, high, n)) if n > 1 else [low])
    return found


def rows_height(n_rows: int) -> int:
    """Of a heat map with so many rows."""
    return 96 + ROW * max(2, n_rows)


def _rgb(colour: str) -> str:
    return "rgb({}, {}, {})".format(*(int(colour[at : at + 2], 16) for at in (1, 3, 5)))


def _shaded(shares: np.ndarray, title: str) -> dict[str, object]:
    """From nothing to the largest share: a colour is an amount."""
    bar = {"title": {"text": title, "side": "right"}, "thickness": 10, "outlinewidth": 0, "x": 1.01}
    return {
        "colorscale": theme.SEQUENTIAL,
        "zmin": 0,
        "zmax": float(shares.max()) or 1.0,
        "colorbar": bar,
        "xgap": 1,
        "ygap": 1,
    }


def _rows(figure: go.Figure, n_rows: int) -> go.Figure:
    figure.update_layout(height=rows_height(n_rows), margin={"l": 16, "r": 16, "t": 16, "b": 46})
    figure.update_yaxes(type="category", showgrid=False, automargin=True)
    return figure
