"""One cell of a matrix in several models or results, exact."""

from __future__ import annotations

from pydantic import Field

from backend.contracts.base import Contract
from backend.contracts.results import CellView


class ComparedCell(Contract):
    """The cell in one subject."""

    subject: str
    """Key of a result, or name of a model."""
    cell: CellView | None = None
    reason: str = Field("", description="Why there is no such cell; '' where there is one.")


class ComparedCells(Contract):
    """`GET /compare/cell`: the same row and column of every subject, in the order in which they are named."""

    matrix: str
    row: int
    column: int
    """0 of a vector, whose index is its row."""
    cells: tuple[ComparedCell, ...]
