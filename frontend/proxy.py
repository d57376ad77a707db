"""The one road from the browser to the API: `/api/{path}` on the dashboard's own origin.

Adds the token, streams both ways without buffering (server-sent events and uploads included); `backend.doors` limits
bodies before they come here.
Knows nothing about what is said.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from backend.contracts.paths import is_plain
from backend.contracts.problems import Problem
from frontend.settings import FrontendSettings

PREFIX = b"/api/"
TIMEOUT = httpx.Timeout(connect=3, read=120, write=30, pool=10)
STREAM_TIMEOUT = httpx.Timeout(connect=3, read=None, write=30, pool=10)
METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE"]
_PASSED_ON = frozenset({"accept", "accept-encoding", "content-type", "last-event-id", "if-none-match", "range"})
_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "upgrade", "server", "date", "te", "trailer"})

Handler = Callable[[Request], Awaitable[Response]]


def forwarder(settings: FrontendSettings, upstream: httpx.AsyncClient) -> Handler:
    """The route handler that sends a request on to `settings.api_url` and streams the answer back."""

    base = httpx.URL(settings.api_url)

    async def forward(request: Request) -> Response:
        target = _target(base, request)
        if target is None:
            return _no_such_path()
        streaming = "text/event-stream" in request.headers.get("accept", "")
        onward = upstream.build_request(
            request.method,
            target,
            headers=_request_headers(request, settings.token),
            content=request.stream() if request.method not in ("GET", "HEAD") else None,
            timeout=STREAM_TIMEOUT if streaming else TIMEOUT,
        )
        try:
            answer = await upstream.send(onward, stream=True)
        except httpx.HTTPError as error:
            return _unreachable(settings.api_url, error)
        return StreamingResponse(_chunks(answer), status_code=answer.status_code, headers=_response_headers(answer))

    return forward


async def _chunks(answer: httpx.Response) -> AsyncIterator[bytes]:
    """Raw bytes as they come; the API that goes away mid-stream ends it (the browser reconnects)."""
    try:
        async for chunk in answer.aiter_raw():
            yield chunk
    except httpx.HTTPError:
        return
    finally:
        await answer.aclose()


def _target(base: httpx.URL, request: Request) -> httpx.URL | None:
    """The API's address of this request, or None for a path that is not plainly one of the API.

    Made from parts, never by joining texts: `/api%2F@HOST/x` behind `http://127.0.0.1:8051` is one of HOST.
    The path stays percent-encoded as the browser sent it.
    """
    path = bytes(request.scope.get("raw_path") or b"").partition(b"?")[0]
    if not path.startswith(PREFIX) or not is_plain(path):
        return None
    query = bytes(request.scope["query_string"])
    onward = base.raw_path.rstrip(b"/") + path.removeprefix(b"/api")
    try:
        target = base.copy_with(raw_path=onward + (b"?" + query if query else b""))
    except (httpx.InvalidURL, UnicodeDecodeError):  # a query with a fragment, or bytes that no address may hold
        return None
    same_place = (target.scheme, target.netloc, target.userinfo) == (base.scheme, base.netloc, base.userinfo)
    return target if same_place and target.path.startswith("/") else None


def _request_headers(request: Request, token: str) -> dict[str, str]:
    headers = {"accept-encoding": "identity"}  # else httpx would ask for compression the browser did not
    headers |= {name: value for name, value in request.headers.items() if name in _PASSED_ON}
    return headers | ({"authorization": f"Bearer {token}"} if token else {})


def _response_headers(answer: httpx.Response) -> dict[str, str]:
    headers = {name: value for name, value in answer.headers.items() if name not in _HOP_BY_HOP}
    if headers.get("content-type", "").startswith("text/event-stream"):
        headers |= {"cache-control": "no-cache", "x-accel-buffering": "no"}
    return headers


def _problem(problem: Problem) -> Response:
    return Response(problem.model_dump_json(), problem.status, media_type="application/problem+json")


def _no_such_path() -> Response:
    return _problem(
        Problem(
            code="not_found",
            title="Not found",
            status=404,
            detail="This is no path of the API: it does not begin with /api/, or holds what no path of it holds.",
            hint="Empty and dotted segments, encoded slashes and control characters are refused. See /api/docs.",
        )
    )


def _unreachable(api_url: str, error: httpx.HTTPError) -> Response:
    return _problem(
        Problem(
            code="api_unreachable",
            title="The API does not answer",
            status=502,
            detail=f"No answer from {api_url} ({type(error).__name__}).",
            hint="It may be starting: this page tries again by itself. Otherwise start it with `lingua-atlas up`.",
        )
    )
