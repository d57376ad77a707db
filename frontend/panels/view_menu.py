"""The drawer `This view`: the ways out of the page for what is shown. Its handlers are in `frontend.view_menu`."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.contracts.jobs import title_of
from backend.contracts.requests import Request
from frontend.exports.names import link
from frontend.run_rows import command_line
from frontend.views import Picture, Table, View


class ViewId(StrEnum):
    """Ids of the drawer. `hand-undo`, `hand-redo` (assets/hand_undo.js) and `report-add-open` are read by others."""

    OPEN = "view-menu-open"
    DRAWER = "view-menu"
    ASKED = "view-menu-asked"
    """Store, the address that the drawer is about: `{address, origin, at}`."""
    SAID = "view-menu-said"
    """Store, the same with the model said: the ways are there, the parts follow."""
    LINK = "view-menu-link"
    COMMAND = "view-menu-command"
    PYTHON = "view-menu-python"
    PARTS = "view-menu-parts"
    UNDO = "hand-undo"
    REDO = "hand-redo"
    REPORT = "report-add-open"


WAYS = (
    (ViewId.LINK, "Link", "The whole view, on any machine that shares these results."),
    (ViewId.COMMAND, "Command line", "The same in a terminal: tables, figures in words, sources."),
    (ViewId.PYTHON, "Python", "The same in a notebook: `view.figure()` is plotly, `frame` a pandas table."),
)


def button(icon: Any) -> html.Button:
    """What opens it, in the header."""
    return html.Button(
        [icon, html.Span("This view", className="view-open-name")],
        id=ViewId.OPEN,
        className="hand-button view-open",
        type="button",
        title="This view: link, command, Python, tables, pictures, reports",
        **{"aria-label": "This view", "aria-haspopup": "dialog"},
    )


def drawer() -> dmc.Drawer:
    """Closed and mounted, so that its buttons are there for the scripts that serve them."""
    return dmc.Drawer(
        [
            dcc.Store(id=ViewId.ASKED),
            dcc.Store(id=ViewId.SAID),
            html.Div(
                [
                    html.Button("Add to a report", id=ViewId.REPORT, type="button", className="view-action is-main"),
                    html.Button("Undo last change", id=ViewId.UNDO, type="button", className="view-action"),
                    html.Button("Redo", id=ViewId.REDO, type="button", className="view-action"),
                ],
                className="view-actions",
            ),
            *(_way(*way) for way in WAYS),
            html.Div(id=ViewId.PARTS, className="view-parts", **{"aria-live": "polite"}),
        ],
        id=ViewId.DRAWER,
        title="This view",
        position="right",
        size="md",
        padding="lg",
        keepMounted=True,
        transitionProps={"duration": 120},
        closeButtonProps={"aria-label": "Close"},
    )


def _way(way: ViewId, name: str, explanation: str) -> html.Section:
    head = html.Div([html.H3(name, className="view-heading"), copy(way, name)], className="view-way")
    return html.Section([head, html.Pre(id=text_id(way), className="view-code", tabIndex=0, title=explanation)])


def text_id(way: ViewId) -> str:
    """Where the text of a way stands; the way itself is its copy button."""
    return f"{way}-text"


def copy(way: Any, name: str, value: str = "") -> dmc.CopyButton:
    """A button that copies."""
    return dmc.CopyButton(
        id=way, value=value, children="Copy", copiedChildren="Copied", copiedColor="teal", color="gray",
        variant="subtle", size="compact-xs", timeout=1600, **{"aria-label": f"Copy: {name}"},
    )  # fmt: skip


def parts(view: View) -> list[Any]:
    """What is in the view, each part with its ways out."""
    sections = [
        _section("Tables", [_table(view, table) for table in view.tables]),
        _section("Pictures", [_picture(view, picture) for picture in view.pictures]),
        _section("Texts", [html.Li(_text(view))] if view.passages else []),
        _section("The questions behind it", [_question(one.request, one.key) for one in view.sources]),
        _section("Missing in this view", [_question(one, f"missing-{i}") for i, one in enumerate(view.missing)]),
    ]
    stop = " " if view.title.endswith("?") else ". "
    return [html.P([html.B(view.title), stop, view.lead], className="view-lead"), *filter(None, sections)]


def _section(title: str, lines: Sequence[Any]) -> html.Section | None:
    if not lines:
        return None
    return html.Section([html.H3(title, className="view-heading"), html.Ul(list(lines), className="view-list")])


def _table(view: View, table: Table) -> html.Li:
    size = f"{len(table.rows):,} × {len(table.columns)}"
    forms = (("csv", "CSV"), ("tex", "LaTeX"), ("json", "JSON"))
    links = [_file("table", form, label, view, table.name, table.title) for form, label in forms]
    return html.Li([html.Span([table.title, html.Small(size)]), html.Span(links, className="view-files")])


def _picture(view: View, picture: Picture) -> html.Li:
    told = picture.told
    links = [
        _file("figure", form, label, view, told.name, told.title)
        for form, label in (("html", "HTML"), ("json", "JSON"))
    ]
    return html.Li([html.Span(told.title, title=told.description), html.Span(links, className="view-files")])


def _file(kind: str, form: str, label: str, view: View, name: str, title: str) -> html.A:
    address = link(kind, form, view=view.address, name=name)
    return html.A(label, href=address, download="", className="atlas-anchor", **{"aria-label": f"{title} as {label}"})


def _text(view: View) -> list[Any]:
    n_texts = len(view.passages)
    return [f"{n_texts} text" + ("s" if n_texts > 1 else ""), html.Small("whole in the command, with --text")]


def _question(request: Request, key: str) -> html.Li:
    line = command_line(request)
    told = html.Details([html.Summary(title_of(request)), html.Pre(line, className="view-code", tabIndex=0)])
    return html.Li([told, copy({"type": "view-question", "key": key}, title_of(request), line)])
