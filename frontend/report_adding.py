"""Adding the view that is shown to a report: what is suggested, what is stored, where it is said."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, no_update
from pydantic import ValidationError

from backend.client import Client
from backend.contracts.problems import KnownError
from backend.contracts.reports import NewItem, NewReport
from frontend import urls
from frontend.addresses import readable
from frontend.panels.problem import problem_alert
from frontend.panels.report_add import NEW, AddId, choices
from frontend.reports.changing import too_long
from frontend.reports.suggesting import suggested
from frontend.shell import ShellId

N_OPENED = 5


def opened(asked: dict[str, str] | None, model: str | None, api: Client) -> tuple[Any, ...]:
    """Reports to choose from, the chosen one, title, address, and what is wrong with it."""
    if not asked:
        return (no_update,) * N_OPENED
    try:
        rows = api.reports()
        found = suggested(_with_model(asked["address"], model), api)
    except KnownError as error:
        return no_update, no_update, no_update, "", problem_alert(error.problem)
    chosen = rows[0].name if rows else NEW
    warned = None
    if found.problem:
        warned = dmc.Text(
            f"The report will hold the link and the note, not the picture: {found.problem.detail}.",
            size="sm",
            c="dimmed",
        )
    return choices(rows), chosen, found.title, found.address, warned


def _with_model(address: str, model: str | None) -> str:
    """As the router does: a page without a model shows the chosen one."""
    path, query = urls.split(address)
    return readable(path, query | ({"model": model} if model and "model" not in query else {}))


def add(
    report: str | None, new_title: str | None, *, address: str | None, title: str | None, note: str | None, api: Client
) -> tuple[Any, Any, Any]:
    """Store it: whether the form stays open, what is said about it, the problem."""
    try:
        if not address:
            raise KnownError("no_view", "this page cannot be added to a report", hint="Open a view first.")
        name = report if report and report != NEW else _begun(new_title, api)
        item = NewItem(address=address, title=(title or "").strip() or "A view", note=note or "")
        stored = api.add_to_report(name, item.address, title=item.title, note=item.note)
    except ValidationError as error:
        return no_update, no_update, problem_alert(too_long(error).problem)
    except KnownError as error:
        return no_update, no_update, problem_alert(error.problem)
    link = dcc.Link(f"Open {stored.title}", href=urls.link("reports", report=stored.name), className="atlas-anchor")
    said = {"action": "show", "title": f"Added, as view {len(stored.items)}", "message": link, "color": "teal"}
    return False, [said], None


def _begun(title: str | None, api: Client) -> str:
    if not (title or "").strip():
        raise KnownError(
            "no_title", "the new report has no title yet", hint="Name it, or choose one that is there.", field="title"
        )
    return api.create_report(NewReport(title=title or "").title).name


def register(app: Dash, api: Client) -> None:
    """Connect the button, wherever it is, and the form."""
    app.clientside_callback(
        ClientsideFunction("reports", "ask"),
        Output(AddId.ASKED, "data"),
        Output(AddId.MODAL, "opened"),
        Output(AddId.TITLE, "value"),
        Output(AddId.NOTE, "value"),
        Output(AddId.NEW_TITLE, "value"),
        Output(AddId.ADDRESS, "children"),
        Input(AddId.OPEN, "n_clicks"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("reports", "close"),
        Output(AddId.MODAL, "opened", allow_duplicate=True),
        Input(AddId.CANCEL, "n_clicks"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("reports", "names_new"),
        Output(AddId.NEW_TITLE, "style"),
        Input(AddId.REPORT, "value"),
    )

    @app.callback(
        Output(AddId.REPORT, "data"),
        Output(AddId.REPORT, "value"),
        Output(AddId.TITLE, "value", allow_duplicate=True),
        Output(AddId.ADDRESS, "children", allow_duplicate=True),
        Output(AddId.PROBLEM, "children"),
        Input(AddId.ASKED, "data"),
        State(ShellId.MODEL, "data"),
        running=[(Output(AddId.ADD, "loading"), True, False)],
        prevent_initial_call=True,
    )
    def _opened(asked: dict[str, str] | None, model: str | None) -> Any:
        return opened(asked, model, api)

    @app.callback(
        Output(AddId.MODAL, "opened", allow_duplicate=True),
        Output(ShellId.NOTIFICATIONS, "sendNotifications", allow_duplicate=True),
        Output(AddId.PROBLEM, "children", allow_duplicate=True),
        Input(AddId.ADD, "n_clicks"),
        State(AddId.REPORT, "value"),
        State(AddId.NEW_TITLE, "value"),
        State(AddId.ADDRESS, "children"),
        State(AddId.TITLE, "value"),
        State(AddId.NOTE, "value"),
        running=[(Output(AddId.ADD, "loading"), True, False)],
        prevent_initial_call=True,
    )
    def _add(clicks: int | None, report: Any, new_title: Any, address: Any, title: Any, note: Any) -> Any:
        if not clicks:
            return no_update, no_update, no_update
        return add(report, new_title, address=address, title=title, note=note, api=api)
