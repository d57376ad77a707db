"""Assembles the dashboard: frame, pages, proxy. No logic of its own."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Protocol

from dash import Dash
from fastapi import FastAPI

from backend.client import Client
from frontend import failures, router, shell
from frontend.dash_server import DashServer
from frontend.gate import TokenGate
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
        except ImportError:
            continue
    return pages


async def _health() -> dict[str, str]:
    return {"status": "ok"}


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
        on_error=failures.report,
    )
    app.layout = shell.layout
    pages = _pages()
    router.register(app, api, pages)
    for page in pages:
        page.register(app, api)
    # Dash lists its assets at the first request of one of its own routes: an address opened before would be bare.
    app._setup_server()
    server: FastAPI = app.server
    if settings.token and not settings.loopback:
        server.add_middleware(TokenGate, token=settings.token)
    server.add_api_route("/health", _health, methods=["GET"])
    server.add_api_route("/api/{path:path}", forwarder(settings, server.state.upstream), methods=METHODS)
    server.add_api_route("/{path:path}", app.backend.page, methods=["GET"])
    return server
