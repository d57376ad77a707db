"""Languages in a real browser: from the click to the map, with a real API, worker and Redis behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.end_to_end.stack import CORPUS, JOB_MS, Stack, running
from tests.fakes import write_model

pytestmark = [pytest.mark.browser, pytest.mark.redis]


@pytest.fixture(scope="module")
def deep_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Three layers: enough for a range that is neither one layer nor all."""
    root = tmp_path_factory.mktemp("deep")
    with running(root, model=write_model(root / "models-here" / "deep", num_hidden_layers=3)) as stack:
        yield stack


def compared(page: Page, stack: Stack, **state: object) -> None:
    """Compare the languages of the tiny corpus and wait for the map to be painted."""
    stack.forget("similarity")  # the form begins with the newest one, whoever asked for it
    page.goto(stack.page_url("languages", corpus=CORPUS, **state))
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("#languages-map .matrix-legend")).to_be_visible(timeout=JOB_MS)


def point(page: Page, row: float, column: float) -> tuple[float, float]:
    """Where a cell of the 24 x 24 map lies on the screen."""
    script = """([row, column]) => {
        const {canvas, plot} = document.getElementById("languages-map").matrix;
        const box = canvas.getBoundingClientRect();
        return [box.left + plot.x + plot.w * column / 24, box.top + plot.y + plot.h * row / 24];
    }"""
    x, y = page.evaluate(script, [row + 0.5, column + 0.5])
    return x, y


def test_a_click_draws_the_map_with_its_scores(page: Page, atlas_stack: Stack):
    compared(page, atlas_stack)
    expect(page.locator(".scores-number")).to_have_text([re.compile(r"-?\d\.\d{4}")] * 2)
    expect(page.locator(".js-plotly-plot")).to_have_count(3)
    expect(page).to_have_url(re.compile("result=[0-9a-f]{20}"))
    expect(page.locator(".stored-row.is-shown")).to_have_count(1)


def test_the_map_names_both_sentences_and_a_click_keeps_them(page: Page, atlas_stack: Stack):
    compared(page, atlas_stack)
    expect(page.locator("#languages-hovered")).to_contain_text("Point at the map")
    page.mouse.move(*point(page, 2, 10))
    hovered = page.locator("#languages-hovered")
    expect(hovered).to_contain_text("German")
    expect(hovered).to_contain_text("de line 2")
    expect(hovered).to_contain_text("en line 2")
    expect(hovered).to_contain_text("same meaning, different language")
    page.mouse.click(*point(page, 2, 10))
    page.mouse.click(*point(page, 0, 23))
    pinned = page.locator("#languages-pinned .pair")
    expect(pinned).to_have_count(2)
    expect(pinned.first).to_contain_text("fr line 7")
    pinned.first.get_by_role("button").click()
    expect(pinned).to_have_count(1)


def test_an_address_restores_window_and_kept_pairs_in_another_browser(page: Page, atlas_stack: Stack):
    compared(page, atlas_stack)
    page.mouse.click(*point(page, 2, 10))
    expect(page).to_have_url(re.compile(r"pinned=de\.2-en\.2"))
    value = page.locator("#languages-pinned .pair-value b").inner_text()
    page.evaluate("() => document.getElementById('languages-map').matrix.zoom(0.5)")
    expect(page).to_have_url(re.compile(r"rows=\d+-\d+&columns=\d+-\d+"))
    window = "() => JSON.stringify(document.getElementById('languages-map').matrix?.window())"
    seen = page.evaluate(window)
    assert page.context.browser
    other = page.context.browser.new_context().new_page()
    other.goto(page.url)
    expect(other.locator("#languages-pinned .pair-value b")).to_have_text(value)
    assert other.evaluate(window) == seen and other.url == page.url
    other.context.close()


