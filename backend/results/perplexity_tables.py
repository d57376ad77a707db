"""Perplexities by language as tables in the paper's layout. Knows summaries, nothing of how a table is written."""

from __future__ import annotations

import math
import statistics
from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from backend.contracts.perplexity_words import RATIO, marked
from backend.contracts.requests import WITH_NORMS, RemovalRequest
from backend.contracts.results import PerplexityRow, PerplexitySummary, PerturbationSummary, RemovalSummary
from backend.contracts.token_premium import premium_columns

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
    """Languages by Base, Top, Bottom, the random draws (median, least, most), the others; then each draw.

    Every region stands beside the same with norms and biases, where the table has both (docs/adr/0009). Tables 1, 14
    to 16 are this with draws, Tables 5 and 9 to 13 with `others` that have a group in their name.
    """
    cells = {condition.name: _by_language(condition.rows, unit) for condition in summary.conditions}
    others = [other.name for other in request.others]
    draws = [f"random {draw + 1}" for draw in range(request.random_draws)]
    plain = [name for name in cells if not name.endswith(WITH_NORMS)]
    named = _beside([name for name in plain if name not in (*draws, *others)], cells)
    drawn = [[name + ending for name in draws if name + ending in cells] for ending in ("", WITH_NORMS)]
    groups = {"Random" + ending: names for ending, names in zip(("", WITH_NORMS), drawn, strict=True) if names}
    last = _beside([name for name in others if name in cells], cells)
    heads = [name[0].upper() + name[1:] for name in named]
    heads += [f"{name} {what}" for name in groups for what in ("median", "least", "most")]
    rows: list[tuple[Value, ...]] = []
    for language in next(iter(cells.values()), {}):
        middle = [value for names in groups.values() for value in _range([cells[n].get(language) for n in names])]
        shown = [[cells[name].get(language) for name in names] for names in (named, last, [*drawn[0], *drawn[1]])]
        base = summary.conditions[0].rows[len(rows)]
        values = (*shown[0], *middle, *shown[1], *shown[2])
        rows.append((language, *(_written(value, base, unit) for value in values)))
    details = [name.capitalize() for names in drawn for name in names]
    intervals = _intervals({condition.name: condition.rows for condition in summary.conditions})
    said = [(*row, *found) for row, found in zip(rows, intervals.rows, strict=True)] if intervals.columns else rows
    columns = ("Language", *heads, *last, *details, *intervals.columns)
    table = Table(columns, tuple(said), n_printed=1 + len(heads) + len(last))
    return with_premium(table, summary.conditions[0].rows)


def _intervals(conditions: Mapping[str, Sequence[PerplexityRow]]) -> Table:
    """Ratio to the base and its 95 % interval by column, bits per byte added, and the tokens of a byte; by language."""
    with_ratio = [name for name, rows in conditions.items() if any(row.ratio is not None for row in rows)]
    if not with_ratio:
        return Table((), (), n_printed=0)
    what = ("ratio", "ratio low", "ratio high", "bits per byte added")
    columns = [f"{name} {one}" for name in with_ratio for one in what]
    rows: list[tuple[Value, ...]] = []
    for number in range(len(next(iter(conditions.values())))):
        found = [conditions[name][number] for name in with_ratio]
        values = [value for row in found for value in (row.ratio, row.ratio_low, row.ratio_high, row.bits_added)]
        rows.append(tuple(values))
    return Table(tuple(columns), tuple(rows), n_printed=0)


def ratio_cells(rows: Iterable[PerplexityRow | None]) -> tuple[Value, ...]:
    """Ratio to the base, its interval and what was drawn, of each; nothing of None."""
    return tuple(
        value
        for row in rows
        for value in (
            (row.ratio, row.ratio_low, row.ratio_high, row.resampled or "") if row else (None, None, None, "")
        )
    )


def ratio_heads(names: Iterable[str]) -> tuple[str, ...]:
    """Names of these columns: `de ratio`, `de ratio_low`, `de ratio_high`, `de resampled`."""
    return tuple(f"{name} {what}" for name in names for what in RATIO)


def with_premium(table: Table, rows: Sequence[PerplexityRow]) -> Table:
    """The same table, its first column a language, with the token premium of each after what the paper prints."""
    found, place = premium_columns(rows), table.n_printed
    heads = (*table.columns[:place], *found, *table.columns[place:])
    body = tuple(
        (*row[:place], *(values.get(str(row[0])) for values in found.values()), *row[place:]) for row in table.rows
    )
    return table._replace(columns=heads, rows=body)


def _beside(names: Sequence[str], cells: Collection[str]) -> list[str]:
    """Each column, then the same with norms, where there is one."""
    return [one for name in names for one in (name, name + WITH_NORMS) if one in cells]


def column(summary: PerplexitySummary) -> Table:
    """One column of such a table, with what it was measured on."""
    rows = tuple(
        (
            row.language,
            _written(row.perplexity, row, Unit.PERPLEXITY),
            row.bits_per_byte,
            row.n_tokens,
            row.n_bytes,
            row.n_samples,
        )
        for row in summary.rows
    )
    table = Table(("Language", "Perplexity", "Bits per byte", "Tokens", "Bytes", "Samples"), rows, n_printed=3)
    return with_premium(table, summary.rows)


def perturbation(summary: PerturbationSummary, unit: Unit = Unit.PERPLEXITY) -> Table:
    """Before, after, and how many times as much."""
    base, perturbed = (_by_language(rows, unit) for rows in (summary.perplexity_base, summary.perplexity_perturbed))
    rows = []
    for language, before in base.items():
        after = perturbed.get(language)
        ratio = after / before if isinstance(before, float) and isinstance(after, float) and before else None
        row = next(row for row in summary.perplexity_perturbed if row.language == language)
        if unit is Unit.PERPLEXITY and row.ratio is not None:
            ratio = row.ratio
        rows.append(
            (language, _written(before, row, unit), _written(after, row, unit), ratio, row.ratio_low, row.ratio_high)
        )
    if all(row.ratio is None for row in summary.perplexity_perturbed):
        table = Table(("Language", "Base", "Perturbed", "Ratio"), tuple(row[:4] for row in rows), n_printed=4)
        return with_premium(table, summary.perplexity_base)
    heads = ("Language", "Base", "Perturbed", "Ratio", "Perplexity ratio low", "Perplexity ratio high")
    return with_premium(Table(heads, tuple(rows), n_printed=4), summary.perplexity_base)


def _by_language(rows: Sequence[PerplexityRow], unit: Unit) -> dict[str, float | None]:
    return {row.language: row.perplexity if unit is Unit.PERPLEXITY else row.bits_per_byte for row in rows}


def _written(value: float | None, row: PerplexityRow, unit: Unit) -> float | None:
    return marked(value, row.n_vocabulary) if unit is Unit.PERPLEXITY else value


def _range(values: Sequence[float | None]) -> tuple[float | None, float | None, float | None]:
    """Median, least and most; None is infinite."""
    sizes = [math.inf if value is None else value for value in values]
    found = (statistics.median(sizes), min(sizes), max(sizes))
    middle, least, most = (value if math.isfinite(value) else None for value in found)
    return middle, least, most
