"""Regions in a real browser: from the click to the table, with a real API, worker and Redis behind it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.end_to_end.stack import CORPUS, JOB_MS, Stack

pytestmark = [pytest.mark.browser, pytest.mark.redis]


def measured(page: Page, stack: Stack, **state: object) -> None:
    """Measure a removal on the tiny corpus and wait for its table."""
    page.goto(stack.page_url("regions", corpus=CORPUS, **state))
    page.get_by_role("button", name="Measure removal").click()
    expect(page.locator(".removal-table")).to_be_visible(timeout=JOB_MS)


def test_a_click_measures_a_removal_and_the_table_has_the_papers_layout(page: Page, atlas_stack: Stack):
    atlas_stack.forget("removal")
    page.goto(atlas_stack.page_url("regions", corpus=CORPUS))
    expect(page.locator("#regions-cost")).to_contain_text(re.compile("scored"))
    page.get_by_role("button", name="Measure removal").click()
    expect(page.locator(".removal-table")).to_be_visible(timeout=JOB_MS)
    heads = page.locator(".removal-table thead th")
    names = [one for name in ("Top", "Bottom", "Random") for one in (name, f"{name} with norms")]
    expect(heads).to_have_text(["Language", "Base", *names, "Token premium"])
    expect(page.locator(".removal-table tbody th")).to_have_text(
        [re.compile(name) for name in ("English", "German", "French")]
    )
    expect(page.locator(".removal-table tbody tr").first.locator(".removal-cell").last).to_contain_text(" to ")
    expect(page.locator(".removal-premium").first).to_contain_text("per byte")
    expect(page).to_have_url(re.compile("result=[0-9a-f]{20}"))
    expect(page.locator(".chips-mark.is-marked")).to_have_count(3)
    expect(page.locator(".stored-row.is-shown")).to_have_count(1)


def test_the_table_comes_back_after_a_reload_and_speaks_bits_per_byte(page: Page, atlas_stack: Stack):
    measured(page, atlas_stack)
    page.reload()
    cell = page.locator(".removal-table tbody td").first
    expect(cell).to_be_visible()
    perplexity = cell.inner_text()
    page.get_by_text("bits per byte", exact=True).first.click()
    expect(cell).not_to_have_text(perplexity)
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()


def test_a_cell_tells_its_tokens(page: Page, atlas_stack: Stack):
    measured(page, atlas_stack)
    page.locator(".removal-cell").nth(1).hover()
    expect(page.get_by_role("tooltip").filter(has_text="tokens in")).to_contain_text("of Base")


def test_the_table_is_downloaded_and_copied(page: Page, atlas_stack: Stack):
    measured(page, atlas_stack)
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert "language" in download.value.path().read_text(encoding="utf-8").lower()
    page.get_by_role("button", name="Copy LaTeX").click()
    assert "tabular" in page.evaluate("navigator.clipboard.readText()")


@pytest.mark.parametrize(("percent", "told"), [("0", "fraction is 0"), ("200", "fraction is 2")])
def test_a_share_that_cannot_be_is_told_next_to_the_form(page: Page, atlas_stack: Stack, percent: str, told: str):
    page.goto(atlas_stack.page_url("regions", corpus=CORPUS))
    field = page.get_by_label("Share in percent")
    field.fill(percent)
    field.blur()
    page.get_by_role("button", name="Measure removal").click()
    expect(page.locator("#regions-problem")).to_contain_text(told)


def test_lines_that_do_not_exist_are_told_with_the_range(page: Page, atlas_stack: Stack):
    page.goto(atlas_stack.page_url("regions", corpus=CORPUS, evaluated_stop=999))
    page.get_by_role("button", name="Measure removal").click()
    expect(page.locator("#regions-problem")).to_contain_text("it has lines 0 to 7")


def test_an_unknown_language_in_the_address_is_told_with_the_known_ones(page: Page, atlas_stack: Stack):
    page.goto(atlas_stack.page_url("regions", corpus=CORPUS, languages="de,xx"))
    page.get_by_role("button", name="Measure removal").click()
    expect(page.locator("#regions-problem")).to_contain_text("has no language 'xx'")


def test_an_unknown_key_is_answered_on_the_page(page: Page, atlas_stack: Stack):
    page.goto(atlas_stack.page_url("regions", result="0" * 20))
    expect(page.locator("#regions-result")).to_contain_text("0" * 20)
    expect(page.get_by_role("button", name="Measure removal")).to_be_visible()


def test_the_region_is_shown_in_the_atlas_and_located_beside_its_table(page: Page, atlas_stack: Stack):
    measured(page, atlas_stack, scope="global", percent=5)
    expect(page.locator(".place-kind").first).to_be_visible()
    page.get_by_role("button", name="Show region in the Atlas").click()
    expect(page).to_have_url(re.compile("/atlas.*(result|key)="), timeout=JOB_MS)
    page.go_back()
    expect(page.locator(".place-kind").first).to_be_visible()
    expect(page.get_by_role("link", name="Open in the Atlas")).to_be_visible()


def test_languages_are_sorted_found_and_averaged_in_a_mean_row(page: Page, atlas_stack: Stack):
    measured(page, atlas_stack)
    expect(page.locator(".removal-table tfoot th")).to_contain_text("Mean")
    page.get_by_label("Find a language").fill("germ")
    expect(page.locator(".removal-table tbody tr")).to_have_count(1)
    page.get_by_label("Find a language").fill("klingon")
    expect(page.locator(".removal-table tbody")).to_contain_text("No language has this name.")


def test_every_choice_survives_a_reload(page: Page, atlas_stack: Stack):
    other = atlas_stack.region(0.1, ("de",))
    choices = {
        "estimator": "magnitude",
        "snapshots": "2",
        "snapshot": 2,
        "shards": 2,
        "batch_tokens": 4096,
        "draws": 1,
        "others": other,
    }
    page.goto(atlas_stack.page_url("regions", corpus=CORPUS, **choices))
    page.get_by_label("Share in percent").fill("7")
    page.get_by_label("Share in percent").blur()
    expect(page).to_have_url(re.compile("percent=7.*"))
    page.reload()
    expect(page.locator("#regions-estimator")).to_have_value("Magnitude")
    expect(page.locator("#regions-snapshot")).to_have_value("first 2")
    expect(page.locator("#regions-shards")).to_have_value("2")
    expect(page.locator("#regions-batch_tokens")).to_have_value("4096")
    expect(page.get_by_label("Share in percent")).to_have_value("7 %")
    expect(page.get_by_text("top 10 % de")).to_be_visible()
