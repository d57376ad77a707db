"""Other sites cannot write, answers carry their headers, web sockets are refused, bodies end at their limit."""

from __future__ import annotations

import asyncio
import socket

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from backend.app import create_app
from backend.contracts.binding import require_token
from backend.contracts.problems import KnownError
from backend.doors import HEADERS, BodyLimit
from tests.backend.servers import running_api

OWN = "http://testserver"
WRITES = [
    ("POST", "/imports"), ("POST", "/tasks"), ("POST", "/jobs"), ("DELETE", "/results/" + "0" * 20),
    ("POST", "/regions/preview"), ("PUT", "/reports/x"), ("DELETE", "/jobs/" + "0" * 20), ("POST", "/nowhere"),
]  # fmt: skip
FOREIGN = [
    {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": "http://testserver:81"}, {"Origin": ""},
    {"Origin": "http://testserver.evil.example"}, {"Origin": "http://testserver@evil.example"},
    {"Origin": "file://testserver"}, {"Origin": "http://[x"}, {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": ""}, {"Origin": OWN, "Sec-Fetch-Site": "cross-site"},
]  # fmt: skip


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_a_write_of_another_site_is_refused(api, headers):
    for method, path in WRITES:
        answer = api.request(method, path, headers=headers, content=b"x")
        assert (answer.status_code, answer.json()["code"]) == (403, "cross_site"), (method, path)
    assert api.get("/models", headers=headers).status_code == 200  # reads are kept from others by the browser


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": OWN}, {"Origin": "https://TESTSERVER"}, {"Origin": OWN, "Sec-Fetch-Site": "same-origin"}]
)
def test_a_write_of_ours_passes(api, headers):
    for method, path in WRITES:
        assert api.request(method, path, headers=headers, content=b"x").status_code != 403


def test_every_write_of_the_api_is_refused_to_others(api):
    """Whatever route is added later: its schema names it."""
    n_writes = 0
    for path, methods in api.get("/openapi.json").json()["paths"].items():
        for method in methods.keys() & {"post", "put", "patch", "delete"}:
            n_writes += 1
            answer = api.request(method.upper(), path, headers={"Sec-Fetch-Site": "cross-site"})
            assert answer.status_code == 403, (method, path)
    assert n_writes > 10


def test_every_answer_carries_the_headers(settings):
    app = create_app(settings)

    @app.get("/broken")
    def broken() -> None:
        raise ZeroDivisionError

    with TestClient(app, raise_server_exceptions=False) as api:
        for path, status in {"/models": 200, "/nowhere": 404, "/broken": 500, "/health": 200, "/docs": 200}.items():
            answer = api.get(path)
            assert answer.status_code == status
            assert answer.headers | HEADERS == answer.headers, path


def test_no_web_socket_is_accepted(settings):
    for token in (None, "0123456789abcdef"):
        with TestClient(create_app(settings._replace(token=token))) as api:
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            for path in ("/", "/events", "/jobs", "/_dash-ws-callback"):
                with pytest.raises(WebSocketDisconnect), api.websocket_connect(path, headers=headers):
                    pass


def test_a_chunked_body_without_a_length_ends_at_the_limit(settings):
    """More than 100 times the limit is offered; what is read of it is a limit and one block."""
    small = settings._replace(max_import_bytes=100_000)
    with running_api(small) as url:
        host, _, port = url.removeprefix("http://").partition(":")
        for path in ("/imports", "/tasks?title=x&form=story_cloze&language=en", "/jobs"):
            with socket.create_connection((host, int(port)), timeout=10) as connection:
                head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
                connection.sendall(head.encode())
                block = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
                for _ in range(160):
                    connection.sendall(block)
                connection.sendall(b"0\r\n\r\n")
                assert connection.recv(65_536).startswith(b"HTTP/1.1 413"), path
    assert not list(settings.layout.imports.glob(".arriving*"))


def test_an_app_that_swallows_the_end_of_a_body_does_not_answer():
    """Dash's middleware makes a 500 of whatever happens in it: 413 is the answer all the same."""
    sent = []

    async def app(scope, receive, send):
        try:
            await Request(scope, receive).body()
        except Exception:
            await PlainTextResponse("swallowed", 500)(scope, receive, send)

    async def receive():
        return {"type": "http.request", "body": b"x" * 101, "more_body": False}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"transfer-encoding", b"chunked")]}
    asyncio.run(BodyLimit(app, 100)(scope, receive, send))
    assert sent[0]["status"] == 413
    assert b"swallowed" not in b"".join(message.get("body", b"") for message in sent)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "0.0.0.0", "example.org"])
def test_a_short_token_is_refused_at_the_start(host):
    with pytest.raises(KnownError) as refused:
        require_token(host, "x" * 15)
    assert "15 characters" in refused.value.problem.detail and "16" in refused.value.problem.detail
    assert "x" * 15 not in refused.value.problem.detail
    require_token(host, "x" * 16)
