"""With a token nothing of the page is served without it, and guessing is slow and logged."""

import asyncio
import logging

import httpx
import pytest
from starlette.responses import PlainTextResponse

from backend.wrong_tokens import MAX_WAITING, WrongTokens
from frontend.gate import TokenGate

TOKEN = "a long token"


def visit(method="GET", path="/", cookies=None, waited=None, **request):
    async def sleep(seconds):
        if waited is not None:
            waited.append(seconds)

    async def go():
        gate = TokenGate(PlainTextResponse("inside"), TOKEN, WrongTokens(sleep=sleep))
        transport = httpx.ASGITransport(app=gate)
        async with httpx.AsyncClient(transport=transport, base_url="http://atlas", cookies=cookies) as client:
            return await client.request(method, path, **request)

    return asyncio.run(go())


@pytest.mark.parametrize("path", ["/", "/api/jobs", "/_dash-layout"])
def test_strangers_see_the_door(path):
    answer = visit(path=path)
    assert answer.status_code == 401
    assert "inside" not in answer.text
    assert "LINGUA_ATLAS_TOKEN" in answer.text


def test_health_stays_open():
    assert visit(path="/health").text == "inside"


def test_the_token_opens_and_the_cookie_keeps_it_open():
    login = visit("POST", "/login", data={"token": TOKEN})
    assert login.status_code == 303
    assert TOKEN not in login.headers["set-cookie"]
    assert "HttpOnly" in login.headers["set-cookie"]
    assert visit(cookies=dict(login.cookies)).text == "inside"


def test_bearer_passes_and_a_wrong_token_does_not():
    assert visit(headers={"Authorization": f"Bearer {TOKEN}"}).text == "inside"
    assert visit(headers={"Authorization": "Bearer x"}).status_code == 401
    assert visit("POST", "/login", data={"token": "x"}).status_code == 401
    assert visit("POST", "/login", data={"token": "x" * 9000}).status_code == 413


def test_a_web_socket_does_not_pass():
    sent = []

    async def app(scope, receive, send):
        raise AssertionError("inside")

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message["type"])

    headers = [(b"authorization", f"Bearer {TOKEN}".encode())]
    asyncio.run(TokenGate(app, TOKEN)({"type": "websocket", "path": "/", "headers": headers}, receive, send))
    assert sent == ["websocket.close"]


def test_a_wrong_token_waits_and_is_logged_without_itself(caplog):
    waited = []
    with caplog.at_level(logging.WARNING, logger="lingua_atlas.doors"):
        visit("POST", "/login", data={"token": "a wrong guess"}, waited=waited)
        visit(headers={"Authorization": "Bearer a wrong guess"}, waited=waited)
        visit(path="/", waited=waited)  # no attempt at all
        visit("POST", "/login", data={"token": TOKEN}, waited=waited)
    assert waited == [0.5, 0.5]
    assert len(caplog.records) == 2
    assert "127.0.0.1" in caplog.text
    assert "guess" not in caplog.text and TOKEN not in caplog.text


def test_each_wrong_token_of_an_address_waits_twice_as_long_until_it_is_forgotten():
    waited, clock = [], [0.0]

    async def sleep(seconds):
        waited.append(seconds)

    async def go():
        wrong = WrongTokens(sleep=sleep, now=lambda: clock[0])
        for _ in range(7):
            await wrong.noted({"client": ("10.0.0.1", 1)})
        await wrong.noted({"client": ("10.0.0.2", 1)})
        clock[0] = 301
        await wrong.noted({"client": ("10.0.0.1", 1)})

    asyncio.run(go())
    assert waited == [0.5, 1, 2, 4, 8, 16, 16, 0.5, 0.5]


def test_waiting_guesses_hold_a_bounded_number_of_connections():
    async def go():
        ended = asyncio.Event()
        held = []

        async def sleep(_seconds):
            held.append(1)
            await ended.wait()

        wrong = WrongTokens(sleep=sleep)
        waiting = [asyncio.create_task(wrong.noted({"client": ("10.0.0.1", 1)})) for _ in range(MAX_WAITING + 5)]
        while sum(task.done() for task in waiting) < 5:
            await asyncio.sleep(0)
        ended.set()
        await asyncio.gather(*waiting)
        return len(held)

    assert asyncio.run(go()) == MAX_WAITING
