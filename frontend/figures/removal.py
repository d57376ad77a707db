"""The removal table (paper A, Tables 1 and 14 to 16) as a view model, and its dot plot.

Rows are languages; columns are Base, Top, Bottom, Random (median and range of the draws) and whatever further
regions were removed. A cell is coloured by the bits per byte that it lies above Base, in steps that `STEPS` names: a
ratio of perplexities depends on how many tokens the tokenizer makes of a language, bits per byte do not.
"""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Sequence
from typing import NamedTuple

from backend.contracts.perplexity_ratios import bits_added
from backend.contracts.perplexity_words import lost_row
from backend.contracts.requests import WITH_NORMS
from backend.contracts.results import Condition, PerplexityRow, RemovalSummary
from backend.contracts.token_premium import token_premiums
from frontend.figures.numbers import bits_text, counted, factor, perplexity_text, ratio_text
from frontend.language_names import name_of

BASE = "base"
RANDOM = "random"
ASKED = "as asked"
NAME = "by name"
FEW_LANGUAGES = 12
"""With more of them the table can be searched and is sorted by what was lost."""
_DRAW = re.compile(rf"random \d+({WITH_NORMS})?")
_OF_THE_PAPER = ("base", "top", "bottom")


class Step(NamedTuple):
    """One colour of the table: bits per byte above Base of at least `at_least` (and below the next step)."""

    at_least: float
    name: str
    label: str


STEPS = (
    Step(-math.inf, "better", "below −0.03"),
    Step(-0.03, "same", "±0.03"),
    Step(0.03, "mild", "to 0.25"),
    Step(0.25, "clear", "to 0.75"),
    Step(0.75, "strong", "to 2"),
    Step(2.0, "severe", "to 4"),
    Step(4.0, "lost", "4 and more, or lost"),
)
"""At 0.22 tokens per byte, as in English, these are ×1.15, ×2.2, ×10.6, ×550 and ×300,000."""


class Cell(NamedTuple):
    """One perplexity (or bits per byte) as text, what it is compared with Base, and its hover."""

    text: str
    spread: str
    step: str
    hover: str


class Line(NamedTuple):
    """One language of the table."""

    code: str
    language: str
    cells: tuple[Cell, ...]
    premium: str = ""
    """Tokens per byte, and per aligned sentence."""


class RemovalTable(NamedTuple):
    """The paper's layout: `columns` holds `Base`, `Top`...; every line, and the `mean`, has one cell for each."""

    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    mean: Line


class Order(NamedTuple):
    """Which lines are shown, and in which order."""

    by: str = ASKED
    """`ASKED`, `NAME`, or a column: `Base` from small to large, any other from most lost to least."""
    search: str = ""
    """Part of a language's name or its code."""


class Column(NamedTuple):
    """Conditions shown together: the random draws are one column."""

    name: str
    conditions: tuple[Condition, ...]


def columns_of(summary: RemovalSummary) -> tuple[Column, ...]:
    """Conditions in their order, all `random N` gathered into one column; further regions keep their names.

    What holds norms and biases as well stands beside the same without.
    """
    gathered: dict[str, list[Condition]] = {}
    for condition in summary.conditions:
        gathered.setdefault(_column_name(condition.name), []).append(condition)
    plain = [
        name for name in gathered if not name.endswith(WITH_NORMS) or name.removesuffix(WITH_NORMS) not in gathered
    ]
    pairs = [one for name in plain for one in (name, name + WITH_NORMS) if one in gathered]
    return tuple(Column(name, tuple(gathered[name])) for name in pairs)


def removal_table(summary: RemovalSummary, *, bits_per_byte: bool = False, order: Order | None = None) -> RemovalTable:
    """Every language by every column. Colours compare bits per byte, also when perplexities are shown."""
    order = order or Order()
    columns = columns_of(summary)
    base = {row.language: row for row in summary.conditions[0].rows}
    shown = [code for code in _ordered(summary, order.by) if _matches(code, order.search)]
    premiums = token_premiums(summary.conditions[0].rows)
    lines = tuple(
        Line(
            code,
            name_of(code),
            tuple(_cell(column, base[code], bits_per_byte=bits_per_byte) for column in columns),
            premiums[code].text,
        )
        for code in shown
    )
    return RemovalTable(
        tuple(column.name for column in columns), lines, _mean_line(summary, shown, bits_per_byte=bits_per_byte)
    )


