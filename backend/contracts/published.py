"""Numbers that papers print, as data: tables in parts, every number beside the characters it was printed with."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from backend.contracts.base import Contract

TableName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]


class PublishedNumber(Contract):
    """One printed number; `value` is what the characters say."""

    printed: str
    value: float

    @model_validator(mode="after")
    def _same(self) -> Self:
        if float(self.printed.removesuffix("%").replace(",", "")) != self.value:
            raise ValueError(f"{self.printed!r} was printed, which is not {self.value}")
        return self


class PublishedRow(Contract):
    """One line: labels by the table's `labels`, numbers by its part's `columns`; None where nothing is printed."""

    labels: tuple[str, ...]
    cells: tuple[PublishedNumber | None, ...]


class PublishedPart(Contract):
    """The lines of a table that share a model, a number of scoring samples and a fraction."""

    title: str
    model: str
    samples: str = ""
    """Scoring or training samples, as printed: `100K`."""
    fraction: float | None = None
    columns: tuple[str, ...]
    rows: tuple[PublishedRow, ...]

    @model_validator(mode="after")
    def _rectangular(self) -> Self:
        for row in self.rows:
            if len(row.cells) != len(self.columns):
                raise ValueError(f"row {row.labels} has {len(row.cells)} numbers, the columns are {self.columns}")
        return self


class Inferred(Contract):
    """Something that the text at hand does not say, and why it is believed."""

    what: str
    why: str


class PublishedTable(Contract):
    """One table or figure of a paper, as far as its numbers are in the text."""

    name: TableName
    paper: Literal["A", "B"]
    title: str
    """`Table 14`."""
    caption: str
    """In our words: the text at hand has no captions."""
    source: str
    layout: str = ""
    """The head of the table, as printed."""
    labels: tuple[str, ...]
    """What each label of a row is: `language`, `n_dimensions`, `n_samples`..."""
    parts: tuple[PublishedPart, ...]
    inferred: tuple[Inferred, ...] = ()
    notes: tuple[str, ...] = ()
    """Oddities of the printed numbers themselves."""

    @model_validator(mode="after")
    def _labelled(self) -> Self:
        for row in (row for part in self.parts for row in part.rows):
            if len(row.labels) != len(self.labels):
                raise ValueError(f"row {row.labels} does not fit the labels {self.labels}")
        return self


class PublishedEntry(Contract):
    """One line of `GET /published`."""

    name: TableName
    paper: Literal["A", "B"]
    title: str
    caption: str
    n_numbers: int


class PublishedList(Contract):
    """In the order of the papers."""

    tables: tuple[PublishedEntry, ...]
