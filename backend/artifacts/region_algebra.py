"""Set algebra of stored regions, over packed bits: one matrix at a time, never unpacked.

Bits are those of `mask.safetensors`: `numpy.packbits` of the row-major canonical matrix. The API uses it for
previews, the workers for combined regions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from backend.contracts.problems import KnownError
from backend.contracts.regions import (
    Complement,
    Difference,
    Expression,
    ImportRegionRequest,
    Intersection,
    RegionRequest,
    Union_,
    leaf_holds,
    leaves,
)

PackedBits = NDArray[np.uint8]
Leaf = RegionRequest | ImportRegionRequest


def evaluate(expression: Expression, bits_of: Callable[[Leaf], PackedBits], *, n_cells: int, kind: str) -> PackedBits:
    """Bits of an expression within one matrix of `n_cells` and a `kind`; `bits_of` gives those of a leaf.

    A complement holds nothing of a matrix whose kind none of its regions may hold.
    """
    match expression:
        case Union_() | Intersection() | Difference():
            first, *others = (evaluate(part, bits_of, n_cells=n_cells, kind=kind) for part in expression.of)
            if isinstance(expression, Difference):
                return first & ~reduce(np.bitwise_or, others)
            return reduce(np.bitwise_or if isinstance(expression, Union_) else np.bitwise_and, others, first)
        case Complement():
            if not any(leaf_holds(leaf, kind) for leaf in leaves(expression.of)):
                return np.zeros(-(-n_cells // 8), np.uint8)
            return _inverted(evaluate(expression.of, bits_of, n_cells=n_cells, kind=kind), n_cells)
        case _:
            return bits_of(expression.region)


def kind_of(matrix: str) -> str:
    """Matrix kind of a matrix by its name: `attn.q` of `3.attn.q`, `head` of `head`."""
    return matrix.partition(".")[2] if matrix[0].isdigit() else matrix


def held_by(expression: Expression, matrix: str) -> bool:
    """Whether any region of an expression may hold parameters of a matrix."""
    return any(leaf_holds(leaf, kind_of(matrix)) for leaf in leaves(expression))


def n_selected(bits: PackedBits) -> int:
    """How many parameters are in."""
    whole = bits[: bits.size // 8 * 8]
    rest = bits[whole.size :]
    in_words = np.bitwise_count(np.ascontiguousarray(whole).view(np.uint64)).sum(dtype=np.int64)
    return int(in_words) + int(np.bitwise_count(rest).sum(dtype=np.int64))


def require_same_cover(covers: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """What all leaves cover, cells by matrix name; `covers` holds that of each by its label.

    A complement is relative to what is covered, so regions of different scores cannot be combined.
    """
    (first, covered), *others = covers.items()
    for label, other in others:
        if dict(other) != dict(covered):
            raise KnownError("different_cover", _difference(first, covered, label, other), hint=_COVER_HINT)
    return dict(covered)


_COVER_HINT = "Give all regions of an expression the same `outside_layers`, and import into the same model."


def _difference(first: str, covered: Mapping[str, int], label: str, other: Mapping[str, int]) -> str:
    only = sorted(set(covered) ^ set(other))
    if only:
        having, lacking = (first, label) if only[0] in covered else (label, first)
        return (
            f"regions that cover different matrices cannot be combined: {having!r} reaches {only[0]}"
            f"{f' and {len(only) - 1} more' if len(only) > 1 else ''}, {lacking!r} does not"
        )
    name = next(name for name in covered if covered[name] != other[name])
    return f"{name} has {covered[name]} parameters in {first!r} and {other[name]} in {label!r}: not the same model"


def _inverted(bits: PackedBits, n_cells: int) -> PackedBits:
    inverted = ~bits
    if n_cells % 8:
        inverted[-1] &= np.uint8(0xFF << (8 - n_cells % 8) & 0xFF)
    return inverted
