"""A view outside the page: what an address shows, as figures, tables and texts with their sources.

Knows contracts and figures, nothing of Dash: notebooks, exports and reports are made of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeVar

import plotly.graph_objects as go

from backend.client import Client
from backend.contracts.problems import KnownError
from backend.contracts.requests import Request
from backend.contracts.results import Manifest
from frontend.figures.telling import Told, told

Cell = str | float | int | bool | None
"""None where nothing was measured; never a rounded number."""


class Picture(NamedTuple):
    """A figure of a view; its name, title and description are the figure's own (`figures.telling`)."""

    figure: go.Figure

    @property
    def told(self) -> Told:
        """Name, title and description."""
        return told(self.figure)


class Table(NamedTuple):
    """Numbers of a view, exact. Every row has as many cells as there are columns."""

    name: str
    """For file names and addresses, unique within a view: `perplexity`."""
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    latex: str | None = None
    """The paper's own layout where there is one; else the columns are written as they stand."""


class Passage(NamedTuple):
    """Text of a view, as it was read or generated."""

    name: str
    title: str
    text: str
    language: str | None = None
    """Decides the direction in which it is written."""


class View(NamedTuple):
    """What one address shows."""

    address: str
    """Path and query, canonical: what is usual is left out."""
    title: str
    lead: str
    """One sentence: what is seen, of which model, with which numbers."""
    pictures: tuple[Picture, ...] = ()
    tables: tuple[Table, ...] = ()
    passages: tuple[Passage, ...] = ()
    sources: tuple[Manifest, ...] = ()
    """Every stored result that is shown: model, weights, text, versions."""
    missing: tuple[Request, ...] = ()
    """What the view would show and nobody has computed yet."""

    def picture(self, name: str | None = None) -> Picture:
        """One of its figures, the first without a name; raises `no_such_figure`, which names those there are."""
        known = {picture.told.name: picture for picture in self.pictures}
        return _named(known, name, "figure", self.address)

    def table(self, name: str | None = None) -> Table:
        """One of its tables, the first without a name; raises `no_such_table`, which names those there are."""
        return _named({table.name: table for table in self.tables}, name, "table", self.address)


Part = TypeVar("Part")


def _named(known: Mapping[str, Part], name: str | None, what: str, address: str) -> Part:
    chosen = name if name is not None else next(iter(known), None)
    if chosen is not None and chosen in known:
        return known[chosen]
    raise KnownError(
        f"no_such_{what}",
        f"{address} has no {what}" + (f" {name!r}" if name is not None else ""),
        hint=f"It has {', '.join(known)}." if known else f"Nothing that could be a {what} is stored for this view yet.",
        status=404,
    )


Renderer = Callable[[Mapping[str, str], Client], View]
"""A view from the query of its page. Raises KnownError where the address cannot be shown."""
