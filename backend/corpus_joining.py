"""Rows of several tables side by side, one table for each language: by an id, or by position where all are as long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import zip_longest

from backend.artifacts.corpus_files import Row
from backend.contracts.problems import KnownError
from backend.corpus_alignment import not_parallel

Cells = tuple[Row, ...]


def by_position(columns: Mapping[str, Iterable[Row]]) -> Iterator[Cells | None]:
    """Row N of every table, None where a text is missing. Tables of different length raise, blank ends included.

    Only when it was read to the end are the lengths known: half of it proves nothing.
    """
    for number, cells in enumerate(zip_longest(*columns.values())):
        if ended := [language for language, cell in zip(columns, cells, strict=True) if cell is None]:
            raise not_parallel(f"{', '.join(ended)} ends before row {number}, which other languages have")
        yield cells if all(cell.text for cell in cells) else None


def by_id(columns: Mapping[str, Iterable[tuple[str, Row]]], *, n_samples: int | None = None) -> Iterator[Cells | None]:
    """Rows with the same id, in the order in which their last language was read; None for each that is left out.

    Tables are read in turn, a row of each. Held are ids, and the texts of rows that some language has not shown yet.
    Of `n_samples` rows no more is read than they need; left out are then the rows that began no later than the last
    one taken and that some language had not shown. An id that one language has twice raises KnownError.
    """
    waiting: dict[str, dict[str, Row]] = {}
    began: dict[str, int] = {}
    n_whole = 0
    for turn, language, (name, row) in _in_turn(columns):
        cells = waiting.setdefault(name, {})
        if language in cells or (name in began and not cells):
            raise _twice(name, language)
        began.setdefault(name, turn)
        cells[language] = row
        if len(cells) < len(columns):
            continue
        whole = tuple(cells[one] for one in columns)
        cells.clear()
        if not all(cell.text for cell in whole):
            yield None
            continue
        n_whole += 1
        if n_whole == n_samples:
            yield from [None for other, some in waiting.items() if some and began[other] <= began[name]]
            yield whole
            return
        yield whole
    yield from [None for some in waiting.values() if some]


def _in_turn(columns: Mapping[str, Iterable[tuple[str, Row]]]) -> Iterator[tuple[int, str, tuple[str, Row]]]:
    for turn, found in enumerate(zip_longest(*columns.values())):
        yield from ((turn, language, one) for language, one in zip(columns, found, strict=True) if one is not None)


def _twice(name: str, language: str) -> KnownError:
    return KnownError(
        "corpus_not_aligned",
        f"the id {name!r} stands on two rows of {language}, so it does not say which one is the translation",
        hint="Name a column with --id-column that is different on every row, or leave out --parallel.",
    )
