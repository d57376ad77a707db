"""What the Atlas page shows: from the address, to the address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple, Self

from backend.contracts.vocabulary import Reducer

Window = tuple[int, int] | None


class AtlasChoice(NamedTuple):
    """One view: what of which model is painted, which matrix, how reduced, which window.

    `key` None paints the weights. `rows` and `columns` are None for a whole axis.
    """

    model: str
    key: str | None = None
    matrix: str | None = None
    reducer: Reducer | None = None
    rows: Window = None
    columns: Window = None

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
        )

    def store(self) -> dict[str, Any]:
        """For a browser store: JSON values only."""
        return {**self._asdict(), "reducer": self.reducer.value if self.reducer else None}

    def within(self, shape: tuple[int, ...]) -> Self:
        """The same view with its window kept inside of a matrix of this shape."""
        n_rows, n_columns = shape if len(shape) == 2 else (1, *shape)
        return self._replace(rows=_clipped(self.rows, n_rows), columns=_clipped(self.columns, n_columns))


def read_reducer(text: str | None) -> Reducer | None:
    """The reducer of that name."""
    return Reducer(text) if text in list(Reducer) else None


def read_window(text: str | None) -> Window:
    """`8-16` as (8, 16); None for anything else."""
    found = re.fullmatch(r"(\d{1,9})-(\d{1,9})", text or "")
    return _pair((int(found[1]), int(found[2]))) if found else None


def _pair(value: Any) -> Window:
    if isinstance(value, (list, tuple)) and len(value) == 2 and 0 <= value[0] < value[1]:
        return int(value[0]), int(value[1])
    return None


def _clipped(window: Window, size: int) -> Window:
    if window is None or window[0] >= size or (window[0] == 0 and window[1] >= size):
        return None
    return window[0], min(window[1], size)
