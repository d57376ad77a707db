"""Assembles the dashboard: frame, pages, proxy. No logic of its own."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Protocol

from dash import Dash
from fastapi import FastAPI

from backend.client import Client
from frontend import router, shell
from frontend.dash_server import DashServer
from frontend.proxy import METHODS, forwarder
from frontend.settings import FrontendSettings


class PageModule(Protocol):
    """What every module of `frontend.pages` offers."""

    PATH: str
    TITLE: str
    ICON: str

    def layout(self, query: dict[str, str], api: Client) -> object:
        """The page of one view state; may raise KnownError, which the shell shows."""

    def register(self, app: Dash, api: Client) -> None:
        """Connect the page's handlers."""


def _pages() -> list[ModuleType]:
    pages = []
    for name in ("start", "atlas", "touch", "regions", "languages", "runs"):
        try:
            pages.append(importlib.import_module(f"frontend.pages.{name}"))
        except ModuleNotFoundError:
            continue
    return pages


def create_app(settings: FrontendSettings, api: Client) -> FastAPI:
    """The dashboard as an ASGI app; `api` answers its handlers, `/api/*` goes on to `settings.api_url`."""
    app = Dash(
        "frontend",
        backend=DashServer,
        title="Lingua Atlas",
        update_title="",
        serve_locally=True,
        suppress_callback_exceptions=True,
        assets_folder="assets",
    )
    app.layout = shell.layout
    pages = _pages()
    router.register(app, api, pages)
    for page in pages:
        page.register(app, api)
    server: FastAPI = app.server
    server.add_api_route("/api/{path:path}", forwarder(settings, server.state.upstream), methods=METHODS)
    server.add_api_route("/{path:path}", app.backend.page, methods=["GET"])
    return server
