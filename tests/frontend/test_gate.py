"""Beyond loopback nothing of the page is served without the token."""

import httpx
import pytest
from starlette.responses import PlainTextResponse

from frontend.gate import TokenGate

TOKEN = "a long token"


def visit(method="GET", path="/", cookies=None, **request):
    import asyncio

    async def go():
        transport = httpx.ASGITransport(app=TokenGate(PlainTextResponse("inside"), TOKEN))
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
