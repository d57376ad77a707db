"""Runs: everything queued, running, done, failed or cancelled, and what can be done about it."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import dash_mantine_components as dmc
from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update

from backend.client import Client
from backend.contracts.jobs import JobStatus
from backend.contracts.problems import KnownError
from frontend import failures, run_rows
from frontend.panels import runs_details, runs_list
from frontend.panels.runs_list import RunAction
from frontend.run_rows import RunRow
from frontend.shell import ShellId, page_header, problem_alert

PATH = "/runs"
TITLE = "Runs"
ICON = "runs"


class RunsId(StrEnum):
    """Ids of the page."""

    FILTER = "runs-filter"
    LIST = "runs-list"
    SIGNATURE = "runs-signature"
    """Store: what the list looks like now, so that nothing is drawn twice."""
    ASKED = "runs-asked"
    """Store: counts what this page asked for, so that the list is read again."""
    DRAWER = "runs-drawer"
    MODAL = "runs-modal"
    MODAL_TEXT = "runs-modal-text"
    MODAL_KEY = "runs-modal-key"
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
    opened = next((row for row in found if row.job.key == query.get("job")), None)
    return html.Div(
        [
            page_header("Runs", "Every question asked of a model: ask once, computed once, kept.", right=choice),
            html.Div(runs_list.run_list(shown, state), id=RunsId.LIST),
            dcc.Store(id=RunsId.SIGNATURE, data=[state, *run_rows.signature(shown)]),
            dcc.Store(id=RunsId.ASKED, data=0),
            dmc.Drawer(
                _details(opened, query.get("job"), api=api),
                id=RunsId.DRAWER,
                title="Run",
                opened="job" in query,
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
            dmc.Text(id=RunsId.MODAL_TEXT, size="sm"),
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


def refresh(state: str, drawn: Any, *, api: Client) -> tuple[Any, Any]:
    """The list and its signature, or no change: scroll, focus and tooltips stay where they are."""
    try:
        shown = run_rows.chosen(run_rows.rows(api.jobs(), api.results()), state)
    except KnownError as error:
        return (problem_alert(error.problem), None) if drawn is not None else (no_update, no_update)
    now = [state, *run_rows.signature(shown)]
    return (no_update, no_update) if now == drawn else (runs_list.run_list(shown, state), now)


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
    return runs_details.details(row, api.manifest(row.job.key).provenance if row.result else None)


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


def _pattern(action: RunAction) -> Input:
    return Input({"type": action.value, "key": ALL}, "n_clicks")


def register(app: Dash, api: Client) -> None:
    """Connect the list, its buttons, the drawer and the question before deleting."""
    notifications = Output(ShellId.NOTIFICATIONS, "sendNotifications", allow_duplicate=True)
    asked = Output(RunsId.ASKED, "data", allow_duplicate=True)

    # Two wires, one from the frame and one from the page: the frame's inputs are there before the page's.
    _register_list(app, api, Input(ShellId.CHANGED, "data"), Input(ShellId.TICK, "n_intervals"))
    _register_list(app, api, Input(RunsId.FILTER, "value"), Input(RunsId.ASKED, "data"))
    app.clientside_callback(
        "state => ({state: state === 'all' ? null : state})",
        Output(ShellId.QUERY, "data", allow_duplicate=True),
        Input(RunsId.FILTER, "value"),
        prevent_initial_call=True,
    )

    @app.callback(
        notifications,
        asked,
        _pattern(RunAction.CANCEL),
        _pattern(RunAction.RETRY),
        State(RunsId.ASKED, "data"),
        prevent_initial_call=True,
    )
    def _act(cancels: list[int], retries: list[int], n_asked: int) -> Any:
        if not (any(cancels) or any(retries)):
            return no_update, no_update
        return [act(ctx.triggered_id["type"], ctx.triggered_id["key"], api=api)], n_asked + 1

    _register_drawer(app, api)
    _register_delete(app, api, notifications, asked)


def _register_list(app: Dash, api: Client, *inputs: Input) -> None:
    @app.callback(
        Output(RunsId.LIST, "children", allow_duplicate=True),
        Output(RunsId.SIGNATURE, "data", allow_duplicate=True),
        *inputs,
        State(RunsId.FILTER, "value"),
        State(RunsId.SIGNATURE, "data"),
        prevent_initial_call=True,
    )
    def _refresh(_first: Any, _second: Any, state: str, drawn: Any) -> Any:
        return refresh(state, drawn, api=api)


def _register_drawer(app: Dash, api: Client) -> None:
    @app.callback(
        Output(RunsId.DRAWER, "opened"),
        Output(RunsId.DRAWER, "children"),
        Output(ShellId.QUERY, "data", allow_duplicate=True),
        _pattern(RunAction.DETAILS),
        prevent_initial_call=True,
    )
    def _show(clicks: list[int]) -> Any:
        if not any(clicks):
            return no_update, no_update, no_update
        key = ctx.triggered_id["key"]
        return True, show(key, api=api), {"job": key}

    app.clientside_callback(
        "opened => opened ? window.dash_clientside.no_update : {job: null}",
        Output(ShellId.QUERY, "data", allow_duplicate=True),
        Input(RunsId.DRAWER, "opened"),
        prevent_initial_call=True,
    )


def _register_delete(app: Dash, api: Client, notifications: Output, asked: Output) -> None:
    @app.callback(
        Output(RunsId.MODAL, "opened"),
        Output(RunsId.MODAL_TEXT, "children"),
        Output(RunsId.MODAL_KEY, "data"),
        _pattern(RunAction.DELETE),
        prevent_initial_call=True,
    )
    def _question(clicks: list[int]) -> Any:
        if not any(clicks):
            return no_update, no_update, no_update
        text = "Whatever was built on it stays. It can be computed again from the same request."
        return True, text, ctx.triggered_id["key"]

    @app.callback(
        notifications,
        asked,
        Output(RunsId.MODAL, "opened", allow_duplicate=True),
        Input(RunsId.MODAL_YES, "n_clicks"),
        State(RunsId.MODAL_KEY, "data"),
        State(RunsId.ASKED, "data"),
        prevent_initial_call=True,
    )
    def _delete(clicks: int | None, key: str, n_asked: int) -> Any:
        if not clicks:  # the button has only just appeared
            return no_update, no_update, no_update
        return [delete(key, api=api)], n_asked + 1, False

    app.clientside_callback(
        "clicks => false",
        Output(RunsId.MODAL, "opened", allow_duplicate=True),
        Input(RunsId.MODAL_NO, "n_clicks"),
        prevent_initial_call=True,
    )
