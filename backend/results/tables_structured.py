"""Structured removals and sweeps as tables (paper A, Tables 3, 4, 7, 8, Figure 3). Knows summaries, not how to write.

A table that has one number for all languages says their mean: the geometric one of perplexities (the perplexity of
the mean loss per token, every language alike), the plain one of bits per byte.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from backend.contracts.perplexity_words import marked, vocabulary_of
from backend.contracts.problems import KnownError
from backend.contracts.requests import ScalarSweep, StructuredRemovalRequest, SweepRequest
from backend.contracts.results import PerplexityRow, StructuredCell, StructuredRemovalSummary, SweepSummary
from backend.results.perplexity_tables import BETWEEN, Table, Unit, Value, ratio_cells, ratio_heads


def structured(
    summary: StructuredRemovalSummary,
    request: StructuredRemovalRequest,
    unit: Unit = Unit.PERPLEXITY,
    language: str | None = None,
) -> Table:
    """Snapshots by N, columns Top, Middle, Bottom, Random of `language` or the mean; then base, size, each language."""
    languages = _languages(summary.base, language)
    ranks = list(dict.fromkeys(request.ranks))
    found = {(cell.snapshot, cell.count, cell.rank): cell for cell in summary.cells}
    has_ratios = any(row.ratio is not None for cell in summary.cells for row in cell.rows)
    has_draws = any(len(cell.draws) > 1 for cell in summary.cells)
    rows: list[tuple[Value, ...]] = []
    for snapshot in dict.fromkeys(request.snapshots):
        for count in dict.fromkeys(request.counts):
            cells = [found[snapshot, count, rank] for rank in ranks]
            details = [_cell(cell.rows, unit, [name]) for name in languages for cell in cells]
            compared = ratio_cells(_row(cell.rows, name) for name in languages for cell in cells)
            rows.append(
                (
                    _n_samples(request, snapshot),
                    count,
                    *(_cell(cell.rows, unit, languages) for cell in cells),
                    _cell(summary.base, unit, languages),
                    cells[0].n_removed,
                    *(details if len(languages) > 1 else ()),
                    *(compared if has_ratios else ()),
                    *(_ends(cells, unit, languages) if has_draws else ()),
                )
            )
    names = [rank.value.capitalize() for rank in ranks]
    each = [f"{name}{BETWEEN}{rank}" for name in languages for rank in names] if len(languages) > 1 else []
    ratios = ratio_heads(f"{name}{BETWEEN}{rank}" for name in languages for rank in names) if has_ratios else ()
    ends = [f"{name}{BETWEEN}{end}" for name in names for end in _ENDS] if has_draws else []
    columns = ("Training samples", "N", *names, "Base", "Parameters removed", *each, *ratios, *ends)
    return Table(columns, tuple(rows), n_printed=2 + len(ranks), said=_said(languages, unit))


_ENDS = ("draws", "least", "most")


def _ends(cells: Sequence[StructuredCell], unit: Unit, languages: Sequence[str]) -> list[Value]:
    """Of every rank the number of draws, the least and the most of them; of one draw nothing. Infinite is the most."""
    found: list[Value] = []
    for cell in cells:
        drawn = [_cell(rows, unit, languages) for rows in cell.draws]
        ordered = sorted(drawn, key=lambda value: value if isinstance(value, (int, float)) else math.inf)
        found += [len(drawn), ordered[0], ordered[-1]] if len(drawn) > 1 else ["", "", ""]
    return found


def sweep(
    summary: SweepSummary, request: SweepRequest, unit: Unit = Unit.PERPLEXITY, language: str | None = None
) -> Table:
    """The unchanged model, then every point in the order of measuring: a column per language."""
    languages = _languages(summary.base, language)
    of_scalars = isinstance(request.targets, ScalarSweep)
    values = ("Before", "After") if of_scalars else ()
    base = _by_language(summary.base, unit, languages)
    has_ratios = any(row.ratio is not None for point in summary.points for row in point.rows)
    nothing = ratio_cells([None] * len(languages) if has_ratios else [])
    rows: list[tuple[Value, ...]] = [("base", "", *(("", "") if of_scalars else ()), *base, 0, *nothing)]
    for point in summary.points:
        scalars = (point.before, point.after) if of_scalars else ()
        cells = _by_language(point.rows, unit, languages)
        compared = ratio_cells(_row(point.rows, name) for name in languages) if has_ratios else ()
        rows.append((point.index, point.group, *scalars, *cells, point.n_parameters, *compared))
    columns = ("Index", "Group", *values, *languages, "Parameters changed")
    ratios = ratio_heads(languages) if has_ratios else ()
    return Table((*columns, *ratios), tuple(rows), n_printed=len(columns) - 1)


def _said(languages: Sequence[str], unit: Unit) -> str:
    mean = "geometric mean" if unit is Unit.PERPLEXITY else "mean"
    return languages[0] if len(languages) == 1 else f"{mean} over {' '.join(languages)}"


def _languages(rows: Sequence[PerplexityRow], language: str | None) -> list[str]:
    there = [row.language for row in rows]
    if language is None:
        return there
    if language not in there:
        raise KnownError(
            "unknown_language",
            f"this result was not measured in {language!r}; it was in {', '.join(there)}",
            hint="Name one of these, or none for all.",
            status=404,
            field="language",
        )
    return [language]


def _cell(rows: Sequence[PerplexityRow], unit: Unit, languages: Sequence[str]) -> float | None:
    """The mean over the languages; None as soon as one is not finite."""
    values = _by_language(rows, unit, languages)
    finite = [value for value in values if value is not None]
    if len(finite) < len(values):
        return None
    if len(finite) == 1:
        return finite[0]
    return (
        marked(statistics.geometric_mean(finite), vocabulary_of(rows))
        if unit is Unit.PERPLEXITY
        else statistics.fmean(finite)
    )


def _row(rows: Sequence[PerplexityRow], language: str) -> PerplexityRow | None:
    return next((row for row in rows if row.language == language), None)


def _by_language(rows: Sequence[PerplexityRow], unit: Unit, languages: Sequence[str]) -> list[float | None]:
    in_bits = unit is Unit.BITS_PER_BYTE
    values = {row.language: row.bits_per_byte if in_bits else marked(row.perplexity, row.n_vocabulary) for row in rows}
    return [values.get(language) for language in languages]


def _n_samples(request: StructuredRemovalRequest, snapshot: int | None) -> Value:
    lines = request.ranking.region.region.scores.lines
    return snapshot or ("all" if lines.stop is None else lines.stop - lines.start)
