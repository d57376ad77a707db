"""Stored results of any kind as a list of links, each told in a few words; the one on the page is marked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dash import dcc, html

from backend.contracts.results import ResultRow
from frontend import urls
from frontend.choices.apart import told_apart
from frontend.figures.numbers import counted

MOST_SHOWN, MOST_FOLDED = 12, 300
"""Results that stand open, and that unfold below them; what is older is on Runs."""


def stored_requests(
    page: str, title: str, rows: Sequence[ResultRow], shown: str | None, words: Callable[[Any], str]
) -> Any:
    """One line per result, its request told by `words`, the older ones folded; nothing without results."""
    if not rows:
        return None
    listed = rows[: MOST_SHOWN + MOST_FOLDED]
    told = told_apart([row.request for row in listed], words)
    lines = [_line(page, row, text, is_shown=row.key == shown) for row, text in zip(listed, told, strict=True)]
    is_below = any(row.key == shown for row in rows[MOST_SHOWN:])
    return html.Section(
        [
            html.H2(title, className="study-heading"),
            html.Div(lines[:MOST_SHOWN], className="stored"),
            _older(lines[MOST_SHOWN:], len(rows) - MOST_SHOWN, is_open=is_below),
        ],
        className="atlas-card",
    )


def _line(page: str, row: ResultRow, text: str, *, is_shown: bool) -> dcc.Link:
    return dcc.Link(
        [
            html.Span(text, className="stored-title", title=text),
            html.Span(f"{row.created_at:%Y-%m-%d %H:%M}", className="stored-date"),
        ],
        href=urls.link(page, model=row.model, result=row.key),
        className="stored-row is-shown" if is_shown else "stored-row",
    )


def _older(lines: Sequence[Any], n: int, *, is_open: bool) -> Any:
    if n <= 0:
        return None
    left = n - len(lines)
    rest = dcc.Link(f"{counted(left)} more are on Runs", href=urls.link("runs"), className="stored-row")
    return html.Details(
        [html.Summary(f"{counted(n)} older"), html.Div([*lines, rest if left else None], className="stored")],
        open=is_open,
        className="stored-older",
    )
