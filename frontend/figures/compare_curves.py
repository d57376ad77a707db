"""LRDS, SADS and key neurons of several models over relative depth, laid over each other. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from backend.contracts.results import KeyNeuronsSummary, SimilaritySummary
from frontend import theme
from frontend.figures.sentences import course, joined
from frontend.figures.telling import tell

HEIGHT = 340
_DASHES = ("solid", "dash", "dot", "dashdot")


class Curves(NamedTuple):
    """One model: by layer, from the first to the last. Empty where nothing is stored."""

    name: str
    lrds: tuple[float, ...] = ()
    sads: tuple[float, ...] = ()
    key_share: tuple[float, ...] = ()
    """Key neurons of a layer, all languages together, over its neurons: SKLR by layer."""


def curves(name: str, similarity: SimilaritySummary | None, neurons: KeyNeuronsSummary | None) -> Curves:
    """The curves of one model out of its stored results."""
    layers = [score for score in similarity.scores if score.layer is not None] if similarity else []
    share: tuple[float, ...] = ()
    if neurons:
        counts = zip(*neurons.counts, strict=True)
        share = tuple(sum(of_layer) / neurons.n_neurons for of_layer in counts)
    return Curves(name, tuple(one.lrds for one in layers), tuple(one.sads for one in layers), share)


def depths(n_layers: int) -> list[float]:
    """Relative depth of every layer: the first is 0, the last 1; a single layer lies in the middle."""
    return [layer / (n_layers - 1) for layer in range(n_layers)] if n_layers > 1 else [0.5] * n_layers


def figure(models: Sequence[Curves], *, dark: bool) -> go.Figure:
    """One small figure for each measure that any of the models has."""
    measures = [(title, field) for title, field in _MEASURES if any(getattr(model, field) for model in models)]
    drawn = make_subplots(rows=1, cols=max(1, len(measures)), subplot_titles=[title for title, _ in measures])
    for column, (_, field) in enumerate(measures, 1):
        for place, model in enumerate(models):
            if values := getattr(model, field):
                drawn.add_trace(_line(model.name, values, place, named=column == 1), row=1, col=column)
    drawn.update_layout(
        template=theme.figure_template(dark),
        height=HEIGHT,
        margin={"l": 48, "r": 12, "t": 64, "b": 44},
        legend={"orientation": "h", "yref": "container", "y": 0.995, "yanchor": "top", "x": 0},
    )
    drawn.update_xaxes(title="relative depth", range=[-0.03, 1.03], tickvals=[0, 0.5, 1])
    drawn.update_annotations(font={"size": 12.5})
    title = "Scores of languages by relative depth"
    return tell(drawn, name="language-curves", title=title, description=_told(models, measures))


def _told(models: Sequence[Curves], measures: Sequence[tuple[str, str]]) -> str:
    names = joined([title for title, _ in measures])
    told = [f"Curves of {names} from the first layer (0) to the last (1), one line each for {len(models)} models."]
    for model in models:
        runs = [
            f"{title} {course(values, range(len(values)), place='layer')}"
            for title, field in measures
            if (values := getattr(model, field))
        ]
        told.append(f"{model.name}: {'; '.join(runs) if runs else 'nothing stored'}.")
    return " ".join(told)


def _line(name: str, values: Sequence[float], place: int, *, named: bool) -> go.Scatter:
    look: dict[str, Any] = {"color": theme.CATEGORICAL[place], "width": 2, "dash": _DASHES[place]}
    return go.Scatter(
        x=depths(len(values)),
        y=list(values),
        name=name,
        legendgroup=name,
        showlegend=named,
        mode="lines+markers",
        line=look,
        marker={"size": 5},
        customdata=[[layer, len(values)] for layer in range(len(values))],
        hovertemplate=f"{name}<br>layer %{{customdata[0]}} of %{{customdata[1]}}: %{{y:.4f}}<extra></extra>",
    )


_MEASURES = (("LRDS", "lrds"), ("SADS", "sads"), ("key neurons, share of the layer", "key_share"))
