"""What the Atlas page shows: from the address, to the address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple, Self

from backend.contracts.models import MatrixView, ModelDescription
from backend.contracts.results import ResultRow
from backend.contracts.vocabulary import Reducer
from frontend import urls
from frontend.choices.painted import core_of, request_of, row_named
from frontend.figures.reducers import reducers_of

Window = tuple[int, int] | None
Place = tuple[int, int] | None
_AXES = ("row", "column")


class AtlasChoice(NamedTuple):
    """One view: what of which model is painted, which matrix, how reduced, which window, what is picked in it.

    `key` None paints the weights. `rows` and `columns` are None for a whole axis. Picked is a `cell` (row, column) or
    a `dimension` (0 for a row or 1 for a column, index), as they lie on the screen: a vector is a single row.
    """

    model: str
    key: str | None = None
    matrix: str | None = None
    reducer: Reducer | None = None
    rows: Window = None
    columns: Window = None
    cell: Place = None
    dimension: Place = None

    @classmethod
    def of_query(cls, query: Mapping[str, str]) -> Self:
        """Whatever the query string names; what cannot be read is left out. `result` is another name of `key`."""
        return cls(
            model=query.get("model", ""),
            key=query.get("key") or query.get("result") or None,
            matrix=query.get("matrix") or None,
            reducer=read_reducer(query.get("reducer")),
            rows=read_window(query.get("rows")),
            columns=read_window(query.get("columns")),
            cell=read_cell(query.get("cell")),
            dimension=read_dimension(query.get("dimension")),
        )

    @classmethod
    def of_store(cls, data: Mapping[str, Any]) -> Self:
        """The choice a browser store holds."""
        return cls(
            model=data["model"],
            key=data.get("key") or None,
            matrix=data.get("matrix"),
            reducer=read_reducer(data.get("reducer")),
            rows=_pair(data.get("rows")),
            columns=_pair(data.get("columns")),
            cell=_place(data.get("cell")),
            dimension=_place(data.get("dimension")),
        )

    def store(self) -> dict[str, Any]:
        """For a browser store: JSON values only."""
        return {**self._asdict(), "reducer": self.reducer.value if self.reducer else None}

    def within(self, shape: tuple[int, ...]) -> Self:
        """The same view with its window and what is picked kept inside of a matrix of this shape."""
        n_rows, n_columns = shape if len(shape) == 2 else (1, *shape)
        cell = self.cell if self.cell and self.cell[0] < n_rows and self.cell[1] < n_columns else None
        lies = self.dimension and self.dimension[1] < (n_rows, n_columns)[self.dimension[0]] and cell is None
        return self._replace(
            rows=_clipped(self.rows, n_rows),
            columns=_clipped(self.columns, n_columns),
            cell=cell,
            dimension=self.dimension if lies else None,
        )

    def address(self) -> str:
        """The address that restores this view, without what is usual."""
        spans = {name: "-".join(map(str, span)) for name in ("rows", "columns") if (span := getattr(self, name))}
        dimension = f"{_AXES[self.dimension[0]]}-{self.dimension[1]}" if self.dimension else None
        picked = {"cell": self.cell, "dimension": dimension}
        return urls.link(
            "atlas", model=self.model, key=self.key, matrix=self.matrix, reducer=self.reducer, **spans, **picked
        )

    def source(self) -> dict[str, Any]:
        """Which result, or which model's weights, the client is asked about."""
        return {"key": self.key} if self.key else {"model": self.model}


def completed(choice: AtlasChoice, model: ModelDescription, results: tuple[ResultRow, ...]) -> AtlasChoice:
    """The choice with every gap filled: the smallest top region (the newest such) if there is one, else the weights."""
    named = row_named(results, choice.key)
    asked = choice.reducer is not None or choice.matrix is not None
    choice = choice._replace(key=named.key if named else None if asked else core_of(results))
    names = [view.name for view in model.matrices]
    if choice.matrix not in names:
        first = next((view.name for view in model.matrices if view.layer is not None and len(view.shape) == 2), None)
        choice = choice._replace(matrix=first or names[0], rows=None, columns=None, cell=None, dimension=None)
    offered = reducers_of(request_of(results, choice.key))
    if choice.reducer not in offered:
        choice = choice._replace(reducer=offered[0])
    return choice.within(matrix_of(model, choice).shape)


def matrix_of(model: ModelDescription, choice: AtlasChoice) -> MatrixView:
    """The matrix in view."""
    return next(view for view in model.matrices if view.name == choice.matrix)


def read_reducer(text: str | None) -> Reducer | None:
    """The reducer of that name."""
    return Reducer(text) if text in list(Reducer) else None


def read_window(text: str | None) -> Window:
    """`8-16` as (8, 16); None for anything else."""
    found = re.fullmatch(r"(\d{1,9})-(\d{1,9})", text or "")
    return _pair((int(found[1]), int(found[2]))) if found else None


def read_cell(text: str | None) -> Place:
    """`12,34` as (12, 34); None for anything else."""
    found = re.fullmatch(r"(\d{1,9}),(\d{1,9})", text or "")
    return (int(found[1]), int(found[2])) if found else None


def read_dimension(text: str | None) -> Place:
    """`column-311` as (1, 311); None for anything else."""
    found = re.fullmatch(r"(row|column)-(\d{1,9})", text or "")
    return (_AXES.index(found[1]), int(found[2])) if found else None


def _place(value: Any) -> Place:
    if isinstance(value, (list, tuple)) and len(value) == 2 and min(value) >= 0:
        return int(value[0]), int(value[1])
    return None


def _pair(value: Any) -> Window:
    if isinstance(value, (list, tuple)) and len(value) == 2 and 0 <= value[0] < value[1]:
        return int(value[0]), int(value[1])
    return None


def _clipped(window: Window, size: int) -> Window:
    if window is None or window[0] >= size or (window[0] == 0 and window[1] >= size):
        return None
    return window[0], min(window[1], size)
