"""How a perplexity that says nothing more is written: one rule for pages, figures, exports, reports and terminal."""

from __future__ import annotations

import math

from backend.contracts.results.weights import PerplexityRow

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def lost(perplexity: float | None, n_vocabulary: int | None) -> str | None:
    """`lost (10⁹)` for a perplexity above the size of the vocabulary, else None.

    Guessing every token alike has the size of the vocabulary as its perplexity: above it the digits mean nothing.
    """
    if perplexity is None or n_vocabulary is None or not n_vocabulary < perplexity < math.inf:
        return None
    return f"lost (10{str(math.floor(math.log10(perplexity))).translate(_SUPERSCRIPTS)})"


def lost_row(row: PerplexityRow) -> str | None:
    """The same of a row."""
    return lost(row.perplexity, row.n_vocabulary)
