"""A report's whole road in a browser: a view, a note, an order, a file without a network, and back to the view."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from backend.contracts.problems import KnownError
from backend.contracts.requests import Lines, SimilarityRequest
from tests.end_to_end.conftest import Watched
from tests.end_to_end.stack import CORPUS, Stack, done

pytestmark = [pytest.mark.browser, pytest.mark.redis]


@pytest.fixture
def stack(atlas_stack: Stack) -> Iterator[Stack]:
    yield atlas_stack
    for row in atlas_stack.api.reports():
        atlas_stack.api.delete_report(row.name)


@pytest.fixture
def similarity(stack: Stack) -> str:
    lines = Lines(corpus=CORPUS, start=0, stop=4)
    return done(stack.api, SimilarityRequest(model=stack.model.name, lines=lines, languages=("de", "en", "fr")))


def add_view(page: Page, *, note: str, title: str = "", report: str = "") -> None:
    """Through the menu of the view, as a reader does it."""
    page.get_by_role("button", name="This view").click()
    page.get_by_role("button", name="Add to a report").click()
    form = page.get_by_role("dialog", name="Add this view to a report")
    expect(form.locator("#report-add-yes")).not_to_have_attribute("data-loading", "true")
    expect(form.locator("#report-add-address")).to_contain_text("/")
    if report:
        form.get_by_label("Title of the new report").fill(report)
    if title:
        form.get_by_label("What the view is called there").fill(title)
    form.get_by_label("Note").fill(note)
    form.get_by_role("button", name="Add", exact=True).click()
    expect(form).to_be_hidden()
    page.keyboard.press("Escape")


def test_the_road_of_a_report(page: Page, browser: Browser, stack: Stack, similarity: str, tmp_path: Path):
    page.goto(f"{stack.url}/languages?result={similarity[:8]}")
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    add_view(page, report="A road", title="Meanings", note="They *meet*.")
    page.goto(stack.page_url("atlas", matrix="0.attn.q"))
    expect(page.locator("#atlas-matrix canvas").first).to_be_visible()
    add_view(page, title="Queries", note="")
    page.get_by_role("link", name="Open A road").click()

    views = page.get_by_role("list", name="Views").locator("> li")
    expect(views).to_have_count(2)
    expect(views.nth(0).get_by_label("Title of the view")).to_have_value("Meanings")
    expect(views.nth(0).locator(".js-plotly-plot").first).to_be_visible()
    note = views.nth(1).get_by_label("Note on Queries")
    note.fill("Where queries are **large**.")
    note.blur()
    expect(views.nth(1).locator(".reports-said")).to_have_text("Saved")
    views.nth(1).get_by_role("button", name="Move up").click()
    expect(views.nth(0).get_by_label("Title of the view")).to_have_value("Queries")
    page.wait_for_function(
        "() => fetch('/api/reports/a-road').then(r => r.json()).then(r => r.items[0].title === 'Queries')"
    )
    views.nth(1).get_by_role("button", name="Remove from the report").click()
    expect(views).to_have_count(1)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(views).to_have_count(2)
    page.reload()
    expect(views.nth(0).get_by_label("Note on Queries")).to_have_value("Where queries are **large**.")
    expect(views.nth(1).get_by_label("Title of the view")).to_have_value("Meanings")

    with page.expect_download() as download:
        page.get_by_role("link", name="HTML").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert file.name == "a-road.html"
    link = read_offline(browser, file)
    assert link == f"{stack.url}{stack.api.report('a-road').items[1].address}"
    page.goto(link)
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    assert stack.api.manifest(similarity).key in page.content()  # the short key led to the same result

    markdown = page.request.get(f"{stack.url}/export/report/a-road.md")
    assert "Where queries are **large**." in markdown.text() and "| Layer |" in markdown.text()


def read_offline(browser: Browser, file: Path) -> str:
    """Open the exported file without a network, see its figures, and give the link of its second view."""
    context = browser.new_context(offline=True, viewport={"width": 390, "height": 844}, color_scheme="dark")
    tab = context.new_page()
    watched = Watched(tab)
    tab.goto(file.as_uri())
    expect(tab.get_by_role("heading", name="A road")).to_be_visible()
    expect(tab.locator("#view-1 strong")).to_have_text("large")
    for number in (1, 2):
        tab.locator(f"#view-{number} .picture").first.scroll_into_view_if_needed()
        expect(tab.locator(f"#view-{number} .js-plotly-plot .main-svg").first).to_be_visible()
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    link = tab.locator("#view-2 .view-link").get_attribute("href")
    assert link and not watched.unexpected(), watched.unexpected()
    context.close()
    return link


def test_what_is_gone_says_so_and_the_rest_stays(page: Page, stack: Stack, similarity: str):
    stack.api.create_report("Half")
    stack.api.add_to_report("half", f"/languages?result={similarity}", title="Gone soon")
    stack.api.add_to_report("half", f"/atlas?model={stack.model.name}&matrix=0.attn.q", title="Stays")
    stack.api.delete_result(similarity)
    page.goto(f"{stack.url}/reports?report=half")
    views = page.get_by_role("list", name="Views").locator("> li")
    expect(views.nth(0).locator(".atlas-problem")).to_be_visible()
    expect(views.nth(1).locator(".js-plotly-plot").first).to_be_visible()
    page.get_by_role("button", name="Delete the report").click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_text("No report yet")).to_be_visible()
    with pytest.raises(KnownError):
        stack.api.report("half")


def test_a_report_is_begun_on_its_page_and_its_words_are_kept(page: Page, stack: Stack):
    page.goto(f"{stack.url}/reports")
    page.get_by_label("Title of a new report").fill("Begun here")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing in it yet")).to_be_visible()
    title = page.get_by_label("Title of the report")
    title.fill("Begun there")
    page.get_by_label("First paragraph of the report").click()
    expect(page.locator("#reports-said")).to_have_text("Saved")
    assert stack.api.report("begun-here").title == "Begun there"


def test_an_ambiguous_and_an_unknown_key_are_told(page: Page, stack: Stack):
    page.goto(f"{stack.url}/languages?result=0000000")
    expect(page.locator(".atlas-problem")).to_contain_text("begins with 0000000")
