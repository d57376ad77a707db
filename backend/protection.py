"""The token of the API. Plain ASGI, no routes; the other doors are in `backend.doors`."""

from __future__ import annotations

import secrets

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.contracts.problems import KnownError
from backend.doors import problem_response
from backend.wrong_tokens import WrongTokens

OPEN_PATHS = frozenset({"/health"})


class TokenCheck:
    """Refuse requests without `Authorization: Bearer TOKEN`, compared in constant time."""

    def __init__(self, app: ASGIApp, token: str, wrong: WrongTokens | None = None) -> None:
        self.app = app
        self._expected = f"Bearer {token}".encode()
        self._wrong = wrong or WrongTokens()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 401; a web socket never passes."""
        if scope["type"] == "lifespan" or (scope["type"] == "http" and scope["path"] in OPEN_PATHS):
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get("authorization", "")
        if scope["type"] == "http" and secrets.compare_digest(given.encode(), self._expected):
            await self.app(scope, receive, send)
            return
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": "unauthorized"})
            return
        if given:
            await self._wrong.noted(scope)
        refusal = KnownError(
            "unauthorized",
            "this API asks for a token, and the request carries none or a wrong one",
            hint="Send the header `Authorization: Bearer $LINGUA_ATLAS_TOKEN`.",
            status=401,
        )
        await problem_response(refusal.problem, {"WWW-Authenticate": "Bearer"})(scope, receive, send)
