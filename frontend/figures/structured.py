"""Structured removal (paper A, Tables 3, 7, 8): the table of the paper, its figure, the heads behind it."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from backend.contracts.perplexity_words import vocabulary_of
from backend.contracts.results import HeadCount, PerplexityRow, StructuredCell, StructuredRemovalSummary
from backend.contracts.vocabulary import Rank, Side
from frontend import theme
from frontend.figures import ticks
from frontend.figures.numbers import bits_text, counted, factor, percent, perplexity_text, ratio_text
from frontend.figures.removal import Cell, added_or_lost, mean_of, step_of
from frontend.figures.telling import tell
from frontend.figures.whiskers import whiskers
from frontend.language_names import name_of

MEAN = "mean"
"""In the place of a language: the geometric mean over all that were measured."""
MOST_HEADS = 24
_LEAST_MARGIN = 0.3
"""Decades above and below what is shown on a logarithmic axis."""


class StructuredLine(NamedTuple):
    """One row of the table: so many dimensions, by the scores of so many samples; one cell per rank."""

    n_dimensions: int
    snapshot: int | None
    cells: tuple[Cell, ...]


class StructuredTable(NamedTuple):
    """The paper's layout: `columns` are the ranks."""

    base: str
    columns: tuple[Rank, ...]
    lines: tuple[StructuredLine, ...]


class TakenOften(NamedTuple):
    """A dimension and how often it was among those taken."""

    side: Side
    dimension: int
    n_matrices: int


def structured_table(summary: StructuredRemovalSummary, language: str) -> StructuredTable:
    """Rows of the paper's table for one language, or for the geometric mean of all."""
    base = perplexity_of(summary.base, language)
    ranks = tuple(dict.fromkeys(cell.rank for cell in summary.cells))
    places = dict.fromkeys((cell.snapshot, cell.count) for cell in summary.cells)
    found = {(cell.snapshot, cell.count, cell.rank): cell for cell in summary.cells}
    lines = (
        StructuredLine(
            count, snapshot, tuple(_cell(found[snapshot, count, one], base, language, summary) for one in ranks)
        )
        for snapshot, count in places
    )
    return StructuredTable(perplexity_words(summary.base, language), ranks, tuple(lines))


def perplexity_of(rows: Sequence[PerplexityRow], language: str) -> float | None:
    """Perplexity of one language, or the geometric mean of all; None when one of them is not finite."""
    values = [row.perplexity for row in rows if language in (MEAN, row.language)]
    finite = [math.log(value) for value in values if value]
    return math.exp(statistics.fmean(finite)) if finite and len(finite) == len(values) else None


def perplexity_words(rows: Sequence[PerplexityRow], language: str, digits: int = 6) -> str:
    """The same as it is written: `21.3457`, `lost, 10⁹`, `∞`."""
    return perplexity_text(perplexity_of(rows, language), vocabulary_of(rows), digits)


