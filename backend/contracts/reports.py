"""Reports: an ordered list of views with notes. A view is an address (ADR 7), so a report holds words and addresses."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from backend.contracts.base import Contract, Key
from backend.contracts.models import BrokenEntry

MAX_ITEMS = 60
MAX_ADDRESS_CHARACTERS = 4000
MAX_NOTE_CHARACTERS = 20_000
MIN_BEGINNING = 7
"""Digits that name a key by its beginning, as in git."""

ReportName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")]
"""What stands in its address and names its files: lower case letters, digits, `-`."""
ItemId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}$")]
Address = Annotated[str, StringConstraints(pattern=r"^/[a-z-]*(\?[^\s\\<>\"'#]*)?$", max_length=MAX_ADDRESS_CHARACTERS)]
"""Path of one page and its query: `/atlas?model=gemma-3-270m&matrix=3.attn.q`. Never a host, never a scheme."""
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Note = Annotated[str, StringConstraints(max_length=MAX_NOTE_CHARACTERS)]
KeyBeginning = Annotated[str, StringConstraints(pattern=rf"^[0-9a-f]{{{MIN_BEGINNING},20}}$")]


class NewItem(Contract):
    """A view that is added: its address, what it is called, and a note in Markdown."""

    address: Address
    title: Title
    note: Note = ""


class ReportItem(NewItem):
    """A view in a report; `id` stays with it wherever it is moved."""

    id: ItemId = Field(default_factory=lambda: secrets.token_hex(4))


class NewReport(Contract):
    """`POST /reports`. Without a name, one is made of the title."""

    title: Title
    name: ReportName | None = None
    lead: Note = ""
    items: tuple[NewItem, ...] = Field(default=(), max_length=MAX_ITEMS)


class ReportChange(Contract):
    """`PUT /reports/{name}`: the whole report as it is to be. `revision` is that of the report that was read."""

    title: Title
    lead: Note = ""
    items: tuple[ReportItem, ...] = Field(max_length=MAX_ITEMS)
    revision: int = Field(ge=1)


class Report(Contract):
    """A report as it is stored. `lead` is its first paragraph, in Markdown like the notes."""

    name: ReportName
    title: Title
    lead: Note = ""
    items: tuple[ReportItem, ...] = ()
    created_at: datetime
    changed_at: datetime
    revision: int = Field(ge=1)
    """Grows by one with every change: who changes an older one is refused."""

    def change(self, **fields: object) -> ReportChange:
        """What to send back to have some fields changed and the others kept."""
        kept = {"title": self.title, "lead": self.lead, "items": self.items, "revision": self.revision}
        return ReportChange.model_validate(kept | fields)


class ReportRow(Contract):
    """One line of the list."""

    name: ReportName
    title: Title
    n_items: int
    changed_at: datetime


class ReportList(Contract):
    """`GET /reports`: the one that changed last first."""

    reports: tuple[ReportRow, ...]
    broken: tuple[BrokenEntry, ...] = ()
    """Entries that cannot be read, each with its reason."""


class KeysFound(Contract):
    """`GET /keys`: for each beginning, the keys of stored results and of jobs that begin so."""

    keys: dict[str, tuple[Key, ...]]
