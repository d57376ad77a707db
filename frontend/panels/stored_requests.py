"""Stored results of any kind as a list of links, each told in a few words; the one on the page is marked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dash import dcc, html

from backend.contracts.results import ResultRow
from frontend import urls

MOST_SHOWN = 12


def stored_requests(
    page: str, title: str, rows: Sequence[ResultRow], shown: str | None, words: Callable[[Any], str]
) -> Any:
    """One line per result, its request told by `words`; nothing without results."""
    if not rows:
        return None
    lines = [
        dcc.Link(
            [
                html.Span(words(row.request), className="stored-title"),
                html.Span(f"{row.created_at:%Y-%m-%d %H:%M}", className="stored-date"),
            ],
            href=urls.link(page, model=row.model, result=row.key),
            className="stored-row is-shown" if row.key == shown else "stored-row",
        )
        for row in rows[:MOST_SHOWN]
    ]
    return html.Section(
        [html.H2(title, className="study-heading"), html.Div(lines, className="stored")], className="atlas-card"
    )
