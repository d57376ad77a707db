"""`This view`: link, command line and Python of what is shown, its tables and pictures as files, its questions.

Knows addresses and views; the page that is shown knows nothing of it.
"""

from __future__ import annotations

import logging
import shlex
from typing import Any, NamedTuple

from dash import ClientsideFunction, Dash, Input, Output, State

from backend.client import Client
from backend.contracts.problems import KnownError
from frontend import urls
from frontend.addresses import readable, shortened
from frontend.failures import UNEXPECTED
from frontend.panels.problem import problem_alert
from frontend.panels.view_menu import WAYS, ViewId, parts, text_id
from frontend.shell import ShellId
from frontend.urls import Page
from frontend.views import render

log = logging.getLogger("lingua_atlas.frontend")

_OF_NO_MODEL = frozenset(
    urls.PATHS[page] for page in Page if page in ("start", "runs", "compare", "reports", "glossary")
)


class Ways(NamedTuple):
    """The address in three languages."""

    link: str
    command: str
    python: str


def ways(address: str, origin: str, api: Client) -> Ways:
    """What is copied; keys are cut to their beginnings where the API can say how short they may be."""
    try:
        short = shortened(address, api)
    except KnownError:
        short = address
    python = f'from backend.client import Client\natlas = Client("{origin}/api")\nview = atlas.view("{_python(short)}")'
    return Ways(origin + short, f"lingua-atlas view {shlex.quote(short)}", python)


def with_model(address: str, model: str | None) -> str:
    """The address with the model that the page shows by choice: elsewhere another one is chosen."""
    path, query = urls.split(address)
    if not model or "model" in query or path in _OF_NO_MODEL:
        return address
    return f"{address}{'&' if query else '?'}model={model}"


def shown(address: str, api: Client) -> tuple[Any, str]:
    """What the view has, or why it cannot be shown outside the page; and its address with what it meant said."""
    try:
        view = render(address, api)
        return parts(view), complete(address, view.address)
    except KnownError as error:
        return problem_alert(error.problem), address
    except Exception as error:  # the ways above still work: a view that stumbles must not take them along
        log.error("%s could not be rendered", address, exc_info=error)
        return problem_alert(UNEXPECTED), address


def complete(address: str, canonical: str) -> str:
    """The address with all it left open: `the newest result` is another one tomorrow."""
    path, query = urls.split(address)
    return readable(path, urls.split(canonical)[1] | query)


def _python(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def register(app: Dash, api: Client) -> None:
    """Open at once in the browser; the ways, then the parts, follow from here."""
    app.clientside_callback(
        ClientsideFunction("view_menu", "open"),
        Output(ViewId.DRAWER, "opened"),
        Output(ViewId.ASKED, "data"),
        Output(ViewId.PARTS, "children", allow_duplicate=True),
        Input(ViewId.OPEN, "n_clicks"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        "(...clicks) => clicks.slice(0, 3).some(Boolean) ? false : window.dash_clientside.no_update",
        Output(ViewId.DRAWER, "opened", allow_duplicate=True),
        Input(ViewId.REPORT, "n_clicks"),
        Input(ViewId.UNDO, "n_clicks"),
        Input(ViewId.REDO, "n_clicks"),
        prevent_initial_call=True,
    )

    @app.callback(
        *(Output(id, prop) for prop, id in _places()),
        Output(ViewId.SAID, "data"),
        Input(ViewId.ASKED, "data"),
        State(ShellId.MODEL, "data"),
        prevent_initial_call=True,
    )
    def _ways(asked: dict[str, str], model: str | None) -> Any:
        address = with_model(asked["address"], model)
        found = ways(address, asked["origin"], api)
        return (*found, *found, asked | {"address": address})

    @app.callback(
        *(Output(id, prop, allow_duplicate=True) for prop, id in _places()),
        Output(ViewId.PARTS, "children"),
        Input(ViewId.SAID, "data"),
        prevent_initial_call=True,
    )
    def _parts(said: dict[str, str]) -> Any:
        drawn, address = shown(said["address"], api)
        found = ways(address, said["origin"], api)
        return (*found, *found, drawn)


def _places() -> list[tuple[str, str]]:
    """Where the three ways stand: in the copy buttons, and to be read."""
    buttons = [("value", str(way)) for way, _, _ in WAYS]
    return buttons + [("children", text_id(way)) for way, _, _ in WAYS]
