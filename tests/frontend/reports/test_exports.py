"""Exported reports: one file, nothing from elsewhere, nothing that runs, every number."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest
from fastapi.testclient import TestClient
from markdown_it import MarkdownIt

from backend.contracts.problems import KnownError
from frontend.app import create_app
from frontend.reports import html, markdown, notes
from frontend.reports.router import link
from frontend.reports.shown import Shown, command, python, shown
from frontend.settings import FrontendSettings
from tests.frontend.fake_api import FakeApi
from tests.frontend.reports import samples
from tests.frontend.reports.samples import ADDRESS, EVIL
from tests.frontend.view_sample import ADDRESS as SAMPLE
from tests.frontend.view_sample import shown as sample_page  # noqa: F401

ORIGIN = "http://127.0.0.1:8050"


class Parsed(HTMLParser):
    """Elements with their attributes, text by element, scripts apart."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.text = ""
        self._script: dict[str, str | None] | None = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag == "script":
            self._script = dict(attrs)

    def handle_endtag(self, tag):
        if tag == "script":
            self._script = None

    def handle_data(self, data):
        if self._script is None:
            self.text += data
        else:
            self.scripts.append((self._script, data))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def page() -> Parsed:
    return Parsed(html.written(samples.report(), samples.shown(), origin=ORIGIN))


def test_nothing_comes_from_elsewhere(page: Parsed):
    for tag, attributes in page.elements:
        assert not {"src", "srcset", "background", "action", "formaction"} & set(attributes), (tag, attributes)
        assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
        assert tag not in ("link", "iframe", "img", "object", "embed", "base", "form"), tag
    assert "@import" not in page.text and "url(" not in html._own("report.css")


def test_links_lead_to_the_atlas_to_the_page_itself_or_where_the_note_says(page: Parsed):
    targets = {attributes["href"] for attributes in page.all("a")}
    assert f"{ORIGIN}{ADDRESS}" in targets and "#view-2" in targets
    assert all(
        target and re.match(r"#view-\d|http://127\.0\.0\.1:8050/|https://|/atlas$", target) for target in targets
    )


def test_only_our_scripts_may_run(page: Parsed):
    policy = next(one["content"] for one in page.all("meta") if one.get("http-equiv"))
    assert policy and "default-src 'none'" in policy and "unsafe-eval" not in policy
    running = [text for attributes, text in page.scripts if attributes.get("type") != "application/json"]
    assert len(running) == 2 == len([one for one in page.all("script") if not one.get("type")])
    for text in running:
        assert base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() in policy
    script = policy.split("script-src")[1].split(";")[0]
    assert "unsafe" not in script


def test_hostile_text_is_text(page: Parsed):
    assert page.text.count(EVIL) >= 6
    figures = [json.loads(text) for attributes, text in page.scripts if attributes.get("id") == "figure-1-1"]
    assert figures[0]["layout"]["title"]["text"] == EVIL


def test_everything_of_a_view_is_there(page: Parsed):
    for part in (
        str(20.123456789012345),
        "∞",
        "–",
        "Arabic 20.5, English 30.25.",
        "Compute it.",
        "exported by Lingua Atlas",
    ):
        assert part in page.text
    for part in (command(ADDRESS), python(ADDRESS), "Not computed yet", "Many rows (20 rows)"):
        assert part in page.text
    (quoted,) = [one for one in page.all("blockquote") if one.get("lang")]
    assert quoted == {"dir": "rtl", "lang": "ar"}
    assert {"looks", "figure-1-1"} <= {attributes.get("id") for attributes in page.all("script")}
    assert [one["id"] for one in page.all("section")] == ["view-1", "view-2"]
    assert samples.shown()[0].view.sources[0].key in page.text


def test_without_pictures_no_script_is_carried():
    text = html.written(samples.report(), [Shown(samples.report().items[1], problem=samples.PROBLEM)])
    assert len(text) < 20_000 and "script-src 'none'" in text
    assert "In an atlas with the same results" in text