def structured_figure(summary: StructuredRemovalSummary, language: str, *, dark: bool) -> go.Figure:
    """Perplexity by number of dimensions, one line per rank, logarithmic; snapshots by their dash."""
    figure = go.Figure(layout={"template": theme.figure_template(dark)})
    snapshots = tuple(dict.fromkeys(cell.snapshot for cell in summary.cells))
    ranks = tuple(dict.fromkeys(cell.rank for cell in summary.cells))
    for dash, snapshot in zip(_DASHES, snapshots, strict=False):
        for rank in ranks:
            cells = [cell for cell in summary.cells if (cell.rank, cell.snapshot) == (rank, snapshot)]
            figure.add_trace(_line(cells, language, rank, snapshot, dash, dark, named=len(snapshots) > 1))
    base = perplexity_of(summary.base, language)
    log_axis(figure, [base, *(perplexity_of(cell.rows, language) for cell in summary.cells)])
    base_line(figure, base, perplexity_words(summary.base, language, 4), dark=dark)
    figure.update_layout(
        height=320,
        margin={"l": 64, "r": 20, "t": 30, "b": 44},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    figure.update_xaxes(title="dimensions set to zero in each matrix", type="category")
    title = f"Perplexity by number of dimensions set to zero, {said_language(summary.base, language)}"
    return tell(figure, name="structured-removal", title=title, description=_described(summary, language, ranks))


def heads_figure(heads: Sequence[HeadCount], *, dark: bool) -> go.Figure:
    """The attention heads that hold most of the region: share of each head's parameters, the fullest first."""
    shown = sorted(heads, key=lambda head: -head.selected / head.total)[:MOST_HEADS]
    names = [f"L{head.layer} {head.kind.value.removeprefix('attn.')} h{head.head}" for head in shown]
    bars = go.Bar(
        x=names,
        y=[head.selected / head.total for head in shown],
        marker={"color": "#96a5da" if dark else "#475fb0"},
        customdata=[[head.layer, head.kind.value, head.head, _held(head)] for head in shown],
        hovertemplate="layer %{customdata[0]} · %{customdata[1]} · head %{customdata[2]}<br>%{customdata[3]}"
        "<br>click: see it in the Atlas<extra></extra>",
    )
    figure = go.Figure(bars, layout={"template": theme.figure_template(dark)})
    figure.update_layout(height=260, margin={"l": 56, "r": 12, "t": 10, "b": 78}, bargap=0.3)
    figure.update_yaxes(title="share of the head", tickformat=".2~%", rangemode="tozero")
    figure.update_xaxes(tickangle=-55, type="category")
    told = f"Share of the parameters of {len(shown)} attention heads that the region holds"
    ends = [f"{names[place]} with {_held(shown[place])}" for place in (0, len(shown) - 1)] if shown else []
    said = f"{told}, as bars, the fullest first" + (f": from {ends[0]} to {ends[1]}." if ends else ".")
    return tell(figure, name="heads", title="Heads that hold most of the region", description=said)


def said_language(base: Sequence[PerplexityRow], language: str) -> str:
    """`Chinese`, or `geometric mean of 2 languages`."""
    return f"geometric mean of {len(base)} languages" if language == MEAN else name_of(language)


def _described(summary: StructuredRemovalSummary, language: str, ranks: Sequence[Rank]) -> str:
    counts = sorted({cell.count for cell in summary.cells})
    told = (
        f"Perplexity ({said_language(summary.base, language)}) on a logarithmic axis against {len(counts)} numbers of "
        f"dimensions ({', '.join(map(str, counts))}), one line per rank; the unchanged model has "
        f"{perplexity_words(summary.base, language, 3)}."
    )
    for rank in ranks:
        values = [perplexity_of(cell.rows, language) for cell in summary.cells if cell.rank is rank]
        sizes = [math.inf if value is None else value for value in values]
        low, high = (perplexity_text(end, vocabulary_of(summary.base), 3) for end in (min(sizes), max(sizes)))
        told += f" {rank.value.capitalize()} between {low} and {high}."
    return told


def taken_often(cell: StructuredCell) -> tuple[TakenOften, ...]:
    """Residual dimensions of one condition by the number of matrices that lost them, the most frequent first.

    Head channels of different layers are different channels: only residual dimensions are the same everywhere.
    """
    found = Counter(
        (taken.side, index) for taken in cell.dimensions if taken.side is Side.RESIDUAL for index in taken.indices
    )
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0][1]))
    return tuple(TakenOften(side, index, times) for (side, index), times in ordered)


def shown_language(base: Sequence[PerplexityRow]) -> str:
    """What a result shows first: its only language, else the mean."""
    return base[0].language if len(base) == 1 else MEAN


def condition_options(summary: StructuredRemovalSummary) -> list[dict[str, str]]:
    """Every condition to look into by its place, the top ones first."""
    cells = sorted(range(len(summary.cells)), key=lambda place: list(Rank).index(summary.cells[place].rank))
    return [{"value": str(place), "label": condition_words(summary.cells[place])} for place in cells]


def first_condition(summary: StructuredRemovalSummary) -> str:
    """The largest top removal by all samples."""
    tops = [place for place, cell in enumerate(summary.cells) if cell.rank is Rank.TOP and cell.snapshot is None]
    return str(max(tops, key=lambda place: summary.cells[place].count) if tops else 0)


def condition_words(found: StructuredCell) -> str:
    """`top 3`, or `top 3 · 60 samples`."""
    samples = "" if found.snapshot is None else f" · {snapshot_words(found.snapshot)} samples"
    return f"{found.rank.value} {found.count}{samples}"


def snapshot_words(snapshot: int | None) -> str:
    """`all`, or the number of samples."""
    return "all" if snapshot is None else counted(snapshot)


def range_of_draws(cell: StructuredCell, language: str) -> tuple[float, float] | None:
    """The least and the most perplexity of several random draws, infinite where one is not finite; else None."""
    values = [perplexity_of(rows, language) for rows in cell.draws]
    sizes = [math.inf if value is None else value for value in values]
    return (min(sizes), max(sizes)) if len(sizes) > 1 else None


