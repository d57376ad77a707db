"""Reports: ordered lists of views with notes, kept by the atlas; written, arranged, exported."""

from __future__ import annotations

from typing import Any

from dash import ALL, MATCH, ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update

from backend.client import Client
from backend.contracts.problems import KnownError
from backend.contracts.reports import Report, ReportItem
from frontend import urls
from frontend.panels import reports_head, reports_item, reports_list, reports_shown
from frontend.panels.problem import problem_alert
from frontend.panels.reports_head import HeadId
from frontend.panels.reports_item import ItemId, item_id, move_id
from frontend.panels.unreadable import unreadable
from frontend.reports import changing
from frontend.reports.shown import shown
from frontend.shell import ShellId, page_header

PATH = "/reports"
TITLE = "Reports"
ICON = "reports"
LEAD = "Views in an order, with notes: kept here, written as one HTML file or as Markdown."
ITEMS, ORDER, REMOVED, UNDO, BAR, SAID = (
    "reports-items", "reports-order", "reports-removed", "reports-undo", "reports-bar", "reports-order-said",
)  # fmt: skip
SAVED = "Saved"


def layout(query: dict[str, str], api: Client) -> Any:
    """The report that the address names, else all of them."""
    if name := query.get("report"):
        return _report(api.report(name))
    return html.Div(
        [
            page_header(TITLE, LEAD),
            reports_list.begin(),
            reports_list.listed(api.reports()),
            unreadable(api.broken("reports")),
        ],
        className="reports-page",
    )


def _report(report: Report) -> html.Div:
    return html.Div(
        [
            reports_head.head(report),
            html.Div(id=SAID, role="status"),
            html.Ol(items(report), id=ITEMS, className="reports-items", **{"aria-label": "Views"}),
            html.Div(
                [html.Span(id=BAR), html.Button("Undo", id=UNDO, n_clicks=0, className="reports-undo-button")],
                className="reports-undo",
            ),
            dcc.Store(id=ORDER),
            dcc.Store(id=REMOVED),
        ],
        className="reports-page",
    )


def items(report: Report) -> list[Any]:
    """Every view of a report, or how to add one."""
    if report.items:
        return [reports_item.section(item) for item in report.items]
    told = "Open any view of the atlas, choose “This view” and “Add to a report”."
    return [
        html.Li(
            [html.Div("Nothing in it yet", className="empty-what"), html.Div(told, className="empty-next")],
            className="empty",
        )
    ]


def begin(title: str | None, api: Client) -> tuple[Any, Any]:
    """A new report: where it is, or why there is none."""
    if not (title or "").strip():
        return no_update, "Give it a title first."
    try:
        return urls.link("reports", report=api.create_report((title or "").strip()).name), None
    except KnownError as error:
        return no_update, problem_alert(error.problem)


def save_item(name: str, item: str, words: dict[str, str], seen: dict[str, str], *, api: Client) -> tuple[Any, Any]:
    """Store the words of one view; what is said, and the words that are stored now."""
    if words == seen:
        return no_update, no_update
    if not words["title"].strip():
        return "A view needs a title: nothing is stored.", no_update
    return _said(lambda: changing.reworded(name, item, words, seen, api), words)


def save_head(name: str, words: dict[str, str], seen: dict[str, str], *, api: Client) -> tuple[Any, Any]:
    """Store title and first paragraph of the report."""
    if words == seen:
        return no_update, no_update
    if not words["title"].strip():
        return "A report needs a title: nothing is stored.", no_update
    return _said(lambda: changing.renamed(name, words, seen, api), words)


def _said(store: Any, words: dict[str, str]) -> tuple[Any, Any]:
    try:
        store()
    except KnownError as error:
        return problem_alert(error.problem), no_update
    return SAVED, words


def arrange(name: str, order: dict[str, Any] | None, api: Client) -> tuple[Any, Any, Any]:
    """Store the order; what is said, what was removed (to put it back), and the line that says so."""
    if not order:
        return no_update, no_update, no_update
    removed = order["removed"]
    try:
        before = api.report(name).items
        changing.arranged(name, order["ids"], [removed] if removed else [], api)
    except KnownError as error:
        return problem_alert(error.problem), no_update, no_update
    gone = next(((place, item) for place, item in enumerate(before) if item.id == removed), None)
    if gone is None:
        return None, None, None
    return None, {"place": gone[0], "item": gone[1].model_dump()}, f"Removed “{gone[1].title}”."


def undo(name: str, removed: dict[str, Any] | None, api: Client) -> tuple[Any, Any, Any, Any]:
    """Put the removed view back: all views, what is said, nothing to undo any more."""
    if not removed:
        return no_update, no_update, no_update, no_update
    try:
        back = changing.put_back(name, ReportItem.model_validate(removed["item"]), removed["place"], api)
    except KnownError as error:
        return no_update, problem_alert(error.problem), no_update, no_update
    return items(back), None, None, None


