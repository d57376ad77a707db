"""Sets of parameters as packed bits: eight to a byte, row-major, in `numpy.packbits` order.

Bits beyond the last cell of a matrix are 0. Knows neither scores nor models.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

PackedBits = NDArray[np.uint8]


def n_bytes(n_cells: int) -> int:
    """Length of the packed bits of so many cells."""
    return -(-n_cells // 8)


def packed(mask: Tensor) -> PackedBits:
    """Bits of a bool matrix."""
    return np.packbits(mask.detach().cpu().numpy().ravel())


def unpacked(bits: PackedBits, shape: Sequence[int]) -> Tensor:
    """The bool matrix of packed bits."""
    cells = np.unpackbits(bits, count=math.prod(shape))
    return torch.from_numpy(cells).view(torch.bool).view(tuple(shape))


def count(bits: PackedBits) -> int:
    """How many bits are set."""
    return int(np.bitwise_count(as_words(bits)).sum(dtype=np.int64))


def as_words(bits: PackedBits) -> NDArray[np.uint64]:
    """The same bits 64 at a time, which counts faster; zeros are added at the end where they do not fill the last."""
    return (np.pad(bits, (0, -bits.size % 8)) if bits.size % 8 else np.ascontiguousarray(bits)).view(np.uint64)


def inverted(bits: PackedBits, n_cells: int) -> PackedBits:
    """The other cells."""
    return without_tail(~bits, n_cells)


def without_tail(bits: PackedBits, n_cells: int) -> PackedBits:
    """The same bits, written to in place: those beyond the last cell become 0."""
    if n_cells % 8:
        bits[-1] &= np.uint8(0xFF << (8 - n_cells % 8) & 0xFF)
    return bits


def first(bits: PackedBits, n: int) -> PackedBits:
    """Only the first `n` of the set bits."""
    ends = np.cumsum(np.bitwise_count(bits), dtype=np.int64)
    kept = bits.copy()
    place = int(np.searchsorted(ends, n))  # the byte in which the n-th set bit lies
    if place < bits.size:
        kept[place + 1 :] = 0
        cells = np.flatnonzero(np.unpackbits(bits[place : place + 1]))
        taken = cells[: n - int(ends[place - 1] if place else 0)]
        kept[place] = np.bitwise_or.reduce(_BITS[taken]) if taken.size else 0
    return kept


def add_cells(bits: PackedBits, cells: NDArray[np.int64]) -> None:
    """Set the bits of some cells, in place; any order, and the same one several times."""
    if cells.size * FEW > bits.size:
        mask = np.unpackbits(bits)
        mask[cells] = 1
        bits[:] = np.packbits(mask)
        return
    places, flags = cells >> 3, _BITS[cells & 7]
    while places.size:
        # Of several bits in one byte the last one written stays: those that are not there yet go again. Passes of
        # plain indexing take a tenth of the time of `np.bitwise_or.at`.
        bits[places] |= flags
        missing = (bits[places] & flags) == 0
        places, flags = places[missing], flags[missing]


FEW = 8
"""Cells are few where a byte in so many gets one: more are set faster with a byte for each."""


_BITS = np.array([0x80 >> place for place in range(8)], dtype=np.uint8)
