"""All reports as a list, and the line that begins a new one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.contracts.reports import ReportRow
from frontend import urls

NEW_TITLE, NEW, PROBLEM = "reports-new-title", "reports-new", "reports-new-problem"


def begin() -> html.Div:
    """The line that begins a report."""
    return html.Div(
        [
            dmc.TextInput(
                id=NEW_TITLE, placeholder="What breaks when Arabic is removed?", value="", size="sm",
                debounce=True, **{"aria-label": "Title of a new report"},  # Enter brings the words along
            ),
            dmc.Button("Begin a report", id=NEW, size="sm"),
            html.Div(id=PROBLEM, role="status", className="reports-problem"),
        ],
        className="reports-begin",
    )  # fmt: skip


def listed(rows: Sequence[ReportRow]) -> Any:
    """One line per report, or how to come to one."""
    if not rows:
        return html.Div(
            [
                html.Div("No report yet", className="empty-what"),
                html.Div(
                    "Open any view, choose “This view” and “Add to a report”, or begin an empty one above.",
                    className="empty-next",
                ),
            ],
            className="empty",
        )
    return html.Ul([html.Li(_row(row), key=row.name) for row in rows], className="reports-rows")


def _row(row: ReportRow) -> dcc.Link:
    moment = f"{row.changed_at:%Y-%m-%dT%H:%M:%SZ}"
    count = f"{row.n_items} view{'' if row.n_items == 1 else 's'}"
    facts = [
        count,
        " · changed ",
        html.Time(f"{row.changed_at:%Y-%m-%d %H:%M}", dateTime=moment, className="atlas-time"),
    ]
    return dcc.Link(
        [html.Span(row.title, className="reports-row-title", dir="auto"), html.Span(facts, className="reports-facts")],
        href=urls.link("reports", report=row.name),
        className="reports-row",
    )
