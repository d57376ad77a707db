"""The frame, Start and Runs in a real browser, with a real API, worker and Redis behind them."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, Route, expect

from backend.artifacts.results import MANIFEST
from backend.contracts.problems import KnownError
from backend.contracts.requests import GenerationRequest, GenerationSettings, Lines, Prompt, SimilarityRequest
from backend.contracts.vocabulary import JobState
from tests.end_to_end.stack import CORPUS, PAGE_MS, Stack, done

pytestmark = [pytest.mark.browser, pytest.mark.redis]

PAGES = ("Start", "Atlas", "Touch", "Regions", "Train", "Languages", "Reproduction", "Runs")


def generation(stack: Stack, word: str = "Fudan") -> GenerationRequest:
    settings = GenerationSettings(max_new_tokens=1)
    # Prompts that differ: an unchanged model answers the same prompt once.
    prompts = tuple(Prompt(language="en", text=f"{word} {number}") for number in range(64))
    return GenerationRequest(model=stack.model.name, prompts=prompts, settings=settings)


def test_every_page_opens_from_the_navigation(page: Page, atlas_stack: Stack):
    page.goto(atlas_stack.url)
    for name in PAGES:
        page.get_by_role("navigation", name="Pages").get_by_role("link", name=name).click()
        current = page.locator(".atlas-nav-link[aria-current=page]")
        expect(current).to_have_text(name)
        expect(page.locator("#shell-page h1, #shell-page .atlas-title").first).to_be_visible()


def test_pages_about_regions_share_a_row_of_tabs(page: Page, atlas_stack: Stack):
    page.goto(f"{atlas_stack.url}/regions")
    tabs = page.get_by_role("navigation", name="Pages about regions")
    for name in ("Combine", "Dimensions", "Estimators", "Removal"):
        tabs.get_by_role("link", name=name).click()
        expect(tabs.locator("[aria-current=page]")).to_contain_text(name)
        expect(page.locator(".atlas-nav-link[aria-current=page]")).to_have_text("Regions")
        expect(page).to_have_title(f"{name} · Lingua Atlas")


@pytest.mark.parametrize("width", [900, 1180, 1440])
def test_the_header_fits_its_window(page: Page, atlas_stack: Stack, width: int):
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{atlas_stack.url}/combine")
    expect(page.locator(".atlas-tab").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    last = page.locator(".atlas-nav-link").last.bounding_box()
    model = page.locator(".atlas-header-right").bounding_box()
    assert last and model and last["x"] + last["width"] <= model["x"]
    assert model["x"] + model["width"] <= width


def test_an_unknown_address_is_answered_kindly(page: Page, atlas_stack: Stack):
    page.goto(f"{atlas_stack.url}/nowhere")
    expect(page.get_by_role("heading", name="Off the map")).to_be_visible()
    page.get_by_role("link", name="Back to Start").click()
    expect(page.locator(".start-steps")).to_be_visible()


def test_dark_is_remembered_and_figures_are_told(page: Page, atlas_stack: Stack):
    page.goto(atlas_stack.url)
    page.get_by_label("Switch between light and dark").click()
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")


def test_start_shows_the_model_and_says_why_another_does_not_open(page: Page, atlas_stack: Stack):
    page.goto(atlas_stack.url)
    expect(page.locator(".start-model.is-chosen")).to_contain_text(atlas_stack.model.name)
    expect(page.locator(".start-step", has_text="Weights").first.get_by_role("link", name="Look")).to_be_visible()
    page.get_by_text("Folder", exact=True).click()
    page.get_by_label("Model", exact=True).fill("/etc")
    page.get_by_role("button", name="Open").click()
    expect(page.locator("#start-open-problem")).to_contain_text("/etc")


def test_a_running_job_is_seen_and_cancelled_from_runs(page: Page, atlas_stack: Stack):
    page.goto(f"{atlas_stack.url}/runs")
    job = atlas_stack.api.submit(atlas_stack.endless("seen"))
    row = page.locator(f'.runs-row[data-run-key="{job.key}"]')
    expect(row).to_contain_text(re.compile("running|queued"))
    row.get_by_label(re.compile("^Cancel")).click()
    expect(row).to_contain_text("cancelled")
    assert atlas_stack.api.job(job.key).state is JobState.CANCELLED


@contextmanager
def many_results(stack: Stack, n_results: int) -> Iterator[None]:
    """The store with `n_results` more of one kind, for the time of a test."""
    manifest = json.loads((stack.root / "results" / done(stack.api, generation(stack)) / MANIFEST).read_text())
    folders = [stack.root / "results" / f"{number:020x}" for number in range(n_results)]
    try:
        for folder in folders:
            folder.mkdir()
            (folder / MANIFEST).write_text(json.dumps(manifest | {"key": folder.name}))
        yield
    finally:
        for folder in folders:
            shutil.rmtree(folder)


def test_a_change_while_the_list_is_read_is_read_too(page: Page, atlas_stack: Stack):
    page.goto(f"{atlas_stack.url}/runs")
    expect(page.locator("#runs-earlier .runs-row").first).to_be_visible()
    page.wait_for_timeout(500)
    read = []
    page.on("request", lambda request: read.append(1) if "runs-now" in (request.post_data or "") else None)
    page.evaluate("""() => {
        const { runs, set_props: set } = window.dash_clientside;
        set("runs-asked", { data: runs.changed() });
        runs.changed();
    }""")
    deadline = time.monotonic() + PAGE_MS / 1000
    while len(read) < 2 and time.monotonic() < deadline:
        page.wait_for_timeout(100)
    page.wait_for_timeout(500)  # a third would be asked at once
    assert len(read) == 2


def test_hundreds_of_results_are_a_short_list_that_is_not_drawn_again(page: Page, atlas_stack: Stack):
    with many_results(atlas_stack, 300):
        page.goto(f"{atlas_stack.url}/runs")
        earlier = page.locator("#runs-earlier .runs-row")
        expect(earlier).to_have_count(50)
        assert page.evaluate("document.querySelectorAll('#shell-page *').length") < 50 * 30
        page.evaluate("""() => {
            window.redrawn = 0;
            const list = document.querySelector('#runs-earlier .runs-rows');
            new MutationObserver((found) => { window.redrawn += found.length; }).observe(list, {childList: true});
        }""")
        job = atlas_stack.api.submit(atlas_stack.endless("not drawn again"))
        row = page.locator(f'#runs-now .runs-row[data-run-key="{job.key}"]')
        expect(row).to_contain_text("running")
        assert page.evaluate("window.redrawn") == 0
        row.get_by_label(re.compile("^Cancel")).click()
        expect(row).to_have_count(0)
        expect(earlier.first).to_contain_text("cancelled")
        page.get_by_role("button", name="Show 50 more").click()
        expect(earlier).to_have_count(100)


def test_a_run_tells_its_request_copies_it_and_can_be_deleted(page: Page, atlas_stack: Stack):
    key = done(atlas_stack.api, generation(atlas_stack))
    page.goto(f"{atlas_stack.url}/runs?job={key}")
    drawer = page.get_by_role("dialog")
    expect(drawer).to_contain_text(key)
    expect(drawer).to_contain_text('"max_new_tokens": 1')
    drawer.get_by_text("Copy as command").click()
    expect(drawer.get_by_text("Copied")).to_be_visible()
    assert "lingua-atlas run - --wait" in page.evaluate("navigator.clipboard.readText()")
    page.keyboard.press("Escape")
    row = page.locator(f'.runs-row[data-run-key="{key}"]')
    row.get_by_label(re.compile("^Delete the result: Generation")).click()
    page.get_by_role("button", name="Delete it").click()
    expect(row).to_have_count(0)
    assert key not in {result.key for result in atlas_stack.api.results()}
    assert key not in {job.key for job in atlas_stack.api.jobs()}
    with pytest.raises(KnownError, match=f"no job {key}"):
        atlas_stack.api.job(key)


def test_a_lost_stream_is_bridged_and_found_again(page: Page, atlas_stack: Stack):
    page.watched.allowed = ("/api/events",)  # type: ignore[attr-defined]
    page.route("**/api/events", lambda route: route.abort())
    page.goto(f"{atlas_stack.url}/runs?state=done")
    stream = page.locator("#shell-stream")
    expect(stream).to_have_text("reconnecting")
    key = done(atlas_stack.api, generation(atlas_stack, "after the stream was lost"))
    expect(page.locator(f'.runs-row[data-run-key="{key}"]')).to_be_visible()
    page.unroute("**/api/events")
    expect(stream).to_have_text("")


def test_what_ended_before_the_stream_was_open_is_shown(page: Page, atlas_stack: Stack):
    busy = atlas_stack.api.submit(atlas_stack.endless("before the stream"))
    lines = Lines(corpus=CORPUS, start=2, stop=7)
    request = SimilarityRequest(model=atlas_stack.model.name, lines=lines, languages=("de", "en"))
    key = atlas_stack.api.submit(request).key
    held: list[Route] = []
    page.route("**/api/events", lambda route: held.append(route))
    page.goto(atlas_stack.page_url("languages", result=key))
    expect(page.locator("#languages-progress-text")).to_be_visible()
    atlas_stack.api.cancel(busy.key)
    atlas_stack.api.wait(key)
    held[0].continue_()
    expect(page.locator(".scores-number").first).to_be_visible()
    atlas_stack.api.delete_result(key)
