"""The form "Add to a report": which report, what the view is called, a note. `frontend.report_adding` answers it.

A button with the id `report-add-open`, wherever it is, opens it for the view that is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.contracts.reports import ReportRow

NEW = "+"
"""The choice that begins a report; no name of a report holds it."""


class AddId(StrEnum):
    """Ids of the form."""

    OPEN = "report-add-open"
    """The button: not here, but in the menu of the view."""
    ASKED = "report-add-asked"
    """Store: {address, title} of what the browser shows, when the form was opened."""
    MODAL = "report-add-form"
    ADDRESS = "report-add-address"
    REPORT = "report-add-report"
    NEW_TITLE = "report-add-new-title"
    TITLE = "report-add-title"
    NOTE = "report-add-note"
    PROBLEM = "report-add-problem"
    ADD = "report-add-yes"
    CANCEL = "report-add-no"


def modal() -> html.Div:
    """The form, closed."""
    fields = [
        dmc.Select(id=AddId.REPORT, label="Report", data=choices(()), value=NEW, allowDeselect=False, size="sm"),
        dmc.TextInput(id=AddId.NEW_TITLE, label="Title of the new report", value="", size="sm"),
        dmc.TextInput(id=AddId.TITLE, label="What the view is called there", value="", size="sm"),
        dmc.Textarea(
            id=AddId.NOTE, label="Note", description="Markdown. Can be written later, too.", value="", autosize=True,
            minRows=3, maxRows=10, size="sm", **{"data-autofocus": True},
        ),
        dmc.Code(id=AddId.ADDRESS, className="report-add-address"),
        html.Div(id=AddId.PROBLEM, role="status"),
        dmc.Group(
            [
                dmc.Button("Cancel", id=AddId.CANCEL, variant="default", size="sm"),
                dmc.Button("Add", id=AddId.ADD, size="sm"),
            ],
            justify="flex-end",
        ),
    ]  # fmt: skip
    return html.Div(
        [
            dcc.Store(id=AddId.ASKED),
            dmc.Modal(
                dmc.Stack(fields, gap="sm"),
                id=AddId.MODAL,
                title="Add this view to a report",
                size="lg",
                closeButtonProps={"aria-label": "Close"},
            ),
        ]
    )


def choices(rows: Sequence[ReportRow]) -> list[dict[str, Any]]:
    """Options of the picker: those there are, and a new one."""
    known = [{"value": row.name, "label": f"{row.title} ({row.n_items})"} for row in rows]
    return [*known, {"value": NEW, "label": "A new report"}]
