"""One view in a report as the page shows it: its words to edit, what can be done with it, its picture's place."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.contracts.reports import ReportItem
from frontend.shell import icon


class ItemId(StrEnum):
    """Types of the pattern-matching ids of a view: `{"type": ItemId.NOTE, "item": id}`."""

    ITEM = "reports-item"
    TITLE = "reports-item-title"
    NOTE = "reports-item-note"
    SAVE = "reports-item-save"
    SAID = "reports-item-said"
    SEEN = "reports-item-seen"
    """Store: the words as they are stored."""
    ADDRESS = "reports-item-address"
    SHOWN = "reports-item-shown"


MOVE = "reports-move"
"""Type of the buttons: `{"type": MOVE, "item": id, "by": -1 | 1 | 0}`; 0 removes."""


def item_id(part: ItemId, item: Any) -> dict[str, Any]:
    """Id of a part of one view."""
    return {"type": part.value, "item": item}


def move_id(item: Any, by: Any) -> dict[str, Any]:
    """Id of a button that moves or removes one view."""
    return {"type": MOVE, "item": item, "by": by}


def section(item: ReportItem) -> html.Li:
    """The whole view; its picture comes by itself."""
    return html.Li(
        [
            html.H2(item.title, className="reports-spoken-title"),
            _head(item),
            _note(item),
            html.Div("Drawing the view …", id=item_id(ItemId.SHOWN, item.id), className="reports-shown"),
        ],
        id=item_id(ItemId.ITEM, item.id),
        className="atlas-card reports-item",
        **{"aria-label": item.title},
    )  # fmt: skip


def _head(item: ReportItem) -> html.Div:
    title = dmc.TextInput(
        id=item_id(ItemId.TITLE, item.id), value=item.title, debounce=True, variant="unstyled",
        className="reports-item-title", **{"aria-label": "Title of the view"},
    )  # fmt: skip
    actions = [
        dcc.Link([icon("open", 15), "Open the view"], href=item.address, className="reports-open"),
        _button(item, -1, "chevron", "Move up", "is-up"),
        _button(item, 1, "chevron", "Move down"),
        _button(item, 0, "trash", "Remove from the report"),
    ]
    return html.Div([title, html.Div(actions, className="reports-actions")], className="reports-item-head")


def _button(item: ReportItem, by: int, drawing: str, words: str, look: str = "") -> html.Button:
    return html.Button(
        icon(drawing, 16),
        id=move_id(item.id, by),
        className=f"reports-button {look}".strip(),
        title=words,
        n_clicks=0,
        **{"aria-label": f"{words}: {item.title}"},
    )


def _note(item: ReportItem) -> html.Div:
    field = dmc.Textarea(
        id=item_id(ItemId.NOTE, item.id), value=item.note, debounce=True, autosize=True, minRows=2, maxRows=24,
        size="sm", placeholder="A note in Markdown: what is seen here, what it means",
        **{"aria-label": f"Note on {item.title}"},
    )  # fmt: skip
    said = [
        html.Span(id=item_id(ItemId.SAID, item.id), role="status", className="reports-said"),
        dmc.Button("Save the note", id=item_id(ItemId.SAVE, item.id), size="compact-xs", variant="subtle"),
    ]
    stores = [
        dcc.Store(id=item_id(ItemId.SEEN, item.id), data={"title": item.title, "note": item.note}),
        dcc.Store(id=item_id(ItemId.ADDRESS, item.id), data=item.address),
    ]
    return html.Div([field, html.Div(said, className="reports-note-foot"), *stores], className="reports-note")
