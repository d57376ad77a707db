"""Big matrix to screen: a window snapped to blocks of a power of two, reduced, quantised if wished.

Colours do not jump while panning: the scale belongs to the matrix, the reducer and the block size. The
reducers that take a maximum have one scale at every zoom; densities and means one for each block size.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from backend.contracts.problems import KnownError
from backend.contracts.results import TileHeader
from backend.contracts.vocabulary import Reducer
from backend.results.pooling import COMBINE, Combine
from backend.results.pyramids import Blocks, Picture, Pyramids, base_block

SIGNED = frozenset({Reducer.SIGNED_MAX_WEIGHT, Reducer.MEAN_WEIGHT, Reducer.SIGNED_DIFFERENCE, Reducer.MEAN_DIFFERENCE})

QUIETEST = 1e-8
"""The first step of a log scale, as a share of the last: importances span fewer decades than that."""


class Window(NamedTuple):
    """What the page wants to see; a stop of None is the end of the matrix."""

    row_start: int = 0
    row_stop: int | None = None
    column_start: int = 0
    column_stop: int | None = None
    max_rows: int = 512
    max_columns: int = 512
    format: Literal["u8", "l8", "f32"] = "u8"


class Tile(NamedTuple):
    """Bytes of `height` x `width` numbers, row-major, and what they are."""

    content: bytes
    header: TileHeader


def tile(pyramids: Pyramids, picture: Picture, window: Window) -> Tile:
    """The window as a picture of at most `max_rows` x `max_columns` pixels."""
    return together(pyramids, [picture], window)[0]


def together(pyramids: Pyramids, pictures: Sequence[Picture], window: Window) -> list[Tile]:
    """The same window of several pictures of one shape."""
    n_rows, n_columns = pictures[0].plane.shape
    rows, f_rows = snapped("row", window.row_start, window.row_stop, n_rows, window.max_rows)
    columns, f_columns = snapped("column", window.column_start, window.column_stop, n_columns, window.max_columns)
    blocks = Blocks(rows, f_rows, columns, f_columns)
    found = pyramids.together(pictures, blocks)
    return [_tile(pyramids, one, blocks, values, window) for one, values in zip(pictures, found, strict=True)]


def _tile(pyramids: Pyramids, picture: Picture, blocks: Blocks, values: np.ndarray, window: Window) -> Tile:
    n_rows, n_columns = picture.plane.shape
    low, high = scale(pyramids, picture, blocks.f_rows, blocks.f_columns)
    if window.format == "l8":
        low = high * QUIETEST
    header = TileHeader(
        height=values.shape[0],
        width=values.shape[1],
        row_start=blocks.rows.start,
        column_start=blocks.columns.start,
        row_block=blocks.f_rows,
        column_block=blocks.f_columns,
        n_rows=n_rows,
        n_columns=n_columns,
        low=low,
        high=high,
        format=window.format,
        exact=blocks.f_rows == blocks.f_columns == 1,
        reducer=picture.reducer.value,
    )
    return Tile(_bytes(values, header), header)


def snapped(axis: str, start: int, stop: int | None, size: int, max_pixels: int) -> tuple[slice, int]:
    """Window widened to whole blocks, and the smallest block (a power of two) that gives `max_pixels` or fewer."""
    end = size if stop is None else stop
    if not 0 <= start < end <= size:
        raise KnownError(
            "window_out_of_range",
            f"{axis}s {start} to {end} are not in this matrix; it has {axis}s 0 to {size} (exclusive)",
            hint=f"Choose {axis}_start from 0 to {size - 1} and {axis}_stop above it, at most {size}.",
            field=f"{axis}_start" if not 0 <= start < size else f"{axis}_stop",
        )
    block = 1
    while -(-end // block) - start // block > max_pixels:
        block *= 2
    return slice(start // block * block, min(size, -(-end // block) * block)), block


def scale(pyramids: Pyramids, picture: Picture, f_rows: int, f_columns: int) -> tuple[float, float]:
    """(low, high) of the colours: from 0, or around 0 for signed reducers; a cosine always 0 to 1."""
    if picture.reducer is Reducer.SIMILARITY:
        return 0.0, 1.0
    base_rows, base_columns = base_block(picture.plane.shape)
    finer = f_rows < base_rows or f_columns < base_columns
    if picture.reducer is Reducer.DENSITY and finer:
        return 0.0, 1.0
    if COMBINE[picture.reducer] is not Combine.SUM:
        f_rows = f_columns = 1  # a maximum is the same at every level: take the finest one kept
    high = _largest(pyramids, picture, max(f_rows, base_rows), max(f_columns, base_columns)) or 1.0
    return (-high if picture.reducer in SIGNED else 0.0), high


def _largest(pyramids: Pyramids, picture: Picture, f_rows: int, f_columns: int) -> float:
    n_rows, n_columns = picture.plane.shape
    blocks = Blocks(slice(0, n_rows), f_rows, slice(0, n_columns), f_columns)

    def largest() -> np.ndarray:
        values = np.abs(pyramids.values(picture, blocks))
        return np.array(values.max(initial=0, where=np.isfinite(values)), np.float64)

    name = ("largest", picture.identity, picture.matrix, picture.reducer, f_rows, f_columns)
    return float(pyramids.cache.get(name, largest))


def _bytes(values: np.ndarray, header: TileHeader) -> bytes:
    if header.format == "f32":
        return values.astype("<f4", copy=False).tobytes()
    if header.format == "l8":
        return _logarithmic(values, header.low, header.high)
    steps = np.nan_to_num((values - header.low) * np.float32(255 / (header.high - header.low)), nan=0)
    return np.rint(np.clip(steps, 0, 255)).astype(np.uint8).tobytes()


def _logarithmic(values: np.ndarray, low: float, high: float) -> bytes:
    """A byte each: 1 to 255 evenly on the log scale from `low` to `high`, 0 for what is below or no number."""
    shown = np.nan_to_num(values, nan=0) >= low
    steps = 1 + np.log(values / np.float32(low), where=shown, out=np.zeros_like(values)) * (254 / np.log(high / low))
    return np.where(shown, np.rint(np.clip(steps, 1, 255)), 0).astype(np.uint8).tobytes()