def _column_name(condition: str) -> str:
    if drawn := _DRAW.fullmatch(condition):
        return RANDOM.capitalize() + (drawn[1] or "")
    plain = condition.removesuffix(WITH_NORMS)
    return condition.capitalize() if plain in _OF_THE_PAPER else condition


def _matches(code: str, search: str) -> bool:
    wanted = search.strip().casefold()
    return wanted in name_of(code).casefold() or code.casefold().startswith(wanted)


def _ordered(summary: RemovalSummary, by: str) -> list[str]:
    codes = [row.language for row in summary.conditions[0].rows]
    if by == NAME:
        return sorted(codes, key=name_of)
    column = next((column for column in columns_of(summary) if column.name == by), None)
    if column is None:
        return codes
    if column.name.lower() == BASE:
        return by_base(summary)
    base = {row.language: row for row in summary.conditions[0].rows}
    added = {code: _added(column, base[code]) for code in codes}
    return sorted(codes, key=lambda code: -(math.inf if (bits := added[code]) is None else bits))


def _mean_line(summary: RemovalSummary, codes: Sequence[str], *, bits_per_byte: bool) -> Line:
    """Over the languages shown: geometric mean of perplexities, arithmetic mean of bits per byte."""
    columns = columns_of(summary)
    base = _mean_shown(columns[0], codes, bits_per_byte=False)
    cells = []
    for column in columns:
        ratio = _ratio(_mean_shown(column, codes, bits_per_byte=False), base)
        value = _mean_shown(column, codes, bits_per_byte=bits_per_byte)
        told = f"{'mean' if bits_per_byte else 'geometric mean'} of {len(codes)} languages"
        hover = told if column is columns[0] else f"{told}\n{factor(ratio)} of Base"
        size = None if bits_per_byte else summary.conditions[0].rows[0].n_vocabulary
        step = step_of(_mean_added(summary, column, codes))
        cells.append(Cell(perplexity_text(value, size) if codes else "", "", step, hover))
    return Line("", "Mean", tuple(cells))


def _mean_shown(column: Column, codes: Sequence[str], *, bits_per_byte: bool) -> float | None:
    rows = [_rows(column, code) for code in codes]
    means = [median_of([row.bits_per_byte if bits_per_byte else row.perplexity for row in draws]) for draws in rows]
    finite = [mean for mean in means if mean]
    if len(finite) < len(means) or not finite:
        return None
    return statistics.fmean(finite) if bits_per_byte else statistics.geometric_mean(finite)


def step_of(bits: float | None) -> str:
    """Name of the colour step of bits per byte above Base; None (infinite, or lost) is the last one."""
    if bits is None or not math.isfinite(bits):
        return STEPS[-1].name
    return [step.name for step in STEPS if bits >= step.at_least][-1]


def mean_bits(summary: RemovalSummary) -> dict[str, float | None]:
    """Mean over languages of the bits per byte above Base, by column but Base; None when one is infinite or lost."""
    codes = [row.language for row in summary.conditions[0].rows]
    return {column.name: _mean_added(summary, column, codes) for column in columns_of(summary)[1:]}


def _mean_added(summary: RemovalSummary, column: Column, codes: Sequence[str]) -> float | None:
    base = {row.language: row for row in summary.conditions[0].rows}
    return mean_of([_added(column, base[code]) for code in codes])


def mean_of(values: Sequence[float | None]) -> float | None:
    """The plain mean; None when one is None, or there are none."""
    known = [value for value in values if value is not None]
    return statistics.fmean(known) if known and len(known) == len(values) else None


def added_or_lost(row: PerplexityRow, base: PerplexityRow) -> float | None:
    """Bits per byte above the base; None: infinite, or made larger than the vocabulary."""
    return None if lost_row(row) and not lost_row(base) else bits_added(row, base)


def _added(column: Column, base: PerplexityRow) -> float | None:
    """Bits per byte of the median draw above Base."""
    return median_of([added_or_lost(row, base) for row in _rows(column, base.language)])


