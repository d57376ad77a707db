"""The same cell of several subjects, and which rows and columns differ most between two of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from backend.contracts.compared_cells import ComparedCell, ComparedCells
from backend.contracts.problems import KnownError
from backend.contracts.results import CellView, MarginalsView
from backend.contracts.vocabulary import Reducer
from backend.results import cells, compare, marginals
from backend.results.planes import Plane, chunks
from backend.results.pyramids import Pyramids
from backend.results.subjects import Subject

CHANGED_PARAMETERS = "parameters that only one holds"
CHANGE = "L2 norm of the change"


class Block(NamedTuple):
    """The cell, or the block of cells below one pixel, that was clicked."""

    row: int
    column: int
    row_stop: int | None = None
    column_stop: int | None = None


def compared_cells(
    subjects: Mapping[str, Subject], matrix: str, reducer: Reducer, block: Block, *, of: str, minus: str | None
) -> ComparedCells:
    """The cell of all subjects. Of a block it is the largest cell of `of`, or the largest change from `minus` to it."""
    if minus is not None:
        block = _largest_change(subjects[of], subjects[minus], matrix, reducer, block)
    span = {"row_stop": block.row_stop, "column_stop": block.column_stop}
    there = cells.cell(subjects[of], matrix, block.row, block.column, reducer=reducer, **span)
    return ComparedCells(
        matrix=matrix,
        row=there.row,
        column=there.column,
        cells=tuple(_one(name, subject, matrix, there) for name, subject in subjects.items()),
    )


def _one(name: str, subject: Subject, matrix: str, there: CellView) -> ComparedCell:
    try:
        return ComparedCell(subject=name, cell=cells.cell(subject, matrix, there.row, there.column))
    except KnownError as error:
        return ComparedCell(subject=name, reason=error.problem.detail)


def _largest_change(left: Subject, right: Subject, matrix: str, reducer: Reducer, block: Block) -> Block:
    """The cell of the block in which the two differ most."""
    if block.row_stop is None and block.column_stop is None:
        return block
    plane = compare.difference(left, right, matrix, reducer).plane
    rows = cells.span("row", block.row, block.row_stop, plane.shape[0])
    columns = cells.span("column", block.column, block.column_stop, plane.shape[1])
    return Block(*cells.largest(None, plane, rows, columns))


def difference_marginals(
    pyramids: Pyramids, left: Subject, right: Subject, matrix: str, reducer: Reducer
) -> MarginalsView:
    """How much each row and each column changed from `right` to `left`; the 20 that did most are named."""
    picture = compare.difference(left, right, matrix, reducer)
    measure = CHANGED_PARAMETERS if reducer is Reducer.DENSITY else CHANGE
    both = pyramids.kept([picture.identity, matrix, "marginals", measure], lambda: _profiles(picture.plane, measure))
    return marginals.of_profiles(left, matrix, reducer, both, measure)


def _profiles(plane: Plane, measure: str) -> np.ndarray:
    """Float64 [rows + columns]: what changed in each row, then in each column."""
    n_rows, n_columns = plane.shape
    by_row, by_column = np.zeros(n_rows), np.zeros(n_columns)
    for start, values in chunks(plane, slice(0, n_rows), slice(0, n_columns)):
        # A parameter that changed sides is ±1, so its square counts it.
        squared = values.astype(np.float64) ** 2
        by_row[start : start + len(squared)] = squared.sum(axis=1)
        by_column += squared.sum(axis=0)
    both = np.concatenate([by_row, by_column])
    return np.nan_to_num(both if measure == CHANGED_PARAMETERS else np.sqrt(both), posinf=0, neginf=0)