def draws_words(cell: StructuredCell, language: str) -> list[str]:
    """`median of 10 draws, 40.1 to 60.2` as the only line; none where nothing was drawn several times."""
    spread = _spread(cell, language)
    return [f"median of {len(cell.draws)} draws, {spread}"] if spread else []


def _spread(cell: StructuredCell, language: str) -> str:
    found = range_of_draws(cell, language)
    n_vocabulary = vocabulary_of(cell.rows)
    return " to ".join(perplexity_text(end, n_vocabulary, 3) for end in found) if found else ""


def log_axis(figure: go.Figure, values: Sequence[float | None]) -> None:
    """A logarithmic axis of perplexities: about eight ticks, and never so short that it shows rounding as hills."""
    finite = [value for value in values if value]
    low, high = (math.log10(min(finite)), math.log10(max(finite))) if finite else (0.0, 1.0)
    margin = max(_LEAST_MARGIN, 0.06 * (high - low))
    shown = [10 ** (low - margin), 10 ** (high + margin)]
    figure.update_yaxes(title="perplexity (logarithmic)", range=[low - margin, high + margin], **ticks.log_axis(shown))


def base_line(figure: go.Figure, base: float | None, words: str, *, dark: bool) -> None:
    """The unchanged model as a dotted line with its number; nothing where it is not finite."""
    if not base:
        return
    ink = "#e8e8ea" if dark else "#33363d"
    figure.add_hline(y=base, line={"color": ink, "dash": "dot", "width": 1.5})
    # plotly takes the place of a note on a logarithmic axis as the exponent, that of a line as the value.
    note = {"xref": "paper", "x": 1, "xanchor": "right", "yanchor": "bottom", "showarrow": False}
    figure.add_annotation(y=math.log10(base), text=f"base {words}", font={"size": 11}, **note)


def _cell(cell: StructuredCell, base: float | None, language: str, summary: StructuredRemovalSummary) -> Cell:
    value = perplexity_of(cell.rows, language)
    ratio = None if value is None or not base else value / base
    lines = [f"{cell.rank.value} {cell.count}, {snapshot_words(cell.snapshot)} samples"]
    if ratio:
        lines.append(f"{factor(ratio)} of Base (log₁₀ {math.log10(ratio):+.3f})")
    before = {row.language: row for row in summary.base}
    added = mean_of([added_or_lost(row, before[row.language]) for row in cell.rows if language in (MEAN, row.language)])
    lines.append(f"{bits_text(added)}: its colour")
    lines += [
        f"{row.language}: {perplexity_text(row.perplexity, row.n_vocabulary)}"
        + (f", {ratio_text(row)}" if row.ratio_low is not None else "")
        for row in cell.rows
    ]
    lines += draws_words(cell, language)
    lines.append(f"{counted(cell.n_removed)} parameters set to zero")
    return Cell(perplexity_words(cell.rows, language), _spread(cell, language), step_of(added), "\n".join(lines))


def _line(
    cells: Sequence[StructuredCell],
    language: str,
    rank: Rank,
    snapshot: int | None,
    dash: str,
    dark: bool,
    *,
    named: bool,
) -> go.Scatter:
    colour, symbol = _marks(dark)[rank]
    values = [perplexity_of(cell.rows, language) for cell in cells]
    spreads = [range_of_draws(cell, language) for cell in cells]
    return go.Scatter(
        x=[str(cell.count) for cell in cells],
        y=values,
        error_y=whiskers(values, spreads) if any(spreads) else None,
        name=rank.value.capitalize() + (f" ({snapshot_words(snapshot)})" if named else ""),
        mode="lines+markers",
        line={"color": colour, "dash": dash, "width": 2},
        marker={"symbol": symbol, "size": 9, "color": colour, "line": {"width": 1.5, "color": colour}},
        customdata=[perplexity_words(cell.rows, language) for cell in cells],
        hovertemplate=f"{rank.value} %{{x}}: perplexity %{{customdata}}<extra></extra>",
    )


_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "solid", "dash")


def _marks(dark: bool) -> dict[Rank, tuple[str, str]]:
    return {
        Rank.TOP: ("#e8743b" if dark else "#c8500e", "circle"),
        Rank.MIDDLE: ("#6cc5b0" if dark else "#2b8a57", "triangle-up-open"),
        Rank.BOTTOM: ("#4fb3e8" if dark else "#0072b2", "diamond-open"),
        Rank.RANDOM: ("#b9a5e0" if dark else "#7d5bb5", "square-open"),
    }


def _held(head: HeadCount) -> str:
    return f"{counted(head.selected)} of {counted(head.total)} parameters ({percent(head.selected / head.total)})"
