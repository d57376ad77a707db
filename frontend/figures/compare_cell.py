"""One cell of several models as a table: every number beside its difference from A. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from backend.contracts.compared_cells import ComparedCells
from backend.contracts.models import MatrixView
from backend.contracts.results import CellView, MarginalsView
from frontend.figures.numbers import significant
from frontend.figures.sides import dimension_label

NOT_THERE = "–"


class CellLine(NamedTuple):
    """One model: texts in the order of the columns; a sentence instead where it has no such cell."""

    letter: str
    values: tuple[str, ...]
    reason: str = ""


class CellTable(NamedTuple):
    """Columns of numbers and a line for each model."""

    columns: tuple[str, ...]
    lines: tuple[CellLine, ...]


class Moved(NamedTuple):
    """A row or a column that changed much."""

    axis: int
    """0: a row, 1: a column, as they lie on the screen."""
    place: int
    """Index along it."""
    label: str
    value: float
    share: float
    """Of the squared change of the whole matrix; of a region, of its changed parameters."""
    evenly: float
    """Share over that of an even spread: 1 is chance. 0 where the share is not known."""


def cell_table(found: ComparedCells, letters: Sequence[str]) -> CellTable:
    """Weight, importance and region of the cell in every model; numbers are followed by their difference from A."""
    cells = [one.cell for one in found.cells]
    told = [(name, read) for name, read in _NUMBERS if any(cell and read(cell) is not None for cell in cells)]
    has_region = any(cell and cell.in_region is not None for cell in cells)
    columns = [part for name, _ in told for part in (name, f"{name} − A")] + (["region"] if has_region else [])
    lines = []
    for letter, one in zip(letters, found.cells, strict=True):
        if one.cell is None:
            lines.append(CellLine(letter, (), one.reason))
            continue
        values = [part for _, read in told for part in _with_change(read(one.cell), cells[0], read)]
        inside = {True: "inside", False: "outside", None: NOT_THERE}[one.cell.in_region]
        lines.append(CellLine(letter, (*values, *((inside,) if has_region else ()))))
    return CellTable(tuple(columns), tuple(lines))


def moved_most(found: MarginalsView, view: MatrixView, n: int) -> tuple[Moved, ...]:
    """The rows and columns that changed most, largest first; those that did not change are left out."""
    is_vector = len(view.shape) == 1
    is_norm = not found.profiles or not found.profiles[0].measure.startswith("parameters")
    largest = []
    for profile in found.profiles:
        # The L2 norms of the rows make up the whole; so do those of the columns.
        whole = sum(value**2 if is_norm else value for value in profile.values) if profile.block == 1 else 0.0
        for mark in profile.top[:n]:
            if mark.value > 0:
                held = mark.value**2 if is_norm else mark.value
                share = held / whole if whole else 0.0
                axis = 1 if is_vector else profile.axis
                largest.append(
                    Moved(
                        axis,
                        mark.index,
                        dimension_label(view, profile.axis, mark.index),
                        mark.value,
                        share,
                        share * profile.size,
                    )
                )
    return tuple(sorted(largest, key=lambda one: -one.value)[:n])


def changed_by(found: MarginalsView, axis: int, index: int) -> float | None:
    """How much one dimension changed; None where only its block is known."""
    for profile in found.profiles:
        if profile.axis != axis and len(found.profiles) > 1:
            continue
        named = next((mark.value for mark in profile.top if mark.index == index), None)
        if named is not None:
            return named
        return profile.values[index] if profile.block == 1 and index < len(profile.values) else None
    return None


def _with_change(
    value: float | None, first: CellView | None, read: Callable[[CellView], float | None]
) -> tuple[str, str]:
    if value is None:
        return NOT_THERE, NOT_THERE
    base = read(first) if first else None
    return significant(value), NOT_THERE if base is None else _signed(value - base)


def _signed(change: float) -> str:
    return "0" if change == 0 else ("+" if change > 0 else "−") + significant(abs(change))


_NUMBERS: tuple[tuple[str, Callable[[CellView], float | None]], ...] = (
    ("weight", lambda cell: cell.weight),
    ("importance", lambda cell: cell.importance),
)
