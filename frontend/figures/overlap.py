"""Overlap of regions as tables of shaded cells: regions by regions, and layers by matrix kinds.

Jaccard = shared / (left + right - shared). Shades run from 0 to the largest value off the diagonal, so that small
overlaps can be told apart; what chance alone would give is in every hover.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from backend.contracts.results import MatrixOverlap, Overlap, OverlapByMatrix
from backend.contracts.vocabulary import MatrixKind
from frontend.figures.numbers import counted, factor, percent, significant


class HeatCell(NamedTuple):
    """One cell: its number as text, its shade from 0 to 1 (None: no number), its hover, one fact a line."""

    text: str
    shade: float | None
    hover: str
    keys: tuple[str, str] | None = None
    """The two regions a click is about."""


class HeatTable(NamedTuple):
    """Rows of cells with their names; `columns` may be short, `titles` say them in full."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    titles: tuple[str, ...]
    cells: tuple[tuple[HeatCell, ...], ...]
    largest: float
    """What the darkest shade stands for."""


def overlap_matrix(overlap: Overlap) -> HeatTable:
    """Every region against every other; the diagonal holds sizes."""
    n = len(overlap.keys)
    off = [overlap.jaccard[i][j] or 0.0 for i in range(n) for j in range(n) if i != j]
    largest = max(off, default=0.0)
    cells = tuple(tuple(_pair(overlap, i, j, largest) for j in range(n)) for i in range(n))
    return HeatTable(overlap.labels, tuple(str(i + 1) for i in range(n)), overlap.labels, cells, largest)


def overlap_by_matrix(view: OverlapByMatrix, names: tuple[str, str]) -> HeatTable:
    """Layers by kinds; what lies outside the layers is the last row."""
    kinds = [kind for kind in MatrixKind if any(one.kind is kind for one in view.matrices)]
    layers = sorted({one.layer for one in view.matrices if one.layer is not None})
    outside: list[int | None] = [None] if any(one.layer is None for one in view.matrices) else []
    placed = {(one.layer, one.kind): one for one in view.matrices}
    largest = max((one.jaccard or 0.0 for one in view.matrices), default=0.0)
    rows = [*layers, *outside]
    cells = tuple(tuple(_matrix(placed.get((layer, kind)), names, largest) for kind in kinds) for layer in rows)
    labels = tuple(kind.value for kind in kinds)
    return HeatTable(tuple("outside" if row is None else str(row) for row in rows), labels, labels, cells, largest)


def chance(left: int, right: int, total: int) -> float | None:
    """Jaccard of two random sets of these sizes, from the expected size of what they share."""
    shared = left * right / total if total else 0.0
    either = left + right - shared
    return shared / either if either else None


def _pair(overlap: Overlap, i: int, j: int, largest: float) -> HeatCell:
    if i == j:
        return HeatCell("", None, f"{overlap.labels[i]}\n{counted(overlap.sizes[i])} parameters")
    jaccard, expected = overlap.jaccard[i][j], overlap.expected[i][j]
    hover = [
        f"{overlap.labels[i]} and {overlap.labels[j]}",
        f"{counted(overlap.shared[i][j])} parameters in both",
        _of(overlap.shared[i][j], overlap.sizes[i]) + " of the first, " + _of(overlap.shared[i][j], overlap.sizes[j])
        + " of the second",
        f"Jaccard {_exactly(jaccard)}; by chance {_exactly(expected)}",
    ]  # fmt: skip
    return HeatCell(_number(jaccard), _shade(jaccard, largest), "\n".join(hover), (overlap.keys[i], overlap.keys[j]))


def _matrix(one: MatrixOverlap | None, names: Sequence[str], largest: float) -> HeatCell:
    if one is None:
        return HeatCell("", None, "no such matrix")
    hover = [
        one.matrix,
        f"{names[0]}: {counted(one.left)}, {names[1]}: {counted(one.right)}, both: {counted(one.shared)}",
        f"of {counted(one.total)} parameters; Jaccard {_exactly(one.jaccard)}, "
        f"by chance {_exactly(chance(one.left, one.right, one.total))}",
    ]
    return HeatCell(_number(one.jaccard), _shade(one.jaccard, largest), "\n".join(hover))


def _number(jaccard: float | None) -> str:
    """Two digits, as a cell has room for; the hover has more."""
    if jaccard is None:
        return "–"
    return "<.01" if 0 < jaccard < 0.01 else "0" if jaccard == 0 else f"{jaccard:.2f}"


def _exactly(jaccard: float | None) -> str:
    return "–" if jaccard is None else significant(jaccard, 3)


def _shade(jaccard: float | None, largest: float) -> float | None:
    return None if jaccard is None else jaccard / largest if largest else 0.0


def _of(shared: int, size: int) -> str:
    return percent(round(shared / size, 4)) if size else "0 %"


def overlap_sentence(whole: Overlap) -> str:
    """Two regions in words: how much they share, and what chance would give."""
    shared, found, expected = whole.shared[0][1], whole.jaccard[0][1], whole.expected[0][1]
    told = f"The regions hold {counted(whole.sizes[0])} and {counted(whole.sizes[1])} parameters and share "
    told += f"{counted(shared)} of them"
    if found is None:
        return told + "."
    told += f": Jaccard {significant(found, 3)}"
    if not expected:
        return told + "."
    return told + f", where chance would give {significant(expected, 3)} ({factor(found / expected)})."