def mean_ratios(summary: RemovalSummary) -> dict[str, float | None]:
    """Geometric mean over languages of perplexity / Base, by column but Base; None when one is infinite."""
    base = {row.language: row.perplexity for row in summary.conditions[0].rows}
    found: dict[str, float | None] = {}
    for column in columns_of(summary)[1:]:
        ratios = [_ratio(median_of(perplexities(column, code)), base[code]) for code in base]
        logs = [math.log(ratio) for ratio in ratios if ratio]
        found[column.name] = math.exp(statistics.fmean(logs)) if len(logs) == len(ratios) else None
    return found


def median_of(values: Sequence[float | None]) -> float | None:
    """The middle one of the draws, or the mean of the two in the middle; None stands for infinite."""
    middle = statistics.median([math.inf if value is None else value for value in values])
    return middle if math.isfinite(middle) else None


def by_base(summary: RemovalSummary) -> list[str]:
    """Languages from the smallest perplexity of the unchanged model to the largest."""
    rows = summary.conditions[0].rows
    return [row.language for row in sorted(rows, key=lambda row: row.perplexity or math.inf)]


def _rows(column: Column, code: str) -> list[PerplexityRow]:
    return [row for condition in column.conditions for row in condition.rows if row.language == code]


def perplexities(column: Column, code: str) -> list[float | None]:
    """One language's perplexity in every condition of a column; None is infinite."""
    return [row.perplexity for row in _rows(column, code)]


def _range_of(values: Sequence[float | None], n_vocabulary: int | None) -> str:
    """`40.1 to 60.2`, the least and the most of the draws; '' for a single value."""
    if len(values) < 2:
        return ""
    sizes = sorted(math.inf if value is None else value for value in values)
    low, high = (
        perplexity_text(size if math.isfinite(size) else None, n_vocabulary, 3) for size in (sizes[0], sizes[-1])
    )
    return f"{low} to {high}"


def _ratio(value: float | None, base: float | None) -> float | None:
    return None if value is None or not base else value / base


def _cell(column: Column, base: PerplexityRow, *, bits_per_byte: bool) -> Cell:
    rows = _rows(column, base.language)
    perplexity = median_of([row.perplexity for row in rows])
    shown = [row.bits_per_byte if bits_per_byte else row.perplexity for row in rows]
    ratio = _ratio(perplexity, base.perplexity)
    return Cell(
        text=perplexity_text(median_of(shown), None if bits_per_byte else base.n_vocabulary),
        spread=_range_of(shown, None if bits_per_byte else base.n_vocabulary),
        step=step_of(_added(column, base)),
        hover=_hover(column, rows, ratio, base),
    )


def _hover(column: Column, rows: Sequence[PerplexityRow], ratio: float | None, base: PerplexityRow) -> str:
    """Plain text, one fact a line."""
    lines = [f"{name_of(rows[0].language)}, {column.name}"]
    if column.name.lower() != BASE and ratio:
        lines.append(f"{factor(ratio)} of Base (log₁₀ {math.log10(ratio):+.3f}, log₂ {math.log2(ratio):+.3f})")
        lines.append(f"{bits_text(_added(column, base))}: its colour")
    for condition, row in zip(column.conditions, rows, strict=True):
        draw = f"{condition.name.replace(RANDOM, 'draw').removesuffix(WITH_NORMS)}: " if len(rows) > 1 else ""
        bits = "∞" if row.bits_per_byte is None else f"{row.bits_per_byte:.4g}"
        lines.append(f"{draw}perplexity {perplexity_text(row.perplexity, row.n_vocabulary)}, {bits} bits per byte")
        if row.ratio is not None:
            added = "" if row.bits_added is None else f", {row.bits_added:+.3g} bits per byte"
            lines.append(f"{draw}{ratio_text(row)}{added}")
    first = rows[0]
    premium = f", {first.n_tokens / first.n_bytes:.3g} tokens per byte" if first.n_bytes else ""
    lines.append(f"{counted(first.n_tokens)} tokens in {counted(first.n_samples)} sentences{premium}")
    if column.conditions[0].n_removed:
        lines.append(f"{counted(column.conditions[0].n_removed)} parameters set to zero")
    return "\n".join(lines)
