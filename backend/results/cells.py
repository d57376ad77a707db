"""One exact cell with all that is known about it, or the largest cell of a block."""

from __future__ import annotations

import numpy as np

from backend.contracts.models import MatrixView
from backend.contracts.problems import KnownError
from backend.contracts.results import CellView
from backend.contracts.vocabulary import Reducer
from backend.results.labels import axis_label
from backend.results.planes import Plane
from backend.results.subjects import Subject

MAX_BLOCK_CELLS = 2**24


def cell(
    subject: Subject,
    matrix: str,
    row: int,
    column: int,
    *,
    row_stop: int | None = None,
    column_stop: int | None = None,
    reducer: Reducer | None = None,
) -> CellView:
    """The cell at (row, column); with stops, the cell of largest magnitude in the block that starts there.

    A vector may be asked for as it is shown (row 0, column i) or by its index (row i, column 0).
    """
    picture = subject.picture(matrix, reducer or subject.reducers[0])
    view = subject.view(matrix)
    if view is not None and len(view.shape) == 1 and column == 0 and row > 0:
        row, column, row_stop, column_stop = 0, row, None, row_stop
    rows = span("row", row, row_stop, picture.plane.shape[0])
    columns = span("column", column, column_stop, picture.plane.shape[1])
    at = largest(_ranked_by(subject, matrix, picture.plane, picture.reducer), picture.plane, rows, columns)
    return _described(subject, matrix, view, *at)


def span(axis: str, start: int, stop: int | None, size: int) -> slice:
    """One index, or start to stop, or the problem of what is not in the matrix."""
    end = start + 1 if stop is None else stop
    if not 0 <= start < end <= size:
        raise KnownError(
            "cell_out_of_range",
            f"{axis} {start}{'' if stop is None else f' to {stop}'} is not in this matrix; "
            f"it has {axis}s 0 to {size - 1}",
            hint=f"Choose a {axis} from 0 to {size - 1}; a {axis}_stop is at most {size}.",
            field=axis if not 0 <= start < size else f"{axis}_stop",
        )
    return slice(start, end)


def _ranked_by(subject: Subject, matrix: str, plane: Plane, reducer: Reducer) -> Plane | None:
    """Among the selected cells of a region, the most important one is the largest, where scores are known."""
    scored = reducer is Reducer.DENSITY and subject.scores and all(path.is_file() for path in subject.scores)
    return subject.picture(matrix, Reducer.MAX_IMPORTANCE).plane if scored else None


def largest(ranked_by: Plane | None, plane: Plane, rows: slice, columns: slice) -> tuple[int, int]:
    """(row, column) of the largest magnitude in a window; `ranked_by` weighs the cells."""
    n_cells = (rows.stop - rows.start) * (columns.stop - columns.start)
    if n_cells > MAX_BLOCK_CELLS:
        raise KnownError(
            "block_too_large",
            f"a block of {n_cells} cells is asked for; at most {MAX_BLOCK_CELLS} are searched",
            hint="Zoom in first.",
            field="row_stop",
        )
    if n_cells == 1:
        return rows.start, columns.start
    size = np.abs(plane.read(rows, columns))
    if ranked_by is not None:
        size = size * (1 + ranked_by.read(rows, columns))
    row, column = np.unravel_index(int(np.argmax(np.nan_to_num(size))), size.shape)
    return rows.start + int(row), columns.start + int(column)


def _described(subject: Subject, matrix: str, view: MatrixView | None, row: int, column: int) -> CellView:
    if view is None:
        assert subject.sentences is not None
        return CellView(
            matrix=matrix,
            kind=None,
            layer=None if matrix == "whole" else int(matrix.removeprefix("layer.")),
            row=row,
            column=column,
            row_label=subject.sentences.label(row),
            column_label=subject.sentences.label(column),
            similarity=_value(subject, matrix, Reducer.SIMILARITY, row, column),
        )
    selected = _value(subject, matrix, Reducer.DENSITY, row, column)
    vector = len(view.shape) == 1
    return CellView(
        matrix=matrix,
        kind=view.kind,
        layer=view.layer,
        row=column if vector else row,
        column=0 if vector else column,
        row_label=axis_label(view, 0, column if vector else row),
        column_label="" if vector else axis_label(view, 1, column),
        weight=_value(subject, matrix, Reducer.SIGNED_MAX_WEIGHT, row, column),
        importance=_value(subject, matrix, Reducer.MAX_IMPORTANCE, row, column),
        in_region=None if selected is None else bool(selected),
    )


def _value(subject: Subject, matrix: str, reducer: Reducer, row: int, column: int) -> float | None:
    """The number at a cell; None where it is not known or not finite."""
    if reducer not in subject.reducers or matrix not in subject.names(reducer):
        return None
    try:
        plane = subject.picture(matrix, reducer).plane
        value = float(plane.read(slice(row, row + 1), slice(column, column + 1))[0, 0])
    except KnownError:  # the model or a score result is gone: the rest is still worth telling
        return None
    return value if np.isfinite(value) else None
