"""Matrices of float32 that are read by windows, whatever they are stored as.

Every plane is 2-D; a vector of n numbers is 1 x n. Rows are the out side, columns the in side.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from backend.contracts.models import MatrixView
from backend.contracts.problems import KnownError
from backend.results.arrays import StoredTensor, decoded, mapped, tensors

CHUNK_CELLS = 2**20
"""Cells read at a time when a whole matrix is reduced: stays within the processor's cache."""


class Plane(Protocol):
    """A matrix of `shape` (rows, columns)."""

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""

    def read(self, rows: slice, columns: slice) -> np.ndarray:
        """Float32 [rows, columns] of a window within the shape."""


def plane_shape(shape: tuple[int, ...]) -> tuple[int, int]:
    """(rows, columns) of a canonical shape: (n,) becomes (1, n)."""
    return (1, shape[0]) if len(shape) == 1 else (shape[0], shape[1])


def chunks(plane: Plane, rows: slice, columns: slice, multiple: int = 1) -> Iterator[tuple[int, np.ndarray]]:
    """The window in pieces of `CHUNK_CELLS` or so, `multiple` rows or a multiple of it: (first row, values)."""
    for part in chunks_of(rows, columns, multiple):
        yield part.start, plane.read(part, columns)


def chunks_of(rows: slice, columns: slice, multiple: int = 1) -> Iterator[slice]:
    """The rows of those pieces."""
    step = max(multiple, CHUNK_CELLS // max(1, columns.stop - columns.start) // multiple * multiple)
    for start in range(rows.start, rows.stop, step):
        yield slice(start, min(start + step, rows.stop))


class LastRead:
    """A plane that keeps the window it read last: of several pictures of it only the first one reads."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane
        self._window: tuple[slice, slice] | None = None
        self._values = np.empty((0, 0), np.float32)

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self._plane.shape

    def read(self, rows: slice, columns: slice) -> np.ndarray:
        """Float32 [rows, columns]; not to be written to."""
        if self._window != (rows, columns):
            self._window, self._values = (rows, columns), self._plane.read(rows, columns)
        return self._values


class WeightPlane(NamedTuple):
    """The canonical matrix of a `MatrixView`, out of the model's own files."""

    view: MatrixView
    folder: Path

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return plane_shape(self.view.shape)

    def read(self, rows: slice, columns: slice) -> np.ndarray:
        """Float32 [rows, columns]; touches only what lies in the window."""
        stored = self._picked()
        if len(self.view.shape) == 1:
            return decoded(stored.reshape(1, -1)[rows, columns], self.view.dtype)
        if self.view.transposed:
            return decoded(_window(stored, columns, rows), self.view.dtype).T
        return decoded(_window(stored, rows, columns), self.view.dtype)

    def _picked(self) -> np.ndarray:
        found = tensors(self.folder / self.view.file)
        if self.view.tensor not in found:
            raise KnownError(
                "tensor_vanished",
                f"{self.view.file} no longer holds {self.view.tensor}",
                hint="Open the model again.",
                status=409,
            )
        stored = mapped(found[self.view.tensor])
        if self.view.fold is None:
            return stored
        return stored.reshape(self.view.fold)[(slice(None),) * self.view.axis + (self.view.pick,)]


def _window(stored: np.ndarray, rows: slice, columns: slice) -> np.ndarray:
    """Window of `stored` as if reshaped to (-1, last): only the leading entries that hold `rows` are copied."""
    per_entry = math.prod(stored.shape[1:-1])
    first, last = rows.start // per_entry, -(-rows.stop // per_entry)
    flat = stored[first:last].reshape(-1, stored.shape[-1])
    return flat[rows.start - first * per_entry : rows.stop - first * per_entry, columns]


class ScorePlane(NamedTuple):
    """Importance of one matrix, summed over the score files of several languages."""

    name: str
    paths: tuple[Path, ...]
    size: tuple[int, int]

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.size

    def read(self, rows: slice, columns: slice) -> np.ndarray:
        """Float32 [rows, columns]."""
        total = self._one(self.paths[0], rows, columns)
        for path in self.paths[1:]:
            total = total + self._one(path, rows, columns)
        return total

    def _one(self, path: Path, rows: slice, columns: slice) -> np.ndarray:
        stored = _tensor(path, self.name)
        return decoded(mapped(stored).reshape(self.size)[rows, columns], stored.dtype)


class MaskPlane(NamedTuple):
    """A region: 1 where the parameter is selected; stored as `numpy.packbits` of the row-major matrix."""

    name: str
    path: Path
    size: tuple[int, int]

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.size

    def read(self, rows: slice, columns: slice) -> np.ndarray:
        """Float32 [rows, columns] of 0 and 1."""
        n_columns = self.size[1]
        first, last = rows.start * n_columns, rows.stop * n_columns
        packed = mapped(_tensor(self.path, self.name)).reshape(-1)[first // 8 : -(-last // 8)]
        bits = np.unpackbits(packed)[first % 8 : first % 8 + last - first]
        return bits.reshape(-1, n_columns)[:, columns].astype(np.float32)


class StoredPlane(NamedTuple):
    """A float tensor of a result as it is: a similarity map."""

    name: str
    path: Path

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return plane_shape(_tensor(self.path, self.name).shape)

    def read(self, rows: slice, columns: slice) -> np.ndarray:
        """Float32 [rows, columns]."""
        stored = _tensor(self.path, self.name)
        return decoded(mapped(stored).reshape(self.shape)[rows, columns], stored.dtype)


def _tensor(path: Path, name: str) -> StoredTensor:
    found = tensors(path)
    if name not in found:
        raise KnownError(
            "matrix_not_stored",
            f"{path.name} of result {path.parent.name} holds nothing for {name}",
            hint="Delete the result and run the analysis again.",
            status=409,
        )
    return found[name]
