"""The head of a report: title, first paragraph, exports, and the question before it is deleted."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.contracts.reports import Report
from frontend import urls
from frontend.reports.router import link
from frontend.shell import icon


class HeadId(StrEnum):
    """Ids of the head."""

    NAME = "reports-name"
    TITLE = "reports-title"
    LEAD = "reports-lead"
    SAID = "reports-said"
    SEEN = "reports-seen"
    DELETE = "reports-delete"
    MODAL = "reports-delete-modal"
    YES = "reports-delete-yes"
    NO = "reports-delete-no"


def head(report: Report) -> html.Div:
    """Everything above the views."""
    title = dmc.TextInput(
        id=HeadId.TITLE, value=report.title, debounce=True, variant="unstyled", className="reports-title",
        **{"aria-label": "Title of the report"},
    )  # fmt: skip
    lead = dmc.Textarea(
        id=HeadId.LEAD, value=report.lead, debounce=True, autosize=True, minRows=2, maxRows=16, size="sm",
        placeholder="What this report is about, in Markdown", **{"aria-label": "First paragraph of the report"},
    )  # fmt: skip
    return html.Div(
        [
            html.H1(report.title, className="reports-spoken-title"),
            dcc.Link([icon("chevron", 13), "All reports"], href=urls.link("reports"), className="reports-back"),
            html.Div([title, html.Div(_actions(report), className="reports-actions")], className="reports-item-head"),
            lead,
            html.Span(id=HeadId.SAID, role="status", className="reports-said"),
            dcc.Store(id=HeadId.NAME, data=report.name),
            dcc.Store(id=HeadId.SEEN, data={"title": report.title, "lead": report.lead}),
            _question(),
        ],
        className="reports-head",
    )


def _actions(report: Report) -> list[Any]:
    exports = [
        html.A(
            [icon("download", 15), words],
            href=link(report.name, form),
            download=f"{report.name}.{form}",
            className="study-download",
            title=explanation,
        )
        for form, words, explanation in (
            ("html", "HTML", "One file with everything in it, figures alive; opens without a network"),
            ("md", "Markdown", "Figures in words, tables with every number"),
        )
    ]
    delete = html.Button(
        icon("trash", 16), id=HeadId.DELETE, n_clicks=0, className="reports-button", title="Delete the report",
        **{"aria-label": "Delete the report"},
    )  # fmt: skip
    return [*exports, delete]


def _question() -> dmc.Modal:
    return dmc.Modal(
        [
            dmc.Text("Its notes are gone then; the results it shows stay, and so do exported files.", size="sm"),
            dmc.Group(
                [
                    dmc.Button("Keep it", id=HeadId.NO, variant="default", size="xs"),
                    dmc.Button("Delete it", id=HeadId.YES, color="red", size="xs"),
                ],
                justify="flex-end",
                mt="md",
            ),
        ],
        id=HeadId.MODAL,
        title="Delete this report?",
        centered=True,
        closeButtonProps={"aria-label": "Close"},
    )
