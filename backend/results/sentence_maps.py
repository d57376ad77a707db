"""A similarity map as it is shown: sentences by name, languages in any order. An order is a view, not a new result."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np

from backend.contracts.problems import KnownError
from backend.results.arrays import tensors
from backend.results.planes import Plane, StoredPlane


class SentenceMap(NamedTuple):
    """Where the maps of one result lie, and in which order their languages are shown."""

    path: Path
    languages: tuple[str, ...]
    """As they are stored."""
    shown: tuple[str, ...]
    n_lines: int
    start: int
    """First line of the corpus."""

    @property
    def names(self) -> tuple[str, ...]:
        """`whole` first, then the layers that are stored."""
        return tuple(sorted(tensors(self.path), key=_place))

    @property
    def mark(self) -> str:
        """What the order adds to the identity of a picture; nothing for the stored one."""
        return "" if self.shown == self.languages else "@" + ",".join(self.shown)

    def ordered(self, languages: tuple[str, ...]) -> Self:
        """The same maps with their languages in this order; a problem when it leaves one out or names another."""
        if sorted(languages) != sorted(self.languages):
            raise KnownError(
                "not_an_order",
                f"order is {', '.join(languages)}; this map has the languages {', '.join(self.languages)}",
                hint="Name each of them once, in the order in which they are to be shown.",
                field="order",
            )
        return self._replace(shown=languages)

    def plane(self, name: str) -> Plane:
        """One map in the order shown."""
        stored = StoredPlane(name, self.path)
        if self.shown == self.languages:
            return stored
        return OrderedPlane(stored, tuple(map(self.languages.index, self.shown)), self.n_lines)

    def label(self, index: int) -> str:
        """`de line 12`: one row or column."""
        language, line = divmod(index, self.n_lines)
        return f"{self.shown[language]} line {self.start + line}"


class OrderedPlane(NamedTuple):
    """A square map whose rows and columns are the blocks of another, `n_lines` long each, in another order."""

    stored: Plane
    blocks: tuple[int, ...]
    """Place n shows block `blocks[n]`."""
    n_lines: int

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.stored.shape

    def read(self, rows: slice, columns: slice) -> np.ndarray:
        """Float32 [rows, columns]; a piece for each pair of blocks that the window touches."""
        out = np.empty((rows.stop - rows.start, columns.stop - columns.start), np.float32)
        for (to_rows, from_rows), (to_columns, from_columns) in product(self._pieces(rows), self._pieces(columns)):
            out[to_rows, to_columns] = self.stored.read(from_rows, from_columns)
        return out

    def _pieces(self, window: slice) -> list[tuple[slice, slice]]:
        """(where it goes in the window, where it is stored) of each block's part."""
        found = []
        for place in range(window.start // self.n_lines, -(-window.stop // self.n_lines)):
            first = place * self.n_lines
            start, stop = max(window.start, first), min(window.stop, first + self.n_lines)
            away = self.blocks[place] * self.n_lines - first
            found.append((slice(start - window.start, stop - window.start), slice(start + away, stop + away)))
        return found


def _place(name: str) -> tuple[bool, int]:
    return name != "whole", int(name.removeprefix("layer.")) if name.startswith("layer.") else -1
