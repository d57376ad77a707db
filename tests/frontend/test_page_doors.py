"""The page's own doors: other sites cannot write, its policy names its scripts, only used routes are there."""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from backend.doors import HEADERS, NO_PAGE
from frontend.app import create_app
from frontend.page_policy import hash_of
from frontend.settings import FrontendSettings
from tests.frontend.fake_api import FakeApi
from tests.frontend.test_proxy_addresses import Upstream, served

SETTINGS = FrontendSettings(api_url="http://127.0.0.1:9", max_body_bytes=1000, max_import_bytes=3000)


@pytest.fixture(scope="module")
def page():
    with TestClient(create_app(SETTINGS, FakeApi()), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def behind():
    """The same in front of an API that answers."""
    with served(Upstream()) as api:
        app = create_app(SETTINGS._replace(api_url=f"http://{api}"), FakeApi())
        with TestClient(app, raise_server_exceptions=False) as client:
            yield client


@pytest.mark.parametrize("path", ["/_dash-update-component", "/api/imports", "/api/tasks", "/api/jobs", "/login", "/x"])
def test_a_write_of_another_site_is_refused(page, path):
    for headers in ({"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "same-site"}):
        answer = page.post(path, json={}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "cross_site")
    own = page.post(path, json={}, headers={"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"})
    assert own.status_code != 403


@pytest.mark.parametrize("path", ["/", "/atlas", "/regions?result=x", "/nowhere"])
def test_the_policy_names_every_inline_script_of_the_page(page, path):
    answer = page.get(path)
    policy = answer.headers["content-security-policy"]
    scripts = re.findall(r"<script(?![^>]*src=)(?![^>]*application/json)[^>]*>(.*?)</script>", answer.text, re.DOTALL)
    assert len(scripts) > 2
    assert all(hash_of(script) in policy for script in scripts)
    allowed = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert "unsafe" not in allowed and "http" not in policy and "*" not in policy
    assert answer.headers | (HEADERS | {"content-security-policy": policy}) == answer.headers
    assert " on" not in "".join(re.findall(r"<[a-z]+[^>]*\son[a-z]+=", answer.text))


def test_what_is_no_page_runs_nothing(page):
    for path in ("/_dash-layout", "/_dash-dependencies", "/health", "/api/jobs", "/export/table.csv?view=/x", "/_x"):
        assert page.get(path).headers["content-security-policy"] == NO_PAGE, path


def test_the_login_has_its_own_policy():
    app = create_app(SETTINGS._replace(token="0123456789abcdef"), FakeApi())
    door = TestClient(app).get("/")
    style = re.search(r"<style>(.*?)</style>", door.text, re.DOTALL)[1]
    assert door.status_code == 401
    assert hash_of(style) in door.headers["content-security-policy"]
    assert "<script" not in door.text and "unsafe" not in door.headers["content-security-policy"]


def test_routes_of_dash_that_the_page_does_not_use_are_gone(page):
    for path in ("/_reload-hash", "/_favicon.ico", "/_dash-ws-callback", "/_dash-anything", "/_alive_x"):
        assert page.get(path).status_code == 404, path
    dash = {getattr(route, "path", "").partition("{")[0] for route in page.app.router.routes}
    assert {path for path in dash if path.startswith("/_")} == {
        "/_dash-component-suites/", "/_dash-layout", "/_dash-dependencies", "/_dash-update-component", "/_atlas/",
    }  # fmt: skip


def test_no_web_socket_is_accepted(page):
    for path in ("/_dash-ws-callback", "/", "/api/events"):
        headers = {"Origin": "http://testserver"}
        with pytest.raises(WebSocketDisconnect), page.websocket_connect(path, headers=headers):
            pass


@pytest.mark.parametrize(
    "path,limit", [("/api/jobs", 1000), ("/api/imports", 3000), ("/api/tasks", 3000), ("/_dash-update-component", 3000),
                   ("/export/table.csv", 1000)]
)  # fmt: skip
def test_a_body_over_its_limit_is_refused_announced_or_not(behind, path, limit):
    page = behind
    for body in (b"x" * (limit + 1), iter([b"x" * limit, b"x"])):
        answer = page.post(path, content=body, headers={"Content-Type": "application/json"})
        if path.startswith("/export") and answer.status_code == 405:
            continue  # nothing there reads a body
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert page.post(path, content=b" " * limit).status_code != 413
