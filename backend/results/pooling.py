"""Blocks of numbers become one number each: the arithmetic of reducers. numpy only, knows no files.

Shapes: values [R, C] and blocks of f_rows x f_columns give [ceil(R / f_rows), ceil(C / f_columns)];
a partial block at the end counts what it has.
"""

from __future__ import annotations

from enum import Enum

import numpy as np

from backend.contracts.vocabulary import Reducer

STRIDED_BELOW = 64


class Combine(Enum):
    """How two blocks become one; associative, so that it can be done in levels."""

    SUM = "sum"
    MAX = "max"
    EXTREME = "extreme"
    """The value of largest magnitude, with its sign; of +x and -x the positive one."""


COMBINE: dict[Reducer, Combine] = {
    Reducer.DENSITY: Combine.SUM,
    Reducer.SIMILARITY: Combine.SUM,
    Reducer.MEAN_WEIGHT: Combine.SUM,
    Reducer.MAX_IMPORTANCE: Combine.MAX,
    Reducer.MAX_ABS_WEIGHT: Combine.EXTREME,
    Reducer.SIGNED_MAX_WEIGHT: Combine.EXTREME,
    Reducer.SIGNED_DIFFERENCE: Combine.EXTREME,
    Reducer.MEAN_DIFFERENCE: Combine.SUM,
}


def pool(values: np.ndarray, f_rows: int, f_columns: int, combine: Combine) -> np.ndarray:
    """Combined blocks. NaN spreads to its block: a broken weight is shown, not hidden."""
    if combine is Combine.SUM:
        return _pool(values, f_rows, f_columns, np.add)
    highest = _pool(values, f_rows, f_columns, np.maximum)
    if combine is Combine.MAX:
        return highest
    lowest = _pool(values, f_rows, f_columns, np.minimum)
    return np.where(highest >= -lowest, highest, lowest)


def finish(combined: np.ndarray, reducer: Reducer, counts: np.ndarray) -> np.ndarray:
    """What a pixel shows, from combined blocks and the number of cells in each."""
    if COMBINE[reducer] is Combine.SUM:
        return combined / counts
    return np.abs(combined) if reducer is Reducer.MAX_ABS_WEIGHT else combined


def block_sizes(start: int, stop: int, block: int) -> np.ndarray:
    """Float32 sizes of the blocks of [start, stop); only the last can be smaller."""
    sizes = np.full(-(-(stop - start) // block), block, np.float32)
    sizes[-1] = (stop - start) - (len(sizes) - 1) * block
    return sizes


def _pool(values: np.ndarray, f_rows: int, f_columns: int, ufunc: np.ufunc) -> np.ndarray:
    rows = values if f_rows == 1 else _pool_rows(values, f_rows, ufunc)
    return rows if f_columns == 1 else _pool_columns(rows, f_columns, ufunc)


def _pool_rows(values: np.ndarray, block: int, ufunc: np.ufunc) -> np.ndarray:
    n_rows, n_columns = values.shape
    whole = n_rows // block
    out = np.empty((-(-n_rows // block), n_columns), values.dtype)
    for index in range(whole):  # block by block: the rows of one stay in cache
        ufunc.reduce(values[index * block : (index + 1) * block], axis=0, out=out[index])
    if whole < len(out):
        ufunc.reduce(values[whole * block :], axis=0, out=out[whole])
    return out


def _pool_columns(values: np.ndarray, block: int, ufunc: np.ufunc) -> np.ndarray:
    if block >= STRIDED_BELOW:
        return ufunc.reduceat(values, np.arange(0, values.shape[1], block), axis=1)
    out = values[:, ::block].copy()
    for offset in range(1, min(block, values.shape[1])):  # strided passes beat a reduction over a short axis
        part = values[:, offset::block]
        head = out[:, : part.shape[1]]
        ufunc(head, part, out=head)
    return out
