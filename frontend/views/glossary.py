"""The glossary outside its page: one table."""

from __future__ import annotations

from collections.abc import Mapping

from backend.client import Client
from frontend import glossary, urls
from frontend.views.base import Table, View

COLUMNS = ("group", "term", "meaning", "equation", "source")


def view(query: Mapping[str, str], api: Client) -> View:
    """Every term with its equation and its source."""
    del query, api
    rows = tuple(
        (group, one.name, one.sentence, one.equation or None, one.source or None)
        for group, entries in glossary.GROUPS.items()
        for one in entries
    )
    return View(
        address=urls.link(urls.Page.GLOSSARY),
        title="Glossary",
        lead=f"{len(rows)} terms with their equations and sources.",
        tables=(Table("terms", "Terms", COLUMNS, rows),),
    )