def test_one_layer_is_chosen_by_the_slider_and_stays_in_the_address(page: Page, atlas_stack: Stack):
    compared(page, atlas_stack)
    whole = page.locator(".scores-number").first.inner_text()
    page.get_by_text("One layer").click()
    expect(page.locator(".scores-whose")).to_have_text("Layer 0")
    expect(page.locator(".scores-number").first).not_to_have_text(whole)
    page.get_by_role("slider", name="Layer", exact=True).press("ArrowRight")
    expect(page.locator(".scores-whose")).to_have_text("Layer 1")
    expect(page).to_have_url(re.compile("layers=1"))
    page.reload()
    expect(page.locator(".scores-whose")).to_have_text("Layer 1")
    expect(page.locator("#languages-map .matrix-plot canvas")).to_have_attribute("aria-label", re.compile("layer.1"))


def test_a_range_that_is_not_stored_is_one_click_away_and_comes_in_place(page: Page, deep_stack: Stack):
    compared(page, deep_stack)
    page.get_by_text("A range").click()
    page.get_by_role("slider", name="First layer").press("ArrowRight")
    expect(page.locator(".scores-whose")).to_have_text("Layers 1 to 2")
    expect(page.locator("#languages-map")).to_have_class(re.compile("is-missing"))
    page.get_by_role("button", name="Compare layers 1 to 2").click()
    expect(page.locator("#languages-map")).not_to_have_class(re.compile("is-missing"), timeout=JOB_MS)
    expect(page.locator(".scores-number").first).to_have_text(re.compile(r"-?\d\.\d{4}"))
    expect(page.locator(".languages-offer")).to_have_count(0)
    page.reload()
    expect(page.locator(".scores-whose")).to_have_text("Layers 1 to 2")


def _hover_until_the_first_row_is_named_as_painted(page: Page) -> None:
    """The address changes before the map is painted anew: look again until both say the same."""
    agree = """() => {
        const head = document.querySelector('#languages-hovered .pair-head');
        const first = document.getElementById('languages-map').matrix.spec.axes[0].groups[0].label;
        return head !== null && head.textContent.includes(first);
    }"""
    for attempt in range(60):
        page.mouse.move(*point(page, 0, 23 - attempt % 2))
        page.wait_for_timeout(250)
        if page.evaluate(agree):
            return
    raise AssertionError("the pair below the pointer is not in the language that the map begins with")


def test_another_order_moves_rows_and_names_and_colours_are_set_free(page: Page, atlas_stack: Stack):
    compared(page, atlas_stack, languages="de,en,fr")
    page.get_by_text("By family").click()  # Germanic: de, en; Romance: fr
    expect(page).to_have_url(re.compile("order=family"))
    page.get_by_text("By likeness").click()
    expect(page).to_have_url(re.compile("order=clustered"))
    _hover_until_the_first_row_is_named_as_painted(page)
    page.get_by_text("Free", exact=True).click()
    expect(page.locator("#languages-map .matrix-legend b").first).not_to_have_text("0")


def test_the_map_is_read_by_keyboard(page: Page, atlas_stack: Stack):
    compared(page, atlas_stack)
    page.locator("#languages-map .matrix-plot canvas").focus()
    for key in ("+", "ArrowRight", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("#languages-hovered")).to_contain_text("English")  # row 12, column 13
    kept = page.locator("#languages-pinned .pair")
    expect(kept).to_have_count(1)
    expect(kept).to_contain_text("en line 4")
    expect(kept).to_contain_text("en line 5")


def test_scores_are_downloaded_for_every_layer(page: Page, atlas_stack: Stack):
    compared(page, atlas_stack)
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    table = download.value.path().read_text(encoding="utf-8").lower()
    assert "lrds" in table and "sads" in table


def test_one_language_alone_is_refused_next_to_the_form(page: Page, atlas_stack: Stack):
    page.goto(atlas_stack.page_url("languages", corpus=CORPUS))
    page.get_by_role("button", name="none").click()
    expect(page.locator("#languages-size")).to_contain_text("Choose two languages")
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("#languages-problem")).to_contain_text("languages is empty")


def test_lines_that_do_not_exist_are_told_with_the_range(page: Page, atlas_stack: Stack):
    page.goto(atlas_stack.page_url("languages", corpus=CORPUS, stop=500))
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("#languages-problem")).to_contain_text("it has lines 0 to 7")
