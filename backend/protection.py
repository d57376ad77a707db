"""What every request passes first: the token check and the limit of the body. Plain ASGI, no routes."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.contracts.problems import KnownError
from backend.errors import body_too_large, problem_response

OPEN_PATHS = frozenset({"/health"})
DRAINED_BYTES = 64_000_000


class TokenCheck:
    """Refuse requests without `Authorization: Bearer TOKEN`, compared in constant time."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self.app = app
        self._expected = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 401."""
        if scope["type"] != "http" or scope["path"] in OPEN_PATHS or self._allowed(scope):
            await self.app(scope, receive, send)
            return
        refusal = KnownError(
            "unauthorized",
            "this API asks for a token, and the request carries none or a wrong one",
            hint="Send the header `Authorization: Bearer $LINGUA_ATLAS_TOKEN`.",
            status=401,
        )
        await problem_response(refusal.problem, {"WWW-Authenticate": "Bearer"})(scope, receive, send)

    def _allowed(self, scope: Scope) -> bool:
        given = Headers(scope=scope).get("authorization", "")
        return secrets.compare_digest(given.encode(), self._expected)


async def _drain(message: Message, receive: Receive) -> None:
    """Read on for a while: a client that is cut off while it sends sees a reset instead of the answer."""
    left = DRAINED_BYTES
    while message.get("more_body") and left > 0:
        message = await receive()
        left -= len(message.get("body", b""))


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
        await self.app(scope, self._counted(receive, limit_bytes), send)

    def _counted(self, receive: Receive, limit_bytes: int) -> Receive:
        n_bytes = 0

        async def counted() -> Message:
            nonlocal n_bytes
            message = await receive()
            n_bytes += len(message.get("body", b""))
            if n_bytes > limit_bytes:
                await _drain(message, receive)
                # FastAPI lets only this type through while it reads a body.
                detail = body_too_large(limit_bytes).problem.detail
                raise HTTPException(413, detail, {"Connection": "close"})
            return message

        return counted
