"""Rows of several languages side by side: row N of one is row N of all, or the texts are not parallel."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import zip_longest

from backend.artifacts.corpus_files import Row
from backend.contracts.problems import KnownError


def aligned(columns: Mapping[str, Iterable[Row]]) -> Iterator[tuple[Row, ...] | None]:
    """Each row with the text of every language, in the order of `columns`; None where a text is missing.

    Rows that are blank in all languages at the very end are none. A language that ends before another raises.
    """
    n_blank = 0
    for number, cells in enumerate(zip_longest(*columns.values())):
        if not any(cell and cell.text for cell in cells):
            n_blank += 1
            continue
        yield from [None] * n_blank
        n_blank = 0
        if ended := [language for language, cell in zip(columns, cells, strict=True) if cell is None]:
            raise not_parallel(f"{', '.join(ended)} ends before row {number}, which other languages have")
        yield cells if all(cell.text for cell in cells) else None


def not_parallel(why: str) -> KnownError:
    """The problem of texts that are said to be parallel and cannot be laid side by side."""
    return KnownError(
        "corpus_not_aligned",
        f"not the same number of lines in every language: {why}",
        hint="Row N must be the same sentence in every language, blank where one is missing; text that is not "
        "parallel: --no-parallel.",
    )


def left_out_words(missing: list[int], whose: str, *, are_numbered: bool = True) -> str:
    """How many rows were left out and, where rows have numbers, which came first."""
    first = ", ".join(map(str, missing[:5])) + (", ..." if len(missing) > 5 else "")
    rows = "1 row was" if len(missing) == 1 else f"{len(missing):,} rows were"
    return f"{rows} left out {whose}" + (f" (counted from 0: {first})" if are_numbered else "")