def test_markdown_says_the_same_and_holds_no_html():
    text = markdown.written(samples.report(), samples.shown(), origin=ORIGIN)
    for part in (
        "# A road \\& more",
        "First *words*.",
        "| language | perplexity | lines | held\\_out |",
        "Arabic 20.5",
    ):
        assert part in text
    for part in (f"]({ORIGIN}{ADDRESS})", command(ADDRESS), str(20.123456789012345), "the HTML export", "Compute it."):
        assert part in text
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    inline = [child for token in tokens for child in token.children or ()]
    assert not [token for token in (*tokens, *inline) if token.type.startswith("html")]
    targets = [str(token.attrs["href"]) for token in inline if token.type == "link_open"]
    assert all(re.match(r"#|/|https?://", target) for target in targets), targets
    headings = [tokens[place + 1].content for place, token in enumerate(tokens) if token.type == "heading_open"]
    assert [one.split(" ")[0] for one in headings] == ["A", "1.", "What", "2."]
    pipes = [line for line in text.splitlines() if line.startswith("|") and "a\\|b" in line]
    assert pipes == ["| a\\|b | – |"]


def test_notes_lose_no_words():
    shown_html = notes.html(samples.NOTE)
    assert "<h4>What I see</h4>" in shown_html and "<table>" in shown_html
    assert '<a href="https://arxiv.org/abs/2402.14700">' in shown_html
    assert "<script" not in shown_html and "<img" not in shown_html and 'href="javascript' not in shown_html


def test_a_page_without_a_renderer_and_one_that_fails_say_so(monkeypatch: pytest.MonkeyPatch, caplog):
    item = samples.report().items[0].model_copy(update={"address": "/reports?report=x"})
    assert shown(item, FakeApi()).problem.hint
    assert shown(item.model_copy(update={"address": "/nowhere"}), FakeApi()).problem.code == "unknown_view"

    def broken(address, api):
        raise ZeroDivisionError

    monkeypatch.setattr("frontend.reports.shown.render", broken)
    assert "ZeroDivisionError" in shown(item, FakeApi()).problem.detail
    assert "could not be drawn" in caplog.text


class Reports(FakeApi):
    def report(self, name):
        if name != "road":
            raise KnownError("unknown_report", f"there is no report {name!r} here", status=404)
        item = samples.report().items[0].model_copy(update={"address": SAMPLE})
        return samples.report(items=(item,))


@pytest.mark.usefixtures("sample_page")
def test_a_report_is_a_file_with_a_name():
    app = create_app(FrontendSettings(api_url="http://127.0.0.1:9"), Reports())
    with TestClient(app, base_url="http://127.0.0.1:8050") as browser:
        for form, media in (("html", "text/html"), ("md", "text/markdown")):
            answer = browser.get(link("road", form))
            assert answer.headers["content-type"].startswith(media)
            assert answer.headers["content-disposition"] == f'attachment; filename="road.{form}"'
            assert f"http://127.0.0.1:8050{SAMPLE}" in answer.text
        gone = browser.get(link("gone", "md"))
        assert (gone.status_code, gone.json()["code"]) == (404, "unknown_report")
        assert browser.get("/export/report/No%20Name.html").status_code == 422


@pytest.mark.usefixtures("sample_page")
def test_the_token_guards_reports_and_is_in_none():
    settings = FrontendSettings(api_url="http://127.0.0.1:9", host="0.0.0.0", token="s3cret-token")
    with TestClient(create_app(settings, Reports()), base_url="http://atlas.example") as browser:
        assert browser.get(link("road", "html")).status_code == 401
        answer = browser.get(link("road", "html"), headers={"Authorization": "Bearer s3cret-token"})
        assert answer.status_code == 200 and "s3cret" not in answer.text


def test_a_long_text_is_folded_and_a_short_one_is_not():
    first, _ = samples.shown()
    assert first.view is not None
    said = first.view.passages[0]
    view = first.view._replace(passages=(said, said._replace(title="Request", text="x" * 3_000)))
    file = html.written(samples.report(), [first._replace(view=view)])
    assert f"<h3>{said.title}</h3>" in file
    assert '<details class="long"><summary>Request</summary>' in file and "x" * 3_000 in file