def draw(address: str, scheme: str | None, api: Client) -> Any:
    """What one view shows; nothing before the page knows whether it is dark, so that nothing is drawn twice."""
    if scheme is None:
        return no_update
    item = ReportItem(address=address, title="shown")
    return reports_shown.drawn(shown(item, api), dark=scheme == "dark")


def delete(name: str, api: Client) -> tuple[Any, Any]:
    """Delete the report: where to go then, or what is wrong."""
    try:
        api.delete_report(name)
    except KnownError as error:
        return no_update, problem_alert(error.problem)
    return urls.link("reports"), no_update


def register(app: Dash, api: Client) -> None:
    """Connect the list, the words, the order and the pictures."""
    name = State(HeadId.NAME, "data")

    @app.callback(
        Output(ShellId.LOCATION, "href", allow_duplicate=True),
        Output(reports_list.PROBLEM, "children"),
        Input(reports_list.NEW, "n_clicks"),
        Input(reports_list.NEW_TITLE, "n_submit"),
        State(reports_list.NEW_TITLE, "value"),
        prevent_initial_call=True,
    )
    def _begin(clicks: int | None, submits: int | None, title: str | None) -> Any:
        return begin(title, api) if clicks or submits else (no_update, no_update)

    @app.callback(
        Output(item_id(ItemId.SHOWN, MATCH), "children"),
        Input(item_id(ItemId.ADDRESS, MATCH), "data"),
        Input(ShellId.SCHEME, "data"),
    )
    def _draw(address: str, scheme: str | None) -> Any:
        return draw(address, scheme, api)

    _register_words(app, api, name)
    _register_order(app, api, name)
    _register_delete(app, api, name)


def _register_words(app: Dash, api: Client, name: State) -> None:
    @app.callback(
        Output(item_id(ItemId.SAID, MATCH), "children"),
        Output(item_id(ItemId.SEEN, MATCH), "data"),
        Input(item_id(ItemId.TITLE, MATCH), "value"),
        Input(item_id(ItemId.NOTE, MATCH), "value"),
        Input(item_id(ItemId.SAVE, MATCH), "n_clicks"),
        State(item_id(ItemId.SEEN, MATCH), "data"),
        State(item_id(ItemId.SEEN, MATCH), "id"),
        name,
        prevent_initial_call=True,
    )
    def _item(title: str, note: str, _clicks: Any, seen: dict[str, str], which: dict[str, str], report: str) -> Any:
        return save_item(report, which["item"], {"title": title or "", "note": note or ""}, seen, api=api)

    @app.callback(
        Output(HeadId.SAID, "children"),
        Output(HeadId.SEEN, "data"),
        Input(HeadId.TITLE, "value"),
        Input(HeadId.LEAD, "value"),
        State(HeadId.SEEN, "data"),
        name,
        prevent_initial_call=True,
    )
    def _head(title: str, lead: str, seen: dict[str, str], report: str) -> Any:
        return save_head(report, {"title": title or "", "lead": lead or ""}, seen, api=api)


def _register_order(app: Dash, api: Client, name: State) -> None:
    app.clientside_callback(
        ClientsideFunction("reports", "move"),
        Output(ITEMS, "children"),
        Output(ORDER, "data"),
        Input(move_id(ALL, ALL), "n_clicks"),
        State(ITEMS, "children"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output(SAID, "children"),
        Output(REMOVED, "data"),
        Output(BAR, "children"),
        Input(ORDER, "data"),
        name,
        prevent_initial_call=True,
    )
    def _arrange(order: dict[str, Any] | None, report: str) -> Any:
        return arrange(report, order, api)

    @app.callback(
        Output(ITEMS, "children", allow_duplicate=True),
        Output(SAID, "children", allow_duplicate=True),
        Output(REMOVED, "data", allow_duplicate=True),
        Output(BAR, "children", allow_duplicate=True),
        Input(UNDO, "n_clicks"),
        State(REMOVED, "data"),
        name,
        prevent_initial_call=True,
    )
    def _undo(clicks: int | None, removed: dict[str, Any] | None, report: str) -> Any:
        return undo(report, removed if clicks else None, api)


def _register_delete(app: Dash, api: Client, name: State) -> None:
    app.clientside_callback(
        ClientsideFunction("reports", "question"),
        Output(HeadId.MODAL, "opened"),
        Input(HeadId.DELETE, "n_clicks"),
        Input(HeadId.NO, "n_clicks"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output(ShellId.LOCATION, "href", allow_duplicate=True),
        Output(HeadId.SAID, "children", allow_duplicate=True),
        Input(HeadId.YES, "n_clicks"),
        name,
        prevent_initial_call=True,
    )
    def _delete(clicks: int | None, report: str) -> Any:
        return delete(report, api) if clicks else (no_update, no_update)
