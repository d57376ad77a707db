"""No spelling of a path makes the dashboard call another host: raw sockets, real servers."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
import uvicorn
from fastapi import Request
from starlette.types import Receive, Scope, Send

from backend.contracts.paths import is_plain
from frontend.app import create_app
from frontend.proxy import _target
from frontend.settings import FrontendSettings
from tests.frontend.fake_api import FakeApi

SPELLINGS = [
    "/api%2F@{host}/x", "/api%2f@{host}/x", "/api%5C@{host}/x", "/api%5c@{host}/x", "/api%2F%2F{host}/x",
    "/api//{host}/x", "/api///{host}/x",
    "/api/\\{host}/x", "/api/%5C{host}/x", "/api/%2F{host}/x", "/api/%2f%2f{host}/x",
    "//{host}/api/x", "/\\{host}/api/x", "///{host}/api/x", "/%2F{host}/api/x", "//{host}//api//x",
    "/api@{host}/x", "/api:80@{host}/x", "/api%40{host}/x", "/api%2F:@{host}/x", "/api%2Fa:b@{host}/x",
    "/api/..//{host}/x", "/api/../@{host}/x", "/api/%2e%2e/@{host}/x", "/api/.%2E/%2F{host}/x", "/api/./{host}/x",
    "/api/%2e/%2e%2e%2f{host}/x", "/api/..%2f@{host}/x", "/api/x/..;/@{host}/x/..",
    "/api%00@{host}/x", "/api/%00@{host}/x", "/api%00/@{host}/x", "/api/x%0d%0aHost:%20{host}/x", "/api/x%09@{host}/..",
    "/API%2F@{host}/x", "/Api/..//{host}/x", "/aPi%2F@{host}/x", "/%61pi%2F@{host}/x", "/%61pi/x", "/ap%69@{host}/x",
    "/api%252F@{host}/x", "/api/%252F@{host}/x", "/api/%252e%252e/@{host}/x", "/api%255C@{host}/x",
    "/api%2F@{host}%2Fx", "/api%2F@{host}?/api/", "/api%2F@{host}%23/x", "/api%3F@{host}/x", "/api%3A@{host}/x",
    "/api/%ff%fe@{host}/..", "/api;@{host}/x", "/api%2F%5B::1%5D@{host}/x",
    "http://{host}%2Fapi/x", "http:/api/@{host}/x", "@{host}/api/x", "*", "api%2F@{host}/x",
]  # fmt: skip


class Upstream:
    """An API that notes what reaches it, and where it was sent."""

    def __init__(self) -> None:
        self.reached: list[tuple[str, bytes]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note the request, answer 200."""
        if scope["type"] != "http":
            return
        self.reached.append((dict(scope["headers"]).get(b"host", b"").decode(), scope["raw_path"]))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x-upstream", b"yes")]})
        await send({"type": "http.response.body", "body": b"upstream"})


@contextmanager
def served(app, http: str = "auto") -> Iterator[str]:
    """Host and port of a real server."""
    server = uvicorn.Server(
        uvicorn.Config(
            app, host="127.0.0.1", port=0, log_level="critical", loop="asyncio", http=http, ws="none", lifespan="off"
        )
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        host, port = server.servers[0].sockets[0].getsockname()
        yield f"{host}:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


@contextmanager
def stranger() -> Iterator[tuple[str, list]]:
    """A second loopback server; whoever connects to it is noted."""
    calls: list = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        ended = threading.Event()

        def accept() -> None:
            while not ended.is_set():
                try:
                    connection, address = listener.accept()
                except TimeoutError:
                    continue
                calls.append(address)
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil")
                connection.close()

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}", calls
        finally:
            ended.set()
            thread.join(5)


def said(page: str, target: str, *, method: str = "GET", host: str | None = None) -> bytes:
    """The raw answer to one request line; empty when the server hangs up."""
    place, _, port = page.partition(":")
    with socket.create_connection((place, int(port)), timeout=10) as connection:
        line = f"{method} {target} HTTP/1.1\r\nhost: {host or page}\r\nconnection: close\r\n\r\n"
        connection.sendall(line.encode("utf-8"))
        answer = b""
        try:
            while block := connection.recv(65536):
                answer += block
        except ConnectionResetError:
            pass
        return answer


@pytest.mark.parametrize("http", ["h11", "httptools"])
def test_no_spelling_reaches_another_host(http):
    upstream = Upstream()
    with stranger() as (elsewhere, calls), served(upstream) as api:
        app = create_app(FrontendSettings(api_url=f"http://{api}", token=""), FakeApi())
        with served(app, http) as page:
            for spelling in SPELLINGS:
                for method in ("GET", "POST"):
                    answer = said(page, spelling.format(host=elsewhere), method=method)
                    assert b"evil" not in answer and b"x-upstream" not in answer.lower(), spelling
                    assert answer[9:12] in (b"400", b"404", b"405", b""), (spelling, answer[:80])
            assert calls == []
            assert upstream.reached == []

            # What is spelled as it should be arrives as it was spelled, and nowhere else.
            paths = ["/api/jobs", f"/api/@{elsewhere}/x", "/api/models/a%40b+c/tile?x=1&y=http://" + elsewhere]
            for path in [*paths, f"http://{page}/api/jobs"]:
                said(page, path)
            assert said(page, f"http://{elsewhere}/api/jobs")[9:12] in (b"200", b"404")  # its host is not looked at
            assert calls == []
            assert {host for host, _ in upstream.reached} == {api}
            assert [path for _, path in upstream.reached][:3] == [
                b"/jobs",
                f"/@{elsewhere}/x".encode(),
                b"/models/a%40b+c/tile",
            ]


@pytest.mark.parametrize(
    "path,plain",
    [
        ("/", True), ("/jobs", True), ("/models/a@b/tile", True), ("/corpora/a%20b/lines", True), ("/x/%C3%A4", True),
        ("", False), ("jobs", False), ("//jobs", False), ("/jobs/", False), ("/jobs/..", False), ("/.", False),
        ("/a%2Fb", False), ("/a%5cb", False), ("/a\\b", False), ("/%2e%2E/a", False), ("/.%2e", False),
        ("/a%00", False),
        ("/a%252Fb", False), ("/a b", False), ("/a?b", False), ("/a#b", False), ("/ä", False), ("/a%7F", False),
    ],
)  # fmt: skip
def test_which_paths_are_plain(path, plain):
    assert is_plain(path.encode()) is plain


@pytest.mark.parametrize("query", ["a=%20&b=http://x/", "a=b?c", "", "q=%ff"])
def test_a_query_arrives_as_it_was_sent(query):
    scope = {"type": "http", "raw_path": b"/api/jobs", "query_string": query.encode(), "headers": []}
    base = httpx.URL("http://127.0.0.1:8051/behind/")
    target = _target(base, Request(scope))
    assert target is not None
    assert (target.host, target.raw_path) == ("127.0.0.1", b"/behind/jobs" + (b"?" + query.encode() if query else b""))
