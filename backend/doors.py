"""The doors of both servers, API and page: who may write, what a browser may do with an answer, how much is read.

Plain ASGI, no routes; knows problems and nothing else of the atlas.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.contracts.problems import KnownError, Problem

PROBLEM_TYPE = "application/problem+json"
READS = frozenset({"GET", "HEAD", "OPTIONS"})
DRAINED_BYTES = 64_000_000
NO_PAGE = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""Content security policy of answers that are no page: even opened as one they run and load nothing."""
HEADERS = {
    "content-security-policy": NO_PAGE,
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    # Not `no-referrer`: under it a browser sends `Origin: null` with forms, and a login looks like an attack.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def problem_response(problem: Problem, headers: dict[str, str] | None = None) -> Response:
    """The problem on the wire."""
    return Response(problem.model_dump_json(), problem.status, headers, PROBLEM_TYPE)


def body_too_large(limit_bytes: int) -> KnownError:
    """A request body over the limit."""
    return KnownError(
        "body_too_large",
        f"the request body is larger than the {limit_bytes} bytes that are accepted",
        hint="Name corpora and models instead of sending text; LINGUA_ATLAS_MAX_IMPORT_BYTES lets larger files in.",
        status=413,
    )


class Doors:
    """Around everything: refuses web sockets and writes of other sites, and puts security headers on every answer.

    A browser says with every write where it comes from, in `Origin` and `Sec-Fetch-Site`; a page can forge neither, and
    programs send none and pass. `Origin` is compared with `Host` (which `TrustedHostMiddleware` has checked) without
    the scheme, for a proxy that ends TLS. Neither server has a use for web sockets.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 403."""
        if scope["type"] == "websocket":
            await receive()  # its `connect`; closed before it is accepted is 403
            await send({"type": "websocket.close", "code": 1008, "reason": "no web sockets here"})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        if scope["method"] not in READS and not is_own(Headers(scope=scope)):
            await problem_response(_cross_site().problem, {"Connection": "close"})(scope, receive, headed)
            return
        await self.app(scope, receive, headed)


def is_own(headers: Headers) -> bool:
    """Whether a write comes from our own page, or from a program that is no browser."""
    sites, origins, hosts = (headers.getlist(name) for name in ("sec-fetch-site", "origin", "host"))
    if any(site not in ("same-origin", "none") for site in sites):
        return False
    return all([origin] and len(hosts) == 1 and _is_place(origin, hosts[0]) for origin in origins)


def _is_place(origin: str, host: str) -> bool:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower() != ""


def _cross_site() -> KnownError:
    return KnownError(
        "cross_site",
        "another site asked for this through a browser (Origin or Sec-Fetch-Site is not that of this atlas)",
        hint="Open the atlas under the address it printed and do it there. Behind a proxy, pass `Host` on unchanged.",
        status=403,
    )


class BodyLimit:
    """Refuse a body over `limit_bytes`: by its announced length unread, a chunked one once it exceeds.

    `limits_by_path`: where another limit holds.
    """

    def __init__(self, app: ASGIApp, limit_bytes: int, limits_by_path: Mapping[str, int] | None = None) -> None:
        self.app = app
        self.limit_bytes = limit_bytes
        self.limits_by_path = limits_by_path or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a counted body, or answer 413 and close the connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit_bytes = self.limits_by_path.get(scope["path"], self.limit_bytes)
        announced = Headers(scope=scope).get("content-length", "0")
        if announced.isdigit() and int(announced) > limit_bytes:
            refusal = body_too_large(limit_bytes).problem
            await problem_response(refusal, {"Connection": "close"})(scope, receive, send)
            return
        count = _Count(receive, limit_bytes)
        started = False

        async def noted(message: Message) -> None:
            nonlocal started
            if count.exceeded and not started:
                return  # whatever was made of half a body: ours is the answer
            started = True
            await send(message)

        try:
            await self.app(scope, count, noted)
        except Exception:
            if not count.exceeded or started:
                raise
        if count.exceeded and not started:
            refusal = body_too_large(limit_bytes).problem
            await problem_response(refusal, {"Connection": "close"})(scope, receive, send)


class _Count:
    """A `receive` that counts, and ends with an exception once there is too much."""

    def __init__(self, receive: Receive, limit_bytes: int) -> None:
        self._receive = receive
        self._limit_bytes = limit_bytes
        self._n_bytes = 0
        self.exceeded = False

    async def __call__(self) -> Message:
        message = await self._receive()
        self._n_bytes += len(message.get("body", b""))
        if self._n_bytes > self._limit_bytes:
            self.exceeded = True
            await _drain(message, self._receive)
            # FastAPI lets only this type through while it reads a body.
            raise HTTPException(413, body_too_large(self._limit_bytes).problem.detail, {"Connection": "close"})
        return message


async def _drain(message: Message, receive: Receive) -> None:
    """Read on for a while: a client that is cut off while it sends sees a reset instead of the answer."""
    left = DRAINED_BYTES
    while message.get("more_body") and left > 0:
        message = await receive()
        left -= len(message.get("body", b""))
