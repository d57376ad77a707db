"""The grid of texts in a real browser: columns from the form and from a region, texts, files."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.end_to_end.stack import JOB_MS, Stack

pytestmark = [pytest.mark.browser, pytest.mark.redis]


def test_a_grid_is_collected_written_and_exported(page: Page, atlas_stack: Stack) -> None:
    atlas_stack.region()
    page.goto(atlas_stack.page_url("touch", side="residual", dimension=7))
    page.locator("#touch-length").fill("6")
    page.locator("#touch-grid-name").fill("without seven")
    page.locator("#touch-grid-add").click()
    expect(page.locator(".touch-grid-column")).to_have_text(["Unchanged", "without seven"])
    page.locator("#touch-grid-region").click()
    page.locator("[role=option]:visible").first.click()
    expect(page.locator(".touch-grid-column")).to_have_count(3)
    page.get_by_role("button", name="Write the grid").click()
    first = page.locator("#touch-grid-texts .touch-card").first
    expect(first.locator(".touch-column-title").nth(1)).to_have_text("without seven", timeout=JOB_MS)
    expect(first.locator(".touch-column")).to_have_count(3)
    expect(page.locator("#touch-grid-texts .touch-text[lang=ar]").first).to_have_attribute("dir", "rtl")
    expect(page).to_have_url(re.compile("grid=[0-9a-f]{20}"))
    page.reload()
    expect(page.locator("#touch-grid-texts .touch-card")).to_have_count(5)
    with page.expect_download() as download:
        page.locator("#touch-grid-exports").get_by_role("link", name="Markdown").click()
    assert "without seven" in download.value.path().read_text(encoding="utf-8")


def test_a_grid_without_columns_names_the_next_click(page: Page, atlas_stack: Stack) -> None:
    page.goto(atlas_stack.page_url("touch", side="residual", dimension=7))
    page.get_by_role("button", name="Write the grid").click()
    expect(page.locator("#touch-grid-problem")).to_contain_text("no columns yet")
