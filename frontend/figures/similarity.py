"""Mean similarity of every pair of languages, split into same and different meaning (paper B, Eq. 8, 9)."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from frontend import theme
from frontend.figures.sentences import extremes, joined
from frontend.figures.telling import tell
from frontend.language_names import name_of

PAIRS = {"same": "The same sentence in both languages", "different": "Different sentences"}
"""The two means of a pair of languages, by which LRDS and SADS are told."""


def pairs_to_come(n_languages: int, *, dark: bool) -> go.Figure:
    """The place of a heatmap whose map is not stored yet."""
    figure = go.Figure(layout={"template": theme.figure_template(dark), "height": 60 + 27 * n_languages})
    figure.add_annotation(text="comes with the map", showarrow=False, xref="paper", yref="paper", x=0.5, y=0.5)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    return tell(
        figure, name="pairs-to-come", title="Pairs of languages", description="Empty: it comes once its map is stored."
    )


def language_pairs(values: Sequence[Sequence[float]], languages: Sequence[str], *, dark: bool, which: str) -> go.Figure:
    """A labelled heatmap of one of the two means (`PAIRS`), [G][G], colours fixed to 0..1, values in the cells."""
    what = PAIRS[which].lower()
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
    title = f"Mean similarity by pair of languages: {what}"
    return tell(figure, name=f"pairs-{which}", title=title, description=_told(values, names, what))


def _told(values: Sequence[Sequence[float]], names: Sequence[str], what: str) -> str:
    n = len(names)
    between = [(f"{names[i]} and {names[j]}", values[i][j]) for i in range(n) for j in range(i)]
    within = [(names[i], values[i][i]) for i in range(n)]
    return (
        f"Table of {n} by {n} languages ({joined(names)}), mean cosine similarity, {what}. "
        f"Between two languages: {extremes(between)}. Within one language: {extremes(within)}."
    )
