"""The door of a dashboard that has a token: asks for it once, keeps a cookie; on loopback too.

Knows ASGI and the token; nothing about Dash. Without a token it is not installed at all.
"""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.contracts.problems import KnownError
from backend.doors import problem_response
from backend.wrong_tokens import WrongTokens
from frontend import page_policy

COOKIE = "lingua_atlas"
OPEN_PATHS = frozenset({"/health"})
MAX_FORM_BYTES = 4096
MONTH_SECONDS = 30 * 24 * 3600

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Lingua Atlas</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>:root{{color-scheme:light dark}}body{{font:16px/1.5 system-ui,sans-serif;display:grid;place-items:center;
min-height:100vh;margin:0}}form{{display:grid;gap:.75rem;width:20rem}}input,button{{font:inherit;padding:.5rem .75rem}}
p{{margin:0}}</style>
<form method="post" action="/login"><h1>Lingua Atlas</h1>
<label for="token">This atlas is protected. Enter its token (LINGUA_ATLAS_TOKEN).</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<button>Open the atlas</button><p role="alert">{message}</p></form></html>"""

_STYLE_HASH = page_policy.hash_of(_PAGE.format(message="").partition("<style>")[2].partition("</style>")[0])
_POLICY = f"default-src 'none'; style-src {_STYLE_HASH}; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"


class TokenGate:
    """ASGI middleware: a request passes with the cookie or with `Authorization: Bearer`."""

    def __init__(self, app: ASGIApp, token: str, wrong: WrongTokens | None = None) -> None:
        self.app = app
        self.token = token
        self._wrong = wrong or WrongTokens()
        self._cookie = hashlib.sha256(f"lingua-atlas cookie {token}".encode()).hexdigest()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, answer the login, or show the door."""
        if scope["type"] == "websocket":  # the page uses none
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": "unauthorized"})
            return
        if scope["type"] != "http" or scope["path"] in OPEN_PATHS:
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        if scope["path"] == "/login" and request.method == "POST":
            response = await self._login(request)
        elif self._known(request):
            await self.app(scope, receive, send)
            return
        else:
            if COOKIE in request.cookies or "authorization" in request.headers:
                await self._wrong.noted(scope)
            response = _door("", 401) if not scope["path"].startswith("/api/") else _unauthorized()
        await response(scope, receive, send)

    def _known(self, request: Request) -> bool:
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        return _same(request.cookies.get(COOKIE, ""), self._cookie) or _same(bearer, self.token)

    async def _login(self, request: Request) -> Response:
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_FORM_BYTES:
                return _door("That is too long for a token.", 413)
        given = parse_qs(body.decode(errors="replace")).get("token", [""])[0]
        if not _same(given, self.token):
            await self._wrong.noted(request.scope)
            return _door("That is not the token.", 401)
        response: Response = RedirectResponse("/", status_code=303)
        secure = request.url.scheme == "https"
        response.set_cookie(
            COOKIE, self._cookie, max_age=MONTH_SECONDS, httponly=True, samesite="strict", secure=secure
        )
        return response


def _door(message: str, status: int) -> Response:
    return HTMLResponse(_PAGE.format(message=message), status, {"content-security-policy": _POLICY})


def _unauthorized() -> Response:
    known = KnownError(
        "unauthorized",
        "this atlas asks for a token, and the request carries none or a wrong one",
        hint="Send the header `Authorization: Bearer $LINGUA_ATLAS_TOKEN`, or open the page and enter it there.",
        status=401,
    )
    return problem_response(known.problem, {"WWW-Authenticate": "Bearer"})


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())
