"""Mean similarity of every pair of languages, split into same and different meaning (paper B, Eq. 8, 9)."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from frontend import theme
from frontend.language_names import name_of


def pairs_to_come(n_languages: int, *, dark: bool) -> go.Figure:
    """The place of a heatmap whose map is not stored yet."""
    figure = go.Figure(layout={"template": theme.figure_template(dark), "height": 60 + 27 * n_languages})
    figure.add_annotation(text="comes with the map", showarrow=False, xref="paper", yref="paper", x=0.5, y=0.5)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    return figure


def language_pairs(values: Sequence[Sequence[float]], languages: Sequence[str], *, dark: bool, what: str) -> go.Figure:
    """A labelled heatmap of one of the two means, [G][G], colours fixed to 0..1, values written in the cells."""
    names = [name_of(code) for code in languages]
    figure = go.Figure(
        go.Heatmap(
            z=[list(row) for row in values],
            x=list(languages),
            y=list(languages),
            customdata=[[f"{row} · {column}" for column in names] for row in names],
            texttemplate="%{z:.2f}" if len(languages) <= 12 else None,
            textfont={"size": 10},
            hovertemplate="%{customdata}<br>" + what + " %{z:.4f}<extra></extra>",
            colorscale=theme.SEQUENTIAL,
            zmin=0,
            zmax=1,
            xgap=1,
            ygap=1,
            showscale=False,
        )
    )
    figure.update_layout(
        template=theme.figure_template(dark),
        height=60 + 27 * len(languages),
        margin={"l": 36, "r": 8, "t": 28, "b": 8},
    )
    figure.update_xaxes(type="category", side="top", showgrid=False)
    figure.update_yaxes(type="category", autorange="reversed", showgrid=False)
    return figure
