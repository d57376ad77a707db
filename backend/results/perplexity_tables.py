"""Perplexities by language as tables in the paper's layout. Knows summaries, nothing of how a table is written."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from backend.contracts.requests import RemovalRequest
from backend.contracts.results import PerplexityRow, PerplexitySummary, PerturbationSummary, RemovalSummary

Value = str | int | float | None
BETWEEN = " · "
"""In the name of a column it stands between its group and its place there: `ru only, 10000 · top` (Table 5)."""


class Unit(StrEnum):
    """What the cells say."""

    PERPLEXITY = "perplexity"
    BITS_PER_BYTE = "bits_per_byte"
    """Compares across tokenizers."""


class Table(NamedTuple):
    """A header and rows; None stands for a number that is not finite or cannot be had."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    n_printed: int
    """How many leading columns the paper's layout has; the rest are details."""
    said: str = ""
    """What one number stands for where it is not plain: `geometric mean over ar es`; told in the caption."""


def removal(summary: RemovalSummary, request: RemovalRequest, unit: Unit = Unit.PERPLEXITY) -> Table:
    """Languages by Base, Top, Bottom, Random mean and spread (sample standard deviation), the others; then each draw.

    Tables 1, 14 to 16 are this with draws, Tables 5 and 9 to 13 with `others` that have a group in their name.
    """
    cells = {condition.name: _by_language(condition.rows, unit) for condition in summary.conditions}
    others = [other.name for other in request.others]
    draws = [name for name in (f"random {draw + 1}" for draw in range(request.random_draws)) if name in cells]
    named = [name for name in cells if name not in (*draws, *others)]
    spread = ("Random mean", "Random spread") if draws else ()
    heads = [*(name.capitalize() for name in named), *spread, *others]
    rows = []
    for language in next(iter(cells.values()), {}):
        drawn = [cells[name].get(language) for name in draws]
        first, last = ([cells[name].get(language) for name in names] for names in (named, others))
        rows.append((language, *first, *(_mean_and_spread(drawn) if draws else ()), *last, *drawn))
    columns = ("Language", *heads, *(name.capitalize() for name in draws))
    return Table(columns, tuple(rows), n_printed=1 + len(heads))


def column(summary: PerplexitySummary) -> Table:
    """One column of such a table, with what it was measured on."""
    rows = tuple(
        (row.language, row.perplexity, row.bits_per_byte, row.n_tokens, row.n_bytes, row.n_samples)
        for row in summary.rows
    )
    return Table(("Language", "Perplexity", "Bits per byte", "Tokens", "Bytes", "Samples"), rows, n_printed=3)


def perturbation(summary: PerturbationSummary, unit: Unit = Unit.PERPLEXITY) -> Table:
    """Before, after, and how many times as much."""
    base, perturbed = (_by_language(rows, unit) for rows in (summary.perplexity_base, summary.perplexity_perturbed))
    rows = []
    for language, before in base.items():
        after = perturbed.get(language)
        rows.append((language, before, after, after / before if before and after is not None else None))
    return Table(("Language", "Base", "Perturbed", "Ratio"), tuple(rows), n_printed=4)


def _by_language(rows: Sequence[PerplexityRow], unit: Unit) -> dict[str, float | None]:
    return {row.language: row.perplexity if unit is Unit.PERPLEXITY else row.bits_per_byte for row in rows}


def _mean_and_spread(values: Sequence[float | None]) -> tuple[float | None, float | None]:
    finite = [value for value in values if value is not None]
    if len(finite) < len(values):
        return None, None
    return statistics.fmean(finite), statistics.stdev(finite) if len(finite) > 1 else None
