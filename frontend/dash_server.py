"""Dash on FastAPI as the atlas needs it: callbacks in threads, packages compressed once, own addresses.

Differs from Dash's FastAPI server in a few places, each named at its method.
"""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import copy_context
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote

import httpx
from dash import Dash
from dash.backends._fastapi import FastAPIDashServer, reset_current_request, set_current_request
from fastapi import FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool

from backend.contracts.paths import is_plain
from frontend.page_policy import policy_of


@asynccontextmanager
async def _lifespan(server: FastAPI) -> AsyncIterator[None]:
    yield
    if (upstream := getattr(server.state, "upstream", None)) is not None:
        await upstream.aclose()


class DashServer(FastAPIDashServer):
    """Dash's FastAPI server with callbacks off the event loop."""

    @staticmethod
    def create_app(name: str = "__main__", config: dict[str, Any] | None = None) -> FastAPI:
        """A server without interactive documentation: the API has its own."""
        del name, config
        server = FastAPI(lifespan=_lifespan, docs_url=None, redoc_url=None, openapi_url=None)
        server.state.upstream = httpx.AsyncClient(limits=httpx.Limits(max_connections=None), trust_env=False)
        return server

    def serve_callback(self, dash_app: Dash) -> Callable[..., Any]:
        """Run each callback in a thread: a handler that waits for the API must not hold up event streams."""

        async def dispatch(request: Request) -> Response:
            del request
            body = self.request_adapter().get_json()
            context = dash_app._initialize_context(body)
            function = dash_app._prepare_callback(context, body)
            arguments = dash_app._inputs_to_vals(context.inputs_list + context.states_list)
            call = dash_app._execute_callback(function, arguments, context.outputs_list, context)
            answer = await run_in_threadpool(copy_context().run, call)
            if hasattr(answer, "__await__"):
                answer = await answer
            return context.dash_response.set_response(data=answer)

        return dispatch

    def serve_component_suites(
        self, dash_app: Dash, package_name: str, fingerprinted_path: str, request: Request
    ) -> Response:
        """Read, hash and compress each script once per process instead of once per request (plotly.js: 0.2 s)."""
        suite = _suite(self, dash_app, package_name, fingerprinted_path)
        if suite.headers.get("etag") and request.headers.get("if-none-match") == suite.headers["etag"]:
            return Response(status_code=304, headers=suite.headers)
        packs = "gzip" in request.headers.get("accept-encoding", "")
        headers = suite.headers | {"content-encoding": "gzip" if packs else "identity"}
        return Response(suite.compressed if packs else suite.content, media_type=suite.media_type, headers=headers)

    def component_suite(self, dash_app: Dash, package_name: str, fingerprinted_path: str) -> Response:
        """A script as Dash itself answers it."""
        nobody = Request({"type": "http", "headers": []})
        return super().serve_component_suites(dash_app, package_name, fingerprinted_path, nobody)

    def setup_index(self, dash_app: Dash) -> None:
        """The first page is answered as every other address, with the same headers."""

    def setup_catchall(self, dash_app: Dash) -> None:
        """Any other address shows the page, which says itself when it does not know the address."""

        async def index(request: Request) -> Response:
            path = bytes(request.scope.get("raw_path") or b"/").partition(b"?")[0]
            if not is_plain(path.rstrip(b"/") or b"/") or _is_machine(path):
                return Response("This is no address of the atlas.", 404, media_type="text/plain")
            token = set_current_request(request)
            try:
                html = dash_app.index()
                headers = {"cache-control": "no-cache", "content-security-policy": policy_of(html)}
                return Response(html, media_type="text/html", headers=headers)
            finally:
                reset_current_request(token)

        self.page = index

    def _setup_catchall(self) -> None:
        """Dash would add one for whichever app was made last in this process; ours is per app."""


def _is_machine(path: bytes) -> bool:
    """Whether no page has this address: the API is elsewhere, and what is left of Dash's own routes is registered."""
    return unquote(path.decode("ascii")).lower().startswith(("/api", "/_"))


class _Suite(NamedTuple):
    content: bytes
    compressed: bytes
    media_type: str | None
    headers: dict[str, str]


@lru_cache(maxsize=64)
def _suite(server: DashServer, dash_app: Dash, package_name: str, fingerprinted_path: str) -> _Suite:
    plain = server.component_suite(dash_app, package_name, fingerprinted_path)
    content = bytes(plain.body)
    # Without a fingerprint in its name a script is asked for again, by its tag.
    kept = {name: plain.headers[name] for name in ("cache-control", "etag") if name in plain.headers}
    if "etag" in kept:
        kept = {"cache-control": "no-cache", "etag": f'"{kept["etag"]}"'}
    packed = gzip.compress(content, compresslevel=6, mtime=0)
    return _Suite(content, packed, plain.media_type, kept | {"vary": "accept-encoding"})
