"""Two subjects as one picture: left minus right, cell by cell; and one range of colours for several subjects.

The difference is taken before anything is reduced, so that a small change below a pixel is not lost in its maximum.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from backend.contracts.comparison import SharedScale
from backend.contracts.problems import KnownError
from backend.contracts.vocabulary import Reducer
from backend.results.planes import Plane
from backend.results.pooling import COMBINE, Combine
from backend.results.pyramids import Blocks, Picture, Pyramids, base_block
from backend.results.subjects import Subject
from backend.results.tiles import SIGNED

LOUDEST = 0.999
"""Share of the pixels that lie within the colours: a few outliers must not hide the rest."""
QUIETEST = 0.001
QUIETEST_LOGARITHMIC = 0.02


class DifferencePlane(NamedTuple):
    """`left` minus `right`, two planes of one shape."""

    left: Plane
    right: Plane

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.left.shape

    def read(self, rows: slice, columns: slice) -> np.ndarray:
        """Float32 [rows, columns]."""
        return self.left.read(rows, columns) - self.right.read(rows, columns)


def difference(left: Subject, right: Subject, matrix: str, reducer: Reducer) -> Picture:
    """What `reducer` looks at, of `left` minus `right`: weights, importances or regions of two models or results.

    Reducers that take a maximum give the largest change with its sign, the others the mean change.
    """
    return minus(left.picture(matrix, reducer), right.picture(matrix, reducer))


def minus(a: Picture, b: Picture) -> Picture:
    """The difference of two pictures of one matrix through one reducer."""
    matrix, reducer = a.matrix, a.reducer
    if reducer is Reducer.SIMILARITY:
        raise KnownError(
            "not_comparable",
            "similarity maps are not subtracted: their sentences differ in what they are",
            hint="Compare weights, importances or regions.",
            field="left",
        )
    if a.plane.shape != b.plane.shape:
        raise KnownError(
            "shapes_differ",
            f"{matrix} is {_size(a.plane)} in one and {_size(b.plane)} in the other; a difference needs one shape",
            hint="Compare models of one shape, or look at them side by side.",
            status=409,
            field="matrix",
        )
    signed = Reducer.MEAN_DIFFERENCE if COMBINE[reducer] is Combine.SUM else Reducer.SIGNED_DIFFERENCE
    identity = f"{a.identity} - {b.identity}, {'weights' if reducer in _WEIGHTS else reducer.value}"
    return Picture(identity, matrix, DifferencePlane(a.plane, b.plane), signed)


_WEIGHTS = (Reducer.MAX_ABS_WEIGHT, Reducer.SIGNED_MAX_WEIGHT, Reducer.MEAN_WEIGHT)


def shared_scale(pyramids: Pyramids, pictures: Sequence[Picture], f_rows: int, f_columns: int) -> SharedScale:
    """One range for all pictures at one block size, wide enough for `LOUDEST` of each; around 0 for signed ones."""
    found = [_range(pyramids, picture, f_rows, f_columns) for picture in pictures]
    return SharedScale(low=min(low for low, _ in found), high=max(high for _, high in found), n_subjects=len(pictures))


def _range(pyramids: Pyramids, picture: Picture, f_rows: int, f_columns: int) -> tuple[float, float]:
    base_rows, base_columns = base_block(picture.plane.shape)
    if picture.reducer is Reducer.DENSITY and (f_rows < base_rows or f_columns < base_columns):
        return 0.0, 1.0
    # Finer than what is kept would mean reading it all: the finest kept picture stands for it, as in `tiles.scale`.
    f_rows, f_columns = max(f_rows, base_rows), max(f_columns, base_columns)
    name = ("range", picture.identity, picture.matrix, picture.reducer, f_rows, f_columns)

    def quantiles() -> np.ndarray:
        n_rows, n_columns = picture.plane.shape
        values = pyramids.values(picture, Blocks(slice(0, n_rows), f_rows, slice(0, n_columns), f_columns))
        return np.array(_quantiles(values[np.isfinite(values)], picture.reducer), np.float64)

    low, high = pyramids.cache.get(name, quantiles).tolist()
    return low, high


def _quantiles(values: np.ndarray, reducer: Reducer) -> tuple[float, float]:
    if reducer in SIGNED:
        high = _top(np.abs(values))
        return -high, high
    if reducer is Reducer.MAX_IMPORTANCE:  # shown on a log scale
        positive = values[values > 0]
        high = _top(positive)
        return float(np.quantile(positive, QUIETEST_LOGARITHMIC)) if len(positive) else high * 1e-6, high
    high = _top(values)
    if reducer is Reducer.DENSITY or not len(values):
        return 0.0, high
    return min(float(np.quantile(values, QUIETEST)), high * LOUDEST), high


def _top(values: np.ndarray) -> float:
    if not len(values):
        return 1.0
    return float(np.quantile(values, LOUDEST, method="lower")) or float(values.max()) or 1.0


def _size(plane: Plane) -> str:
    return " x ".join(map(str, plane.shape))
