"""Profiles along the sides of a matrix: how much each row and each column holds.

density: number of selected parameters; importance: sum; weights: L2 norm; similarity: mean.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from backend.contracts.results import DimensionMark, MarginalsView, SideProfile
from backend.contracts.vocabulary import Reducer
from backend.results.labels import axis_label
from backend.results.planes import Plane, chunks
from backend.results.pyramids import Pyramids, power_of_two
from backend.results.subjects import Subject

N_TOP = 20
MAX_VALUES = 1024

_MEASURES = {
    Reducer.DENSITY: "selected parameters",
    Reducer.MAX_IMPORTANCE: "summed importance",
    Reducer.SIMILARITY: "mean similarity",
}
WEIGHT_MEASURE = "L2 norm of the weights"


def marginals(pyramids: Pyramids, subject: Subject, matrix: str, reducer: Reducer) -> MarginalsView:
    """One profile for each side of the matrix; a vector has one."""
    picture = subject.picture(matrix, reducer)
    measure = _MEASURES.get(reducer, WEIGHT_MEASURE)
    name = [picture.identity, picture.matrix, "marginals", measure]
    both = pyramids.kept(name, lambda: _profiles(picture.plane, measure))
    return of_profiles(subject, matrix, reducer, both, measure)


def of_profiles(subject: Subject, matrix: str, reducer: Reducer, both: np.ndarray, measure: str) -> MarginalsView:
    """The view of what each row and then each column holds; a vector is 1 x n."""
    view = subject.view(matrix)
    is_vector = view is not None and len(view.shape) == 1
    n_rows = subject.picture(matrix, reducer).plane.shape[0]
    by_axis = [both[n_rows:]] if is_vector else [both[:n_rows], both[n_rows:]]
    return MarginalsView(
        matrix=matrix,
        reducer=reducer.value,
        profiles=tuple(_profile(subject, matrix, axis, values, measure) for axis, values in enumerate(by_axis)),
    )


def _profiles(plane: Plane, measure: str) -> np.ndarray:
    """Float64 [rows + columns]: what each row holds, then what each column holds. One pass."""
    n_rows, n_columns = plane.shape
    by_row, by_column = np.zeros(n_rows), np.zeros(n_columns)
    for start, values in chunks(plane, slice(0, n_rows), slice(0, n_columns)):
        held = values * values if measure == WEIGHT_MEASURE else values
        by_row[start : start + len(held)] = held.sum(axis=1, dtype=np.float64)
        by_column += held.sum(axis=0, dtype=np.float64)
    if measure == WEIGHT_MEASURE:
        by_row, by_column = np.sqrt(by_row), np.sqrt(by_column)
    elif measure == _MEASURES[Reducer.SIMILARITY]:
        by_row, by_column = by_row / n_columns, by_column / n_rows
    return np.nan_to_num(np.concatenate([by_row, by_column]), posinf=0, neginf=0)


def _profile(subject: Subject, matrix: str, axis: int, values: np.ndarray, measure: str) -> SideProfile:
    block = power_of_two(len(values) / MAX_VALUES)
    label, side = _names(subject, matrix, axis)
    highest = np.argsort(-values, kind="stable")[:N_TOP]
    return SideProfile(
        axis=axis,
        side=side,
        size=len(values),
        block=block,
        measure=measure,
        values=tuple(np.maximum.reduceat(values, np.arange(0, len(values), block)).tolist()),
        top=tuple(DimensionMark(index=int(index), label=label(int(index)), value=values[index]) for index in highest),
    )


def _names(subject: Subject, matrix: str, axis: int) -> tuple[Callable[[int], str], str | None]:
    view = subject.view(matrix)
    if view is None:
        assert subject.sentences is not None
        return subject.sentences.label, "sentence"
    side = view.sides[axis]
    return lambda index: axis_label(view, axis, index), side.value if side else None
