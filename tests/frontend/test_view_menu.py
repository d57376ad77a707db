"""`This view`: what is copied says the whole view; a view that cannot be drawn takes nothing along."""

import json
import sys
from types import SimpleNamespace

import pytest

from backend.contracts.problems import KnownError
from frontend import urls, view_menu
from frontend.views.base import View
from tests.frontend.fake_api import FakeApi
from tests.frontend.view_sample import ADDRESS, PAGE, shown  # noqa: F401

KEY = "0123456789abcdef0123"
ORIGIN = "http://127.0.0.1:8050"


def api(*keys: str) -> FakeApi:
    fake = FakeApi()
    fake.keys_beginning = lambda asked: {one: tuple(key for key in keys if key.startswith(one)) for one in asked}  # type: ignore[attr-defined]
    return fake


def said(parts: object) -> str:
    return json.dumps(parts, default=lambda part: part.to_plotly_json())


def test_keys_are_cut_to_their_beginnings():
    found = view_menu.ways(f"/languages?result={KEY}&layers=3", ORIGIN, api(KEY))
    assert found.link == f"{ORIGIN}/languages?result=01234567&layers=3"
    assert found.command == "lingua-atlas view '/languages?result=01234567&layers=3'"


def test_python_is_three_lines_that_run():
    lines = view_menu.ways('/touch?text=a"b\\', ORIGIN, api()).python.splitlines()
    assert len(lines) == 3
    seen: dict = {}
    client = SimpleNamespace(view=lambda address: address)
    exec("\n".join(lines[1:]), {"Client": lambda url: client}, seen)
    assert urls.split(seen["view"]) == ("/touch", {"text": 'a"b\\'})


def test_an_api_that_cannot_say_how_short_leaves_keys_whole():
    def refuse(_):
        raise KnownError("not_found", "an older API", status=404)

    fake = FakeApi()
    fake.keys_beginning = refuse  # type: ignore[attr-defined]
    assert view_menu.ways(f"/languages?result={KEY}", ORIGIN, fake).link.endswith(KEY)


@pytest.mark.parametrize(
    ("address", "model", "whole"),
    [
        ("/languages", "tiny", "/languages?model=tiny"),
        ("/languages?layers=3", "tiny", "/languages?layers=3&model=tiny"),
        ("/languages?model=other", "tiny", "/languages?model=other"),
        ("/languages", None, "/languages"),
        ("/compare?models=a,b", "tiny", "/compare?models=a,b"),
        ("/", "tiny", "/"),
    ],
)
def test_the_chosen_model_belongs_into_the_address(address, model, whole):
    assert view_menu.with_model(address, model) == whole


def test_what_was_left_open_is_said():
    canonical = f"/languages?model=tiny&result={KEY}"
    assert view_menu.complete("/languages?model=tiny&pinned=a.1", canonical) == canonical + "&pinned=a.1"


@pytest.mark.usefixtures("shown")
def test_parts_with_their_files():
    parts, address = view_menu.shown(ADDRESS, api())
    text = said(parts)
    assert address == ADDRESS
    for told in ("Two languages of a tiny model.", "Numbers, all of them", "Perplexity <by language>", "1 text"):
        assert told in text
    for kind in ("table.csv", "table.tex", "table.json", "figure.html", "figure.json"):
        assert f"/export/{kind}?view=%2Festimators%3Fresult%3Dabc&name=" in text
    assert text.count("lingua-atlas run - --wait") == 4  # the source and what is missing, to be read and copied


def test_a_title_that_asks_ends_with_its_own_mark():
    asks = View(address="/x", title="Is there a region?", lead="There is.")
    (lead,) = view_menu.parts(asks)
    assert lead.children[1:] == [" ", "There is."]


def test_a_known_failure_says_why():
    drawn, address = view_menu.shown("/nowhere?x=1", api())
    assert "is the address of no page" in said(drawn)
    assert address == "/nowhere?x=1"


def test_a_page_without_a_view_says_so(monkeypatch):
    def missing(name: str):
        raise ModuleNotFoundError(name, name=name)

    monkeypatch.setattr("frontend.views.import_module", missing)
    assert "no numbers or pictures" in said(view_menu.shown("/runs", api())[0])


def test_a_view_that_stumbles_is_told_and_logged(monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, f"frontend.views.{PAGE}", SimpleNamespace(view=lambda *_: 1 / 0))
    assert "stumbled" in said(view_menu.shown(ADDRESS, api())[0])
    assert "ZeroDivisionError" in caplog.text
