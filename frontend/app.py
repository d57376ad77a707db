"""Assembles the dashboard: frame, pages, proxy. No logic of its own."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from dash import Dash
from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from backend.client import Client
from backend.doors import BodyLimit, Doors
from frontend import bundles, failures, first_paint, report_adding, router, shell
from frontend.dash_server import DashServer
from frontend.exports.router import router as exports
from frontend.gate import TokenGate
from frontend.pages import (
    atlas,
    combine,
    compare,
    development,
    dimensions,
    estimators,
    glossary,
    languages,
    neurons,
    regions,
    reports,
    reproduction,
    runs,
    start,
    tasks,
    touch,
    train,
)
from frontend.proxy import METHODS, forwarder
from frontend.reports.router import router as reports_export
from frontend.settings import FrontendSettings

PAGES: tuple[router.PageModule, ...] = (
    start,
    atlas,
    touch,
    regions,
    combine,
    dimensions,
    estimators,
    train,
    languages,
    neurons,
    tasks,
    development,
    compare,
    reproduction,
    reports,
    runs,
    glossary,
)
"""A page that is added here appears in the navigation (`frontend.navigation`) by itself."""

ASSETS = Path(__file__).parent / "assets"
COMPRESS_LEVEL = 4


FILE_PATHS = ("/api/imports", "/api/tasks", "/_dash-update-component")
"""Where files arrive, and what the page's own handlers are sent."""
_UNUSED = frozenset({"/_dash-ws-callback", "/_reload-hash", "/_favicon.ico"})
"""Routes of Dash that this page never asks for: a web socket of callbacks, hot reload, an icon."""


def _keep_used_routes(server: FastAPI) -> None:
    server.router.routes[:] = [route for route in server.router.routes if getattr(route, "path", None) not in _UNUSED]


async def _health() -> dict[str, str]:
    return {"status": "ok"}


def create_app(settings: FrontendSettings, api: Client) -> FastAPI:
    """The dashboard as an ASGI app; `api` answers its handlers, `/api/*` goes on to `settings.api_url`."""
    paths = [page.PATH for page in PAGES]
    own = (bundles.scripts(ASSETS), bundles.styles(ASSETS))
    app = Dash(
        "frontend",
        backend=DashServer,
        title="Lingua Atlas",
        update_title="",
        serve_locally=True,
        suppress_callback_exceptions=True,
        assets_folder="assets",
        on_error=failures.report,
        index_string=first_paint.painted(shell.INDEX, paths),
        assets_ignore=r"\.(js|css)$",
        external_scripts=[own[0].address],
        external_stylesheets=[own[1].address],
    )
    app.layout = partial(shell.layout, paths)
    router.register(app, api, PAGES)
    report_adding.register(app, api)
    for page in PAGES:
        page.register(app, api)
    # Dash lists its assets at the first request of one of its own routes: an address opened before would be bare.
    app._setup_server()
    server: FastAPI = app.server
    _keep_used_routes(server)
    server.add_middleware(GZipMiddleware, compresslevel=COMPRESS_LEVEL)
    server.add_middleware(
        BodyLimit,
        limit_bytes=settings.max_body_bytes,
        limits_by_path=dict.fromkeys(FILE_PATHS, settings.max_import_bytes),
    )
    if settings.token:  # on loopback too: this machine may have other users
        server.add_middleware(TokenGate, token=settings.token)
    server.add_middleware(Doors)
    server.add_api_route(bundles.PREFIX + "{name}", bundles.serve(own), methods=["GET"])
    server.add_api_route("/health", _health, methods=["GET"])
    server.include_router(exports(api))
    server.include_router(reports_export(api))
    server.add_api_route("/api/{path:path}", forwarder(settings, server.state.upstream), methods=METHODS)
    server.add_api_route("/{path:path}", app.backend.page, methods=["GET"])
    return server
