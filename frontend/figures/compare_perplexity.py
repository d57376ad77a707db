"""Perplexities of several models in one table: languages by conditions by models, with what changed from A. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from backend.contracts.results import (
    PerplexityRow,
    PerplexitySummary,
    RemovalSummary,
    Summary,
)
from backend.contracts.token_premium import token_premiums
from frontend.figures.numbers import factor, perplexity_text, significant

UNCHANGED = "as it is"
CHANGED = "changed"


class Cell(NamedTuple):
    """One number as text and, for every model but A, the change from A."""

    text: str
    change: str = ""
    is_worse: bool | None = None
    """Larger than in A; None where that cannot be said."""


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


def table(found: Sequence[Summary | None], *, in_bits: bool) -> Table:
    """Every model's numbers; `in_bits` writes bits per byte, with differences, instead of perplexity, with ratios."""
    told = [conditions(one) if one is not None else {} for one in found]
    names = tuple(dict.fromkeys(name for one in told for name in one))
    languages = tuple(dict.fromkeys(row.language for one in told for rows in one.values() for row in rows))
    cells = tuple(
        tuple(_cells([_row(one.get(name, ()), language) for one in told], in_bits) for name in names)
        for language in languages
    )
    costs = [token_premiums(next(iter(one.values()), ())) for one in told]
    premiums = tuple(tuple(one[code].text if code in one else "–" for one in costs) for code in languages)
    return Table(languages, names, cells, "bits per byte" if in_bits else "perplexity", premiums)


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
