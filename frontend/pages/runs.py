"""Runs: everything queued, running, done, failed or cancelled, and what can be done about it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update

from backend.client import Client
from backend.contracts.jobs import JobStatus
from backend.contracts.problems import KnownError
from frontend import failures, run_rows
from frontend.panels import runs_details, runs_list
from frontend.panels.runs_list import RunAction
from frontend.run_rows import RunRow
from frontend.shell import ShellId, page_header, problem_alert
from frontend.views.runs import measured

PATH = "/runs"
TITLE = "Runs"
ICON = "runs"


class RunsId(StrEnum):
    """Ids of the page."""

    FILTER = "runs-filter"
    NOW = "runs-now"
    EARLIER = "runs-earlier"
    N_SHOWN = "runs-n-shown"
    """Store: rows of each group that are shown at most."""
    SIGNATURE = "runs-signature"
    """Store: what each group looks like now, so that nothing is drawn twice."""
    ASKED = "runs-asked"
    """Store: counts the wishes to read the list again (runs.js: one at a time, so that none overtakes another)."""
    ANSWERED = "runs-answered"
    """Store: the last of them that was answered."""
    ACT = "runs-act"
    """Store, {action, key, at}: cancel or retry this run."""
    OPENED = "runs-opened"
    """Store, {key, at}: show this run in the drawer."""
    DRAWER = "runs-drawer"
    MODAL = "runs-modal"
    MODAL_KEY = "runs-modal-key"
    """Store, {key, at}: what to delete when the question is answered with yes."""
    MODAL_YES = "runs-modal-yes"
    MODAL_NO = "runs-modal-no"


def layout(query: dict[str, str], api: Client) -> html.Div:
    """The list, and the drawer open where the address names a job."""
    state = run_rows.filter_of(query.get("state"))
    found = run_rows.rows(api.jobs(), api.results())
    shown = run_rows.chosen(found, state)
    choice = dmc.SegmentedControl(
        id=RunsId.FILTER,
        value=state,
        data=[{"value": name, "label": name.capitalize()} for name in ("all", "active", "done", "failed", "cancelled")],
        size="xs",
    )
    key = run_rows.opened_of(query)
    opened = next((row for row in found if row.job.key == key), None)
    n_shown = run_rows.n_rows_of(query.get("rows"), runs_list.FIRST_ROWS)
    stores = {
        RunsId.SIGNATURE: signature(shown, state, n_shown),
        RunsId.N_SHOWN: n_shown,
        RunsId.ASKED: 0,
        RunsId.ANSWERED: 0,
        RunsId.ACT: None,
        RunsId.OPENED: None,
    }
    return html.Div(
        [
            page_header("Runs", "Every question asked of a model: ask once, computed once, kept.", right=choice),
            html.Div(runs_list.now(shown, state, n_shown), id=RunsId.NOW),
            html.Div(runs_list.earlier(shown, n_shown), id=RunsId.EARLIER),
            *(dcc.Store(id=name, data=data) for name, data in stores.items()),
            dmc.Drawer(
                _details(opened, key, api=api),
                id=RunsId.DRAWER,
                title="Run",
                opened=key is not None,
                position="right",
                size="lg",
                padding="lg",
            ),
            _delete_question(),
        ],
        className="runs-page",
    )


def _delete_question() -> dmc.Modal:
    return dmc.Modal(
        [
            dmc.Text(_DELETING, size="sm"),
            dmc.Group(
                [
                    dmc.Button("Keep it", id=RunsId.MODAL_NO, variant="default", size="xs"),
                    dmc.Button("Delete it", id=RunsId.MODAL_YES, color="red", size="xs"),
                ],
                justify="flex-end",
                mt="md",
            ),
            dcc.Store(id=RunsId.MODAL_KEY),
        ],
        id=RunsId.MODAL,
        title="Delete this result?",
        centered=True,
    )


def signature(shown: Sequence[RunRow], state: str, n_shown: int) -> dict[str, Any]:
    """What each group looks like: equal ones need no new drawing."""
    groups = {"now": runs_list.active(shown), "earlier": runs_list.ended(shown)}
    empty = None if shown else state
    return {
        name: [empty if name == "now" else None, n_shown, *run_rows.signature(rows)] for name, rows in groups.items()
    }


def refresh(state: str, n_shown: int, drawn: Any, *, api: Client) -> tuple[Any, Any, Any]:
    """Both groups and their signatures; a group that is as it was stays: scroll and focus are kept."""
    try:
        shown = run_rows.chosen(run_rows.rows(api.jobs(), api.results()), state)
    except KnownError as error:
        return (problem_alert(error.problem), None, None) if drawn is not None else (no_update,) * 3
    found = signature(shown, state, n_shown)
    known = drawn or {}
    if found == known:
        return (no_update,) * 3
    is_same = {name: looks == known.get(name) for name, looks in found.items()}
    now = no_update if is_same["now"] else runs_list.now(shown, state, n_shown)
    earlier = no_update if is_same["earlier"] else runs_list.earlier(shown, n_shown)
    return now, earlier, found


def show(key: str, *, api: Client) -> Any:
    """Content of the drawer for one run."""
    try:
        found = run_rows.rows(api.jobs(), api.results())
        return _details(next((row for row in found if row.job.key == key), None), key, api=api)
    except KnownError as error:
        return problem_alert(error.problem)


def _details(row: RunRow | None, key: str | None, *, api: Client) -> Any:
    if row is None:
        return (
            dmc.Text(["No run or result has the key ", dmc.Code(key), ". It may have been deleted."]) if key else None
        )
    manifest = api.manifest(row.job.key) if row.result else None
    return runs_details.details(row, manifest.provenance if manifest else None, measured(manifest, api))


def act(action: str, key: str, *, api: Client) -> dict[str, Any]:
    """Cancel or retry one run; the notification says how it went."""
    try:
        job: JobStatus = api.cancel(key) if action == RunAction.CANCEL else api.retry(key)
    except KnownError as error:
        return failures.notice(error.problem)
    return _told("Cancelled" if action == RunAction.CANCEL else "Running again", job.title, "gray")


def delete(key: str, *, api: Client) -> dict[str, Any]:
    """Delete one stored result."""
    try:
        api.delete_result(key)
    except KnownError as error:
        return failures.notice(error.problem)
    return _told("Deleted", "The result is gone from the list; the same question computes it again.", "gray")


def _told(title: str, message: str, colour: str) -> dict[str, Any]:
    """A notification that something went well."""
    return {"action": "show", "title": title, "message": message, "color": colour}


def register(app: Dash, api: Client) -> None:
    """Connect the list, its buttons, the drawer and the question before deleting."""
    notifications = Output(ShellId.NOTIFICATIONS, "sendNotifications", allow_duplicate=True)
    asked = Output(RunsId.ASKED, "data", allow_duplicate=True)
    _register_list(app, api)
    app.clientside_callback(
        "state => ({state: state === 'all' ? null : state})",
        Output(ShellId.QUERY, "data", allow_duplicate=True),
        Input(RunsId.FILTER, "value"),
        prevent_initial_call=True,
    )

    @app.callback(notifications, asked, Input(RunsId.ACT, "data"), prevent_initial_call=True)
    def _act(press: dict[str, Any] | None) -> Any:
        if not press:
            return no_update, no_update
        return [act(press["action"], press["key"], api=api)], press["at"]

    _register_drawer(app, api)
    _register_delete(app, api, notifications, asked)


def _register_list(app: Dash, api: Client) -> None:
    # The frame's inputs and the page's are wired apart: the frame is there before the page.
    for wish in (
        ("changed", Input(ShellId.CHANGED, "data"), Input(ShellId.TICK, "n_intervals")),
        ("answered", Input(RunsId.ANSWERED, "data")),
    ):
        app.clientside_callback(
            ClientsideFunction("runs", wish[0]),
            Output(RunsId.ASKED, "data", allow_duplicate=True),
            *wish[1:],
            prevent_initial_call=True,
        )

    @app.callback(
        Output(RunsId.NOW, "children"),
        Output(RunsId.EARLIER, "children"),
        Output(RunsId.SIGNATURE, "data"),
        Output(RunsId.ANSWERED, "data"),
        Input(RunsId.ASKED, "data"),
        Input(RunsId.FILTER, "value"),
        Input(RunsId.N_SHOWN, "data"),
        State(RunsId.SIGNATURE, "data"),
        prevent_initial_call=True,
    )
    def _refresh(n_asked: int, state: str, n_shown: int, drawn: Any) -> Any:
        return *refresh(state, n_shown, drawn, api=api), n_asked


def _register_drawer(app: Dash, api: Client) -> None:
    @app.callback(
        Output(RunsId.DRAWER, "opened"),
        Output(RunsId.DRAWER, "children"),
        Output(ShellId.QUERY, "data", allow_duplicate=True),
        Input(RunsId.OPENED, "data"),
        prevent_initial_call=True,
    )
    def _show(press: dict[str, Any] | None) -> Any:
        if not press:
            return no_update, no_update, no_update
        return True, show(press["key"], api=api), {"job": press["key"], "result": None, "key": None}

    app.clientside_callback(
        "opened => opened ? window.dash_clientside.no_update : {job: null, result: null, key: null}",
        Output(ShellId.QUERY, "data", allow_duplicate=True),
        Input(RunsId.DRAWER, "opened"),
        prevent_initial_call=True,
    )


def _register_delete(app: Dash, api: Client, notifications: Output, asked: Output) -> None:
    @app.callback(
        notifications,
        asked,
        Output(RunsId.MODAL, "opened", allow_duplicate=True),
        Input(RunsId.MODAL_YES, "n_clicks"),
        State(RunsId.MODAL_KEY, "data"),
        prevent_initial_call=True,
    )
    def _delete(clicks: int | None, press: dict[str, Any]) -> Any:
        if not clicks:  # the button has only just appeared
            return no_update, no_update, no_update
        return [delete(press["key"], api=api)], press["at"], False

    app.clientside_callback(
        "clicks => false",
        Output(RunsId.MODAL, "opened", allow_duplicate=True),
        Input(RunsId.MODAL_NO, "n_clicks"),
        prevent_initial_call=True,
    )


_DELETING = "Whatever was built on it stays. It can be computed again from the same request."
