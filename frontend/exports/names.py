"""Where an export is fetched, and what its file is called."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlencode

PREFIX = "/export"


def link(kind: str, form: str, *, view: str, name: str) -> str:
    """Address of one export: `link("table", "csv", view="/languages?result=...", name="scores")`."""
    return f"{PREFIX}/{kind}.{form}?" + urlencode({"view": view, "name": name})


def file_name(address: str, name: str) -> str:
    """`languages-scores-2026-11-21`: page, name, day."""
    page = address.partition("?")[0].strip("/") or "start"
    kept = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in f"{page}-{name}")
    return f"{kept}-{datetime.now(UTC):%Y-%m-%d}"
