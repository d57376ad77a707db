"""The hand: keys, search and help on every page; in the browser it is `assets/hand.js` and `hand_undo.js`."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from dash import Dash, Input, Output, State, no_update

from backend.client import Client
from backend.contracts.problems import KnownError
from frontend import urls
from frontend.choices.search import Known, search
from frontend.panels.hand import HandId, hits, sheet
from frontend.panels.problem import problem_alert
from frontend.shell import ShellId


def found(text: str | None, model: str | None, paths: Collection[str], api: Client) -> Any:
    """The hits for a text; the reason where the API cannot be asked."""
    try:
        known = _known(model, paths, api) if (text or "").strip() else Known(paths, api.models())
    except KnownError as error:
        return problem_alert(error.problem)
    return hits(text or "", search(text or "", known))


def _known(model: str | None, paths: Collection[str], api: Client) -> Known:
    models = api.models()
    chosen = next((one.name for one in models if one.name == model and one.status == "ready"), None)
    languages = sorted({code for corpus in api.corpora() for code in corpus.languages})
    return Known(
        paths,
        models,
        api.model(chosen) if chosen else None,
        languages,
        api.results(model=chosen) if chosen else (),
        _reports(paths, api),
    )


def _reports(paths: Collection[str], api: Client) -> list[tuple[str, str]]:
    return [(report.name, report.title) for report in api.reports()] if urls.PATHS.get("reports") in paths else []


def register(app: Dash, api: Client, paths: Collection[str]) -> None:
    """Connect search and help."""

    @app.callback(
        Output(HandId.HITS, "children"),
        Input(HandId.SEARCH, "value"),
        Input(HandId.PALETTE, "opened"),
        State(ShellId.MODEL, "data"),
        prevent_initial_call=True,
    )
    def _found(text: str | None, opened: bool, model: str | None) -> Any:
        return found(text, model, paths, api) if opened else no_update

    @app.callback(
        Output(HandId.SHEET, "children"),
        Input(HandId.HELP, "opened"),
        State(ShellId.LOCATION, "pathname"),
        prevent_initial_call=True,
    )
    def _sheet(opened: bool, pathname: str | None) -> Any:
        return sheet(pathname) if opened else no_update
