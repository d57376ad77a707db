"""Mean similarity of every pair of languages, split into same and different meaning (paper B, Eq. 8, 9)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from frontend import theme
from frontend.language_names import name_of


class PairMeans(NamedTuple):
    """Arrays [L, L], symmetric.

    `same_meaning`: mean cosine of sentence i in one language with sentence i in the other; its diagonal
    (a sentence with itself) is 1. `different_meaning`: mean over sentences i != j; its diagonal is the
    mean within a language. LRDS = mean of the diagonal of `different_meaning` minus the mean off it;
    SADS = mean of `same_meaning` off the diagonal minus that of `different_meaning` off the diagonal.
    """

    same_meaning: np.ndarray
    different_meaning: np.ndarray


def pair_means(similarity_NN: np.ndarray, n_languages: int) -> PairMeans:
    """Block means of a map ordered by language, then sentence; needs two sentences or more."""
    n_lines = similarity_NN.shape[0] // n_languages
    blocks_LSLS = similarity_NN.astype(np.float64).reshape(n_languages, n_lines, n_languages, n_lines)
    same_LL = np.einsum("aibi->ab", blocks_LSLS)
    total_LL = blocks_LSLS.sum(axis=(1, 3))
    return PairMeans(same_LL / n_lines, (total_LL - same_LL) / (n_lines * (n_lines - 1)))


def language_pairs(values_LL: np.ndarray, languages: Sequence[str], *, dark: bool, what: str) -> go.Figure:
    """A labelled heatmap of one of the two means, colours fixed to 0..1, values written in the cells."""
    names = [name_of(code) for code in languages]
    figure = go.Figure(
        go.Heatmap(
            z=values_LL.tolist(),
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
