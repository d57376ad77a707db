"""The door of a dashboard that other machines can reach: asks for the token once, keeps a cookie.

Knows ASGI and the token; nothing about Dash. Without a token it is not installed at all.
"""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

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


class TokenGate:
    """ASGI middleware: a request passes with the cookie or with `Authorization: Bearer`."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self.app = app
        self.token = token
        self._cookie = hashlib.sha256(f"lingua-atlas cookie {token}".encode()).hexdigest()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, answer the login, or show the door."""
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
            response = HTMLResponse(_PAGE.format(message=""), status_code=401)
        await response(scope, receive, send)

    def _known(self, request: Request) -> bool:
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        return _same(request.cookies.get(COOKIE, ""), self._cookie) or _same(bearer, self.token)

    async def _login(self, request: Request) -> Response:
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_FORM_BYTES:
                return HTMLResponse(_PAGE.format(message="That is too long for a token."), status_code=413)
        given = parse_qs(body.decode(errors="replace")).get("token", [""])[0]
        if not _same(given, self.token):
            return HTMLResponse(_PAGE.format(message="That is not the token."), status_code=401)
        response = RedirectResponse("/", status_code=303)
        secure = request.url.scheme == "https"
        response.set_cookie(
            COOKIE, self._cookie, max_age=MONTH_SECONDS, httponly=True, samesite="strict", secure=secure
        )
        return response


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())
