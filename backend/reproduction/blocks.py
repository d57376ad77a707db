"""Columns of numbers by row, published or measured, and how they are laid side by side."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from backend.contracts.published import PublishedTable
from backend.contracts.reproduction import ComparedCell, ComparedGroup, ComparedRow, Comparison
from backend.contracts.results import Manifest, PerplexityRow

Labels = tuple[str, ...]
Known = Mapping[str, Manifest]
"""Results that are stored already, by the names of the steps."""
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
NOT_RUN = ComparedCell(text="not run")
NOTHING = ComparedCell(text="")


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


def by_language(rows: Iterable[PerplexityRow]) -> dict[Labels, float]:
    """Perplexities with the label of their row."""
    return {(row.language,): finite(row.perplexity) for row in rows}


def joined(columns: Mapping[str, Mapping[Labels, float]]) -> dict[Labels, dict[str, float]]:
    """Columns by name become cells by row."""
    rows = dict.fromkeys(labels for column in columns.values() for labels in column)
    return {row: {name: column[row] for name, column in columns.items() if row in column} for row in rows}


def mean(values: Sequence[float]) -> float:
    """Infinite as soon as one of them is."""
    return math.inf if math.inf in values else statistics.fmean(values)


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
    text = block.printed.get((row, column)) or number(value)
    return ComparedCell(text=text, value=value if math.isfinite(value) else None)
