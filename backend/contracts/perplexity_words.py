"""How a perplexity that says nothing more is written: one rule for pages, figures, exports, reports and terminal."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from backend.contracts.results.weights import PerplexityRow

RATIO = ("ratio", "ratio_low", "ratio_high", "resampled")
"""Columns of an export: how many times the base, its 95 % interval, what the bootstrap drew."""
LOST, STATE = "lost", " state"
"""A column with lost perplexities has a column of its name and `STATE` beside it where numbers are read in."""
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class Lost(float):
    """A perplexity above the size of the vocabulary: still a number, but only its order is written."""

    @property
    def order(self) -> int:
        """The power of ten at or below it."""
        return math.floor(math.log10(self))

    def __str__(self) -> str:
        """`lost, 10⁹`."""
        return f"{LOST}, 10{str(self.order).translate(_SUPERSCRIPTS)}"

    __repr__ = __str__


def marked(perplexity: float | None, n_vocabulary: int | None) -> float | None:
    """The same number, as `Lost` where it is above the size of the vocabulary; what is not finite stays as it is.

    Guessing every token alike has the size of the vocabulary as its perplexity: above it the digits mean nothing.
    """
    if perplexity is None or n_vocabulary is None or not n_vocabulary < perplexity < math.inf:
        return perplexity
    return Lost(perplexity)


def lost(perplexity: float | None, n_vocabulary: int | None) -> str | None:
    """`lost, 10⁹` for a perplexity above the size of the vocabulary, else None."""
    found = marked(perplexity, n_vocabulary)
    return str(found) if isinstance(found, Lost) else None


def with_states(
    columns: Sequence[str], rows: Sequence[Sequence[object]]
) -> tuple[tuple[str, ...], list[tuple[object, ...]]]:
    """Columns and rows for reading in: lost perplexities as plain numbers, `lost` or nothing in the column beside."""
    doubted = [any(isinstance(row[place], Lost) for row in rows) for place in range(len(columns))]

    def split(value: object, is_doubted: bool) -> tuple[object, ...]:
        is_lost = isinstance(value, Lost)
        number = float(value) if isinstance(value, Lost) else value
        return (number, LOST if is_lost else "") if is_doubted else (number,)

    heads = [one for name, twice in zip(columns, doubted, strict=True) for one in (name, name + STATE)[: 1 + twice]]
    return tuple(heads), [
        tuple(one for value, twice in zip(row, doubted, strict=True) for one in split(value, twice)) for row in rows
    ]


def vocabulary_of(rows: Iterable[PerplexityRow]) -> int | None:
    """Tokens that the model of these rows chooses from; None in results of older versions."""
    return next((row.n_vocabulary for row in rows if row.n_vocabulary), None)


def lost_row(row: PerplexityRow) -> str | None:
    """`lost, 10⁹` of a row's perplexity, else None."""
    return lost(row.perplexity, row.n_vocabulary)
