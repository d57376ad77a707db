"""What a count of key neurons says in plain words: which languages have more than chance, and how large all are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from backend.contracts.results import KeyNeuronsSummary, NeuronGroup
from frontend.figures.heat_figure import heat_figure
from frontend.figures.numbers import counted, significant
from frontend.figures.overlap import HeatCell, HeatTable, chance
from frontend.figures.sentences import extremes
from frontend.language_names import name_of


class Sklr(NamedTuple):
    """The size of all key regions together, what chance gives, and its share."""

    size: str
    by_chance: str
    share: str
    """Of all pairs of a neuron and a language."""
    verdict: str


def sklr(summary: KeyNeuronsSummary) -> Sklr:
    """SKLR as three numbers and one sentence."""
    pairs = summary.n_layers * summary.n_neurons * len(summary.languages)
    share = f"{summary.sklr / pairs:.2%}" if pairs else "–"
    if summary.sklr_null is None:
        return Sklr(counted(summary.sklr), "not asked", share, "Ask for shuffles to see what chance gives.")
    return Sklr(
        counted(summary.sklr), counted(round(summary.sklr_null)), share, _against(summary.sklr, summary.sklr_null)
    )


def _against(size: int, null: float) -> str:
    if not null:
        return "chance gives none" if size else "none, as by chance"
    return f"{significant(size / null, 3)} times what chance gives"


LEVEL = 0.05
"""Of all languages together: one language is judged at a part of it (Bonferroni)."""


def verdict(summary: KeyNeuronsSummary) -> str:
    """Which languages have more key neurons than chance, which fewer, and what neither says."""
    if all(high is None for high in summary.null_high):
        return "No shuffles were asked for, so these counts cannot be told from chance: ask again with a thousand."
    more, fewer = _beyond_chance(summary)
    rest = [code for code in summary.languages if code not in (*more, *fewer)]
    told = []
    if more:
        told.append(f"More key neurons than shuffled languages give: {_named(more)}.")
    if fewer:
        told.append(
            f"Fewer than shuffles give: {_named(fewer)}. That does not mean none: what several languages share cannot "
            "pass this z, see the groups below."
        )
    if rest:
        told.append(f"Not told from chance: {_named(rest)}.")
    return " ".join(told)


def _beyond_chance(summary: KeyNeuronsSummary) -> tuple[list[str], list[str]]:
    """Languages with more and with fewer; results of earlier versions have the largest of ten shuffles, and no p."""
    if not summary.p_more:
        totals = [sum(row) for row in summary.counts]
        judged = zip(summary.languages, totals, summary.null_high, strict=True)
        return [code for code, total, high in judged if high is not None and total > high], []
    level = LEVEL / len(summary.languages)
    more, fewer = (
        [code for code, p in zip(summary.languages, values, strict=True) if p is not None and p <= level]
        for values in (summary.p_more, summary.p_fewer)
    )
    return more, fewer


def shared_groups(summary: KeyNeuronsSummary) -> list[NeuronGroup]:
    """Groups of two languages and more: what one language has alone is in its own list, by z."""
    return [group for group in summary.groups if len(group.languages) > 1]


def most_sharing(n_languages: int, threshold: float) -> int:
    """How many languages can have one key neuron in common.

    m languages alike and high, the others alike and low, have z = sqrt((L - m) / m), and no m languages can all have
    more: so m < L / (1 + threshold^2).
    """
    return math.ceil(n_languages / (1 + threshold**2)) - 1


def overlap_matrix(summary: KeyNeuronsSummary) -> HeatTable:
    """Jaccard index of the key neurons of every two languages; the diagonal holds their numbers."""
    n = len(summary.languages)
    names = tuple(name_of(code) for code in summary.languages)
    off = [summary.jaccard[i][j] or 0.0 for i in range(n) for j in range(n) if i != j]
    largest = max(off, default=0.0)
    cells = tuple(tuple(_cell(summary, names, i, j, largest) for j in range(n)) for i in range(n))
    return HeatTable(names, summary.languages, names, cells, largest)


def overlap_figure(summary: KeyNeuronsSummary, *, dark: bool) -> go.Figure:
    """The matrix as a figure."""
    names, n = [name_of(code) for code in summary.languages], len(summary.languages)
    pairs = [(f"{names[i]} and {names[j]}", summary.jaccard[i][j]) for i in range(n) for j in range(i)]
    described = (
        f"Table of {n} by {n} languages, Jaccard index of their key neurons: "
        f"{extremes(pairs, written=lambda value: f'{value:.4f}')}. The diagonal holds the numbers of key neurons."
    )
    title = "Which languages share key neurons"
    return heat_figure(overlap_matrix(summary), name="shared", title=title, description=described, dark=dark)


def _cell(summary: KeyNeuronsSummary, names: Sequence[str], i: int, j: int, largest: float) -> HeatCell:
    own, other, both = summary.shared[i][i], summary.shared[j][j], summary.shared[i][j]
    if i == j:
        return HeatCell(counted(own), None, f"{names[i]}\n{counted(own)} key neurons")
    jaccard = summary.jaccard[i][j]
    expected = chance(own, other, summary.n_layers * summary.n_neurons)
    hover = [
        f"{names[i]} and {names[j]}",
        f"{counted(both)} neurons are key in both",
        f"Jaccard {_exactly(jaccard)}; two random sets of these sizes {_exactly(expected)}",
    ]
    shade = None if jaccard is None else jaccard / largest if largest else 0.0
    return HeatCell(_short(jaccard), shade, "\n".join(hover), (summary.languages[i], summary.languages[j]))


def _short(jaccard: float | None) -> str:
    if jaccard is None:
        return "–"
    return "<.01" if 0 < jaccard < 0.01 else "0" if jaccard == 0 else f"{jaccard:.2f}"


def _exactly(jaccard: float | None) -> str:
    return "–" if jaccard is None else significant(jaccard, 3)


def _named(codes: Sequence[str]) -> str:
    names = [name_of(code) for code in codes]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
