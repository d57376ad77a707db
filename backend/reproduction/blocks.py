"""Columns of numbers by row, published or measured, and how they are laid side by side."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, TypedDict

from backend.contracts.perplexity_ratios import UNKNOWN_LANGUAGE, bits_of, ratio_of
from backend.contracts.perplexity_words import lost_row
from backend.contracts.published import PublishedTable
from backend.contracts.reproduction import ComparedCell, ComparedGroup, ComparedRow, Comparison
from backend.contracts.results import Manifest, PerplexityRow
from backend.contracts.verdicts import Estimate, median_of, over_seeds

Labels = tuple[str, ...]
Known = Mapping[str, Manifest]
"""Results that are stored already, by the names of the steps."""
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
NOT_RUN = ComparedCell(text="not run")
NOTHING = ComparedCell(text="")


class Parts(TypedDict):
    """What `Cells` gathers."""

    series: dict[Labels, dict[str, float]]
    printed: dict[tuple[Labels, str], str]
    estimates: dict[tuple[Labels, str], Estimate]
    bits: dict[tuple[Labels, str], Estimate]


class Block(NamedTuple):
    """Numbers by row and column; `math.inf` for those that are not finite. Cells may be absent."""

    title: str
    columns: tuple[str, ...]
    series: dict[Labels, dict[str, float]]
    origin: Literal["published", "measured"] = "measured"
    printed: dict[tuple[Labels, str], str] = {}
    step: str = ""
    """Name of the step whose result this is."""
    rule: str = ""
    estimates: dict[tuple[Labels, str], Estimate] = {}
    """Ratios to the base of the same result, with their intervals, of the cells that are perplexities."""
    bits: dict[tuple[Labels, str], Estimate] = {}
    """Bits per byte above the base: what compares languages."""
    seeds: dict[tuple[Labels, str], tuple[float, ...]] = {}
    """Of trainings what every seed gave; infinite: lost."""

    def ratio(self, row: Labels, over: str, under: str = "Base") -> Estimate:
        """One cell over another: with the interval of the result to Base, by point values where it is published."""
        above, below = self.series[row][over], self.series[row][under]
        value = above / below if 0 < below < math.inf else math.nan
        if self.origin == "published":
            return Estimate.exact(value)
        if (row, over) in self.seeds and (row, under) in self.seeds:
            found = over_seeds(self.seeds[row, over], self.seeds[row, under])
            return found._replace(value=value) if math.isnan(found.value) else found
        known = self.estimates.get((row, over))
        if known is None or (under != "Base" and known.value != math.inf):
            return Estimate(value, reason=known.reason) if known else Estimate(value)
        return known._replace(value=value) if math.isnan(known.value) else known

    def added(self, row: Labels, column: str) -> Estimate:
        """What a language lost, to be held against that of another: bits per byte; published: bits per token."""
        if self.origin == "published":
            value = self.ratio(row, column).value
            return Estimate.exact(math.log2(value) if value > 0 else math.nan)
        return self.bits.get((row, column), Estimate(math.nan))

    def column(self, name: str) -> dict[Labels, float]:
        """One column by row."""
        return {labels: cells[name] for labels, cells in self.series.items() if name in cells}


def published_blocks(table: PublishedTable) -> list[Block]:
    """One block to a part."""
    found = []
    for part in table.parts:
        cells = {
            (row.labels, column): cell
            for row in part.rows
            for column, cell in zip(part.columns, row.cells, strict=True)
            if cell
        }
        series = {row.labels: {c: cells[row.labels, c].value for c in part.columns if (row.labels, c) in cells}
                  for row in part.rows}  # fmt: skip
        printed = {place: cell.printed for place, cell in cells.items()}
        found.append(Block(part.title, part.columns, series, "published", printed, rule=table.source))
    return found


def finite(value: float | None) -> float:
    """None in a result stands for infinite or not a number."""
    return math.inf if value is None else value


class Cells:
    """Perplexities gathered cell by cell, with their ratios and intervals, to become the parts of a block."""

    def __init__(self) -> None:
        self.series: dict[Labels, dict[str, float]] = {}
        self.printed: dict[tuple[Labels, str], str] = {}
        self.estimates: dict[tuple[Labels, str], Estimate] = {}
        self.bits: dict[tuple[Labels, str], Estimate] = {}

    def add(self, labels: Labels, column: str, row: PerplexityRow, base: PerplexityRow | None = None) -> None:
        """One measured perplexity; `base`: of the unchanged model, whose loss decides whether anything can be lost."""
        self.series.setdefault(labels, {})[column] = finite(row.perplexity)
        if beyond := lost_row(row):
            self.printed[labels, column] = beyond
        if base is None:
            return
        self.estimates[labels, column] = ratio_of(row, base)
        self.bits[labels, column] = bits_of(row, base)

    def add_draws(self, labels: Labels, column: str, draws: Sequence[PerplexityRow], base: PerplexityRow) -> None:
        """The median of several random draws; its interval is that of the median."""
        if not draws:
            return
        in_order = sorted(draws, key=lambda row: finite(row.perplexity))
        self.add(labels, column, in_order[(len(in_order) - 1) // 2], base)
        self.series[labels][column] = statistics.median(finite(row.perplexity) for row in draws)
        if self.estimates[labels, column] != UNKNOWN_LANGUAGE:
            self.estimates[labels, column] = median_of([ratio_of(row, base) for row in draws])
            self.bits[labels, column] = median_of([bits_of(row, base) for row in draws])

    @property
    def parts(self) -> Parts:
        """Keywords of a block."""
        return {"series": self.series, "printed": self.printed, "estimates": self.estimates, "bits": self.bits}


def comparison(labels: Labels, blocks: Sequence[Block], known: Known, *, waiting: bool) -> Comparison:
    """Rows of all blocks, those of the first block first; `waiting`: what is missing may still be measured."""
    rows = list(dict.fromkeys(row for block in blocks for row in block.series))
    groups = tuple(_group(block, known) for block in blocks)
    compared = tuple(
        ComparedRow(labels=row, cells=tuple(_cells(block, row, waiting) for block in blocks)) for row in rows
    )
    return Comparison(labels=labels, groups=groups, rows=compared)


def number(value: float) -> str:
    """Six significant digits, powers of ten from a million on; `∞` when it is not finite."""
    return _written(value, 6)


def times(value: float) -> str:
    """A ratio, three digits: `×1.04`, `×3.41·10⁴`."""
    return "×" + _written(value, 3).replace("×", "·")


def _written(value: float, digits: int) -> str:
    if not math.isfinite(value):
        return "∞"
    plain = f"{value:.{digits}g}"
    if "e" not in plain:
        return plain
    mantissa, exponent = f"{value:.{min(digits, 4) - 1}e}".split("e")
    return f"{mantissa}×10{str(int(exponent)).translate(_SUPERSCRIPTS)}"


def _group(block: Block, known: Known) -> ComparedGroup:
    stored = known.get(block.step)
    return ComparedGroup(
        title=block.title,
        origin=block.origin,
        columns=block.columns,
        key=stored.key if stored else None,
        kind=stored.request.kind.value if stored else "",
        rule=block.rule,
    )


def _cells(block: Block, row: Labels, waiting: bool) -> tuple[ComparedCell, ...]:
    absent = NOT_RUN if waiting and block.origin == "measured" else NOTHING
    return tuple(_cell(block, row, column) or absent for column in block.columns)


def _cell(block: Block, row: Labels, column: str) -> ComparedCell | None:
    value = block.series.get(row, {}).get(column)
    if value is None:
        return None
    printed = block.printed.get((row, column))
    text = printed or number(value)
    is_lost = block.origin == "measured" and text.startswith("lost")
    return ComparedCell(text=text, value=value if math.isfinite(value) and not is_lost else None)
