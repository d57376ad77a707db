"""Reduced pictures of whole matrices, made once and kept on disk, so that a zoom never reads it all.

A matrix has one overview: blocks of a power of two on each side, at most `SIDE` blocks long. Coarser
pictures are reduced from it, finer ones from the window's own cells. Overviews may be deleted any time.
"""

from __future__ import annotations

import contextlib
import math
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from backend.contracts.base import digest
from backend.contracts.vocabulary import Reducer
from backend.results.cache import ArrayCache
from backend.results.planes import Plane, chunks, chunks_of
from backend.results.pooling import COMBINE, Combine, block_sizes, finish, pool

SIDE = 1024
DIRECT_CELLS = 2**20
"""Matrices up to this size are read as they are."""
VERSION = 1
"""Part of every stored picture's name: raised when what a picture means changes."""


class Picture(NamedTuple):
    """One matrix seen through one reducer. `identity` names its numbers, wherever they lie."""

    identity: str
    matrix: str
    plane: Plane
    reducer: Reducer


class Blocks(NamedTuple):
    """A window in blocks: rows [start, stop) in blocks of `f_rows`, columns alike. Starts lie on blocks."""

    rows: slice
    f_rows: int
    columns: slice
    f_columns: int


class Pyramids:
    """Overviews and other small arrays below `folder`, the recent ones in memory too."""

    def __init__(self, folder: Path, cache: ArrayCache) -> None:
        self.folder = folder
        self.cache = cache

    def values(self, picture: Picture, blocks: Blocks) -> np.ndarray:
        """Float32 [n row blocks, n column blocks]: what each pixel shows."""
        return self.together([picture], blocks)[0]

    def together(self, pictures: Sequence[Picture], blocks: Blocks) -> list[np.ndarray]:
        """The values of several pictures of one shape, read side by side."""
        rows, f_rows, columns, f_columns = blocks
        base = base_block(pictures[0].plane.shape)
        if base != (1, 1) and f_rows >= base[0] and f_columns >= base[1]:
            combined = [self._reduced(picture, blocks) for picture in pictures]
        else:
            combined = pooled_together(pictures, blocks)
        counts = np.outer(
            block_sizes(rows.start, rows.stop, f_rows), block_sizes(columns.start, columns.stop, f_columns)
        )
        return [finish(one, picture.reducer, counts) for one, picture in zip(combined, pictures, strict=True)]

    def _reduced(self, picture: Picture, blocks: Blocks) -> np.ndarray:
        """A window that is no finer than the overview."""
        base_rows, base_columns = base_block(picture.plane.shape)
        window = self.overview(picture)[_scaled(blocks.rows, base_rows), _scaled(blocks.columns, base_columns)]
        factors = blocks.f_rows // base_rows, blocks.f_columns // base_columns
        return pool(window, *factors, COMBINE[picture.reducer])

    def overview(self, picture: Picture) -> np.ndarray:
        """Combined values of the whole matrix in blocks of `base_block`."""
        combine = COMBINE[picture.reducer]
        n_rows, n_columns = picture.plane.shape
        f_rows, f_columns = base_block(picture.plane.shape)
        blocks = Blocks(slice(0, n_rows), f_rows, slice(0, n_columns), f_columns)
        return self.kept(
            [picture.identity, picture.matrix, combine.value], lambda: pooled(picture.plane, blocks, combine)
        )

    def kept(self, name: list[str], make: Callable[[], np.ndarray]) -> np.ndarray:
        """An array by what it is: from memory, from disk, or made and kept in both."""
        key = digest([*name, VERSION])
        return self.cache.get(key, lambda: self._stored(key, make))

    def _stored(self, key: str, make: Callable[[], np.ndarray]) -> np.ndarray:
        path = self.folder / f"{key}.npy"
        # A picture cut off by a crash or deleted meanwhile is made again.
        with contextlib.suppress(OSError, ValueError, EOFError):
            found: np.ndarray = np.load(path, allow_pickle=False)
            return found
        made = make()
        # A full disk costs speed, not the picture.
        with contextlib.suppress(OSError):
            _write(path, made)
        return made


def base_block(shape: tuple[int, int]) -> tuple[int, int]:
    """Block of the overview: (1, 1) for what is small enough to read as it is."""
    if shape[0] * shape[1] <= DIRECT_CELLS:
        return 1, 1
    return power_of_two(shape[0] / SIDE), power_of_two(shape[1] / SIDE)


def power_of_two(least: float) -> int:
    """The smallest power of two, 1 included, that is not below `least`."""
    return 1 << max(0, math.ceil(math.log2(max(least, 1))))


def pooled(plane: Plane, blocks: Blocks, combine: Combine) -> np.ndarray:
    """Combined blocks of a window straight from its cells, a chunk of rows at a time."""
    parts = [
        pool(values, blocks.f_rows, blocks.f_columns, combine)
        for _, values in chunks(plane, blocks.rows, blocks.columns, blocks.f_rows)
    ]
    return np.ascontiguousarray(np.concatenate(parts), dtype=np.float32)


def pooled_together(pictures: Sequence[Picture], blocks: Blocks) -> list[np.ndarray]:
    """The same of several pictures of one shape, chunk by chunk: those that share a plane find it just read."""
    windows = chunks_of(blocks.rows, blocks.columns, blocks.f_rows)
    parts = [[_pooled_chunk(picture, rows, blocks) for picture in pictures] for rows in windows]
    return [np.ascontiguousarray(np.concatenate(of_one), dtype=np.float32) for of_one in zip(*parts, strict=True)]


def _pooled_chunk(picture: Picture, rows: slice, blocks: Blocks) -> np.ndarray:
    values = picture.plane.read(rows, blocks.columns)
    return pool(values, blocks.f_rows, blocks.f_columns, COMBINE[picture.reducer])


def _scaled(window: slice, block: int) -> slice:
    return slice(window.start // block, -(-window.stop // block))


def _write(path: Path, array: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=".writing-", suffix=".npy", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            np.save(file, array, allow_pickle=False)
        os.replace(temporary, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
