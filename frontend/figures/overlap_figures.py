"""Overlap of regions as plotly figures, where there is no page to write it as tables of shaded cells."""

from __future__ import annotations

import plotly.graph_objects as go

from backend.contracts.results import Overlap, OverlapByMatrix
from frontend.figures.heat_figure import heat_figure
from frontend.figures.numbers import significant
from frontend.figures.overlap import overlap_by_matrix, overlap_matrix


def overlap_figure(overlap: Overlap, *, name: str, title: str, dark: bool = False) -> go.Figure:
    """Jaccard index of every region with every other."""
    table = overlap_matrix(overlap)
    labels = tuple(f"{number} {label}" for number, label in enumerate(overlap.labels, 1))
    return heat_figure(
        table._replace(rows=labels), name=name, title=title, description=_overlap_words(overlap), dark=dark
    )


def pair_figure(view: OverlapByMatrix, names: tuple[str, str], *, dark: bool = False) -> go.Figure:
    """Jaccard index of two regions in every matrix: layers by kinds."""
    table = overlap_by_matrix(view, names)
    held = {one.matrix: one.jaccard for one in view.matrices if one.jaccard is not None}
    told = f"Jaccard index of {names[0]} and {names[1]} in {len(view.matrices)} matrices, layers by kinds."
    if held:
        least, most = min(held, key=held.__getitem__), max(held, key=held.__getitem__)
        told += f" From {significant(held[least], 3)} in {least} to {significant(held[most], 3)} in {most}."
    title = f"Where {names[0]} and {names[1]} meet"
    return heat_figure(table, name="pair-by-matrix", title=title, description=told, down="layer", dark=dark)


def _overlap_words(overlap: Overlap) -> str:
    n = len(overlap.keys)
    told = f"Jaccard index of {n} regions with each other."
    pairs = {(i, j): overlap.jaccard[i][j] for i in range(n) for j in range(i)}
    held = {pair: value for pair, value in pairs.items() if value is not None}
    if not held:
        return told
    (i, j), (k, m) = max(held, key=held.__getitem__), min(held, key=held.__getitem__)
    chance = overlap.expected[i][j]
    by_chance = f" (by chance {significant(chance, 2)})" if chance is not None else ""
    return (
        f"{told} Most alike are {overlap.labels[j]} and {overlap.labels[i]} with {significant(held[i, j], 3)}"
        f"{by_chance}, least {overlap.labels[m]} and {overlap.labels[k]} with {significant(held[k, m], 3)}."
    )
