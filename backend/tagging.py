"""Tags for answers: who has a list already is told that it is as it was, and reads nothing again.

Knows bytes, not what they mean: an answer that is quick to make but long to send and to read (jobs, models, trainings).
"""

from __future__ import annotations

from hashlib import blake2b

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.results.caching import REVALIDATE


class Tags:
    """Gives every JSON answer of a GET that has no ETag the digest of its bytes, and answers 304 to who knows it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Holds the head of an answer until its bytes are known."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        known = Headers(scope=scope).get("if-none-match", "")
        held: list[Message] = []

        async def tagged(message: Message) -> None:
            if message["type"] == "http.response.start" and _takes_tag(message):
                held.append(message)
                return
            if held:
                start = held.pop()
                if not message.get("more_body"):
                    start, message = _with_tag(start, message, known)
                await send(start)
            await send(message)

        await self.app(scope, receive, tagged)


def _takes_tag(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    is_json = headers.get("content-type", "").partition(";")[0] == "application/json"
    return start["status"] == 200 and is_json and "etag" not in headers


def _with_tag(start: Message, body: Message, known: str) -> tuple[Message, Message]:
    tag = f'"{blake2b(body.get("body", b""), digest_size=16).hexdigest()}"'
    headers = MutableHeaders(raw=list(start["headers"]))
    headers["etag"] = tag
    headers.setdefault("cache-control", REVALIDATE)
    if tag not in [one.strip().removeprefix("W/") for one in known.split(",")]:
        return {**start, "headers": headers.raw}, body
    for name in ("content-length", "content-type"):
        del headers[name]
    return {**start, "status": 304, "headers": headers.raw}, {**body, "body": b""}
