"""What a column of the removal table is about, judged language by language: an interval against a margin."""

from __future__ import annotations

import math
from typing import NamedTuple

from backend.contracts.perplexity_ratios import ratio_of
from backend.contracts.results import RemovalSummary
from backend.contracts.verdicts import LOST, MILD, SAME, Estimate, Margin, inside, median_of
from frontend.figures.removal import Column, columns_of


class ColumnClaim(NamedTuple):
    """What is claimed of a column, and of how many languages it holds."""

    words: str
    rule: str
    n_holds: int
    n_fails: int
    n_languages: int

    @property
    def state(self) -> str:
        """Of all languages together."""
        if self.n_fails:
            return "does not hold"
        return "holds" if self.n_holds == self.n_languages else "undecided"

    @property
    def text(self) -> str:
        """`language lost: does not hold (9 of 11 languages, 1 undecided)`."""
        n_undecided = self.n_languages - self.n_holds - self.n_fails
        undecided = f", {n_undecided} undecided" if n_undecided else ""
        return f"{self.words}: {self.state} ({self.n_holds} of {self.n_languages} languages{undecided})"


_CLAIMS: dict[str, tuple[Margin, float, float]] = {
    "Top": (LOST, LOST.factor, math.inf),
    "Bottom": (SAME, 1 / SAME.factor, SAME.factor),
    "Random": (MILD, -math.inf, MILD.factor),
}


def column_claims(summary: RemovalSummary) -> dict[str, ColumnClaim]:
    """By column of the paper; of random draws the median is judged. Other regions claim nothing."""
    return {column.name: _claim(column, summary) for column in columns_of(summary) if column.name in _CLAIMS}


def _claim(column: Column, summary: RemovalSummary) -> ColumnClaim:
    margin, least, most = _CLAIMS[column.name]
    states = [inside(one, least, most) for one in _ratios(column, summary)]
    ends = f"above ×{least:g}" if most == math.inf else f"below ×{most:g}"
    if least > 0 and most < math.inf:
        ends = f"within ×{least:.3g} to ×{most:g}"
    rule = (
        f"In every language the 95 % interval of the ratio{' of the median draw' if column.name == 'Random' else ''} "
        f"lies {ends}: {margin.why}. Beyond a bound: does not hold; across it, or without an interval: undecided."
    )
    words = "language lost" if margin is LOST else margin.words
    return ColumnClaim(words, rule, states.count(True), states.count(False), len(states))


def _ratios(column: Column, summary: RemovalSummary) -> list[Estimate]:
    base = {row.language: row for row in summary.conditions[0].rows}
    rows = [{row.language: row for row in condition.rows} for condition in column.conditions]
    found = [[ratio_of(one[code], base[code]) for one in rows if code in one] for code in base]
    return [draws[0] if column.name != "Random" else median_of(draws) for draws in found if draws]
