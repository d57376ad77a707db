"""Perplexities of several models in one table: languages by conditions by models, with what changed from A. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from backend.contracts.compared_ratios import ComparedRatio
from backend.contracts.results import (
    PerplexityRow,
    PerplexitySummary,
    RemovalSummary,
    Summary,
)
from backend.contracts.token_premium import token_premiums
from frontend.figures.numbers import factor, perplexity_text, ratio_interval, significant

Ratios = Mapping[tuple[str, str], ComparedRatio]
UNCHANGED = "as it is"
CHANGED = "changed"


class Cell(NamedTuple):
    """One number as text and, for every model but A, the change from A."""

    text: str
    change: str = ""
    is_worse: bool | None = None
    """Larger than in A; None where that cannot be said."""
    interval: str = ""
    """Of the change: `1.19 to 1.28 over documents`; '' where none is known."""


class Table(NamedTuple):
    """`cells[language][condition][model]`."""

    languages: tuple[str, ...]
    """With `premiums` beside them, of every model."""
    conditions: tuple[str, ...]
    cells: tuple[tuple[tuple[Cell, ...], ...], ...]
    unit: str
    premiums: tuple[tuple[str, ...], ...] = ()
    """`premiums[language][model]`: tokens per byte, and per aligned sentence."""


def conditions(summary: Summary) -> dict[str, tuple[PerplexityRow, ...]]:
    """The columns of a stored perplexity or removal table by name."""
    match summary:
        case RemovalSummary():
            return {one.name: one.rows for one in summary.conditions}
        case PerplexitySummary():
            return {CHANGED if summary.n_changed else UNCHANGED: summary.rows}
        case _:
            return {}


def by_place(ratios: Sequence[ComparedRatio]) -> Ratios:
    """Ratios to A by condition and language."""
    return {(one.condition, one.language): one for one in ratios}


def compared(ratios: Ratios, condition: str, language: str) -> ComparedRatio | None:
    """That of a cell; a single column has no name of its own."""
    return ratios.get((condition, language)) or ratios.get(("", language))


def table(found: Sequence[Summary | None], *, in_bits: bool, ratios: Sequence[Ratios] = ()) -> Table:
    """Every model's numbers; `in_bits` writes bits per byte, with differences, instead of perplexity, with ratios.

    `ratios`: of every model to A, as `by_place` has them.
    """
    told = [conditions(one) if one is not None else {} for one in found]
    names = tuple(dict.fromkeys(name for one in told for name in one))
    languages = tuple(dict.fromkeys(row.language for one in told for rows in one.values() for row in rows))
    cells = tuple(
        tuple(
            _with_intervals(
                _cells([_row(one.get(name, ()), language) for one in told], in_bits),
                [compared(one, name, language) for one in ratios],
                in_bits,
            )
            for name in names
        )
        for language in languages
    )
    costs = [token_premiums(next(iter(one.values()), ())) for one in told]
    premiums = tuple(tuple(one[code].text if code in one else "–" for one in costs) for code in languages)
    return Table(languages, names, cells, "bits per byte" if in_bits else "perplexity", premiums)


def _with_intervals(cells: Sequence[Cell], ratios: Sequence[ComparedRatio | None], in_bits: bool) -> tuple[Cell, ...]:
    if not ratios:
        return tuple(cells)
    return tuple(
        cell._replace(interval=_interval(one, in_bits)) if one and cell.change else cell
        for cell, one in zip(cells, ratios, strict=True)
    )


def _interval(one: ComparedRatio, in_bits: bool) -> str:
    if not in_bits:
        return ratio_interval(one)
    if one.bits_added_low is None or one.bits_added_high is None:
        return ""
    return f"{one.bits_added_low:+.3f} to {one.bits_added_high:+.3f} over {one.resampled}"


def _cells(rows: Sequence[PerplexityRow | None], in_bits: bool) -> tuple[Cell, ...]:
    base = rows[0]
    return tuple(_cell(row, None if place == 0 else base, in_bits) for place, row in enumerate(rows))


def _cell(row: PerplexityRow | None, base: PerplexityRow | None, in_bits: bool) -> Cell:
    if row is None:
        return Cell("")
    value = row.bits_per_byte if in_bits else row.perplexity
    text = significant(value, 4) if in_bits else perplexity_text(value, row.n_vocabulary, 4)
    before = None if base is None else base.bits_per_byte if in_bits else base.perplexity
    if value is None or before is None or not before:
        return Cell(text)
    change = f"{value - before:+.3f}" if in_bits else factor(value / before)
    if not in_bits and row.bits_per_byte is not None and base is not None and base.bits_per_byte is not None:
        change += f" ({row.bits_per_byte - base.bits_per_byte:+.3f} bits per byte)"
    return Cell(text, change, value > before)


def _row(rows: Sequence[PerplexityRow], language: str) -> PerplexityRow | None:
    return next((row for row in rows if row.language == language), None)
