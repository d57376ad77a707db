"""The dashboard's road to the API: token added, streams unbuffered, limits kept, nothing leaks; pages compressed."""

import asyncio
import gzip

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, StreamingResponse

from frontend.app import create_app
from frontend.proxy import METHODS, forwarder
from frontend.settings import FrontendSettings
from tests.frontend.fake_api import FakeApi

SETTINGS = FrontendSettings(api_url="http://api", token="secret")


def behind() -> FastAPI:
    api = FastAPI()

    @api.get("/stream")
    async def stream() -> StreamingResponse:
        async def pieces():
            yield b": hello\n\n"
            yield b"data: 1\n\n"

        return StreamingResponse(pieces(), media_type="text/event-stream")

    @api.api_route("/{path:path}", methods=["GET", "POST", "DELETE"])
    async def echo(request: Request, path: str) -> JSONResponse:
        body = (await request.body()).decode()
        told = {"path": path, "query": request.url.query, "token": request.headers.get("authorization"), "body": body}
        told["cookie"] = request.headers.get("cookie")
        return JSONResponse(told, 404 if path == "missing" else 200, media_type="application/problem+json")

    return api


def ask(method: str, path: str, transport: httpx.AsyncBaseTransport | None = None, **request) -> httpx.Response:
    async def go() -> httpx.Response:
        upstream = httpx.AsyncClient(transport=transport or httpx.ASGITransport(behind()))
        front = FastAPI()
        front.add_api_route("/api/{path:path}", forwarder(SETTINGS, upstream), methods=METHODS)
        async with upstream, httpx.AsyncClient(transport=httpx.ASGITransport(front), base_url="http://page") as client:
            return await client.request(method, path, **request)

    return asyncio.run(go())


def test_the_token_is_added_and_the_browsers_cookies_stay_here():
    told = ask("GET", "/api/jobs?a=1&b=%20", headers={"cookie": "x=1", "authorization": "Bearer guess"}).json()
    assert told == {"path": "jobs", "query": "a=1&b=%20", "token": "Bearer secret", "body": "", "cookie": None}


def test_bodies_and_problems_pass_unchanged():
    assert ask("POST", "/api/jobs", content=b'{"a": 1}').json()["body"] == '{"a": 1}'
    missing = ask("DELETE", "/api/missing")
    assert missing.status_code == 404
    assert missing.headers["content-type"] == "application/problem+json"


def test_events_are_neither_cached_nor_buffered():
    answer = ask("GET", "/api/stream", headers={"accept": "text/event-stream"})
    assert answer.text == ": hello\n\ndata: 1\n\n"
    assert answer.headers["cache-control"] == "no-cache"


def test_an_api_that_is_down_is_a_problem_with_a_hint():
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    answer = ask("GET", "/api/jobs", transport=httpx.MockTransport(refuse))
    assert (answer.status_code, answer.json()["code"]) == (502, "api_unreachable")
    assert "lingua-atlas up" in answer.json()["hint"]
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.fixture(scope="module")
def dashboard() -> FastAPI:
    return create_app(FrontendSettings(api_url="http://127.0.0.1:9"), FakeApi())


def visit(app: FastAPI, path: str, **request) -> httpx.Response:
    async def go() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
            return await client.get(path, **request)

    return asyncio.run(go())


@pytest.mark.parametrize("path", ["/", "/atlas?layer=1", "/nowhere/at/all"])
def test_every_address_gets_the_page_and_nothing_from_elsewhere(dashboard, path):
    page = visit(dashboard, path)
    assert page.status_code == 200
    assert "_dash-component-suites" in page.text
    assert "https://" not in page.text


def test_scripts_come_compressed_and_may_be_kept(dashboard):
    page = visit(dashboard, "/").text
    script = page.partition('src="')[2].partition('"')[0]
    answer = visit(dashboard, script, headers={"accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert "max-age" in answer.headers["cache-control"]
    assert len(gzip.compress(answer.content)) < len(answer.content)


@pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.1", "localhost"])
def test_a_dashboard_with_a_token_asks_for_it_on_loopback_too(host):
    app = create_app(FrontendSettings(token="0123456789abcdef", host=host, api_url="http://127.0.0.1:9"), FakeApi())
    assert visit(app, "/").status_code == 401
    assert visit(app, "/api/jobs").json()["code"] == "unauthorized"
    assert visit(app, "/_dash-layout").status_code == 401
    assert visit(app, "/health").json() == {"status": "ok"}
