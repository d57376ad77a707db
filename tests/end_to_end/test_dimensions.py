"""Dimensions in a real browser: structured removal, sweep and scan on a tiny model, and the text behind a bar."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.end_to_end.stack import CORPUS, JOB_MS, Stack

pytestmark = [pytest.mark.browser, pytest.mark.redis]


def opened(page: Page, stack: Stack, **state: object) -> None:
    page.goto(stack.page_url("dimensions", corpus=CORPUS, **state))
    expect(page.locator(".dim-tab.is-chosen")).to_be_visible()


def test_structured_removal_has_the_papers_layout_and_leads_to_the_atlas(page: Page, atlas_stack: Stack) -> None:
    atlas_stack.forget("structured_removal", "sweep")
    opened(page, atlas_stack, counts="1,3", evaluated="en")
    page.get_by_role("button", name="Measure removal").click()
    expect(page.locator(".removal-table thead th")).to_have_text(
        ["samples", "N", "Top", "Middle", "Bottom", "Random"], timeout=JOB_MS
    )
    expect(page.locator(".removal-table tbody tr")).to_have_count(2)
    expect(page).to_have_url(re.compile("result=[0-9a-f]{20}"))
    expect(page.locator(".dim-taken > div")).not_to_have_count(0)
    page.reload()
    expect(page.locator(".removal-table tbody tr")).to_have_count(2)
    page.locator(".dim-taken .dim-chip a").first.click()
    expect(page).to_have_url(re.compile(r"/atlas\?.*matrix=0\.attn\.q.*rows="))


def test_too_many_dimensions_are_told_before_anything_is_queued(page: Page, atlas_stack: Stack) -> None:
    opened(page, atlas_stack, counts="1,300")
    page.get_by_role("button", name="Measure removal").click()
    expect(page.locator("#dimensions-problem")).to_contain_text("300")


def test_a_sweep_reads_the_text_of_a_dimension_in_place(page: Page, atlas_stack: Stack) -> None:
    atlas_stack.forget("sweep")
    opened(page, atlas_stack, tab="sweep", evaluated="en", n_top=2, n_random=2)
    page.get_by_role("button", name="Sweep dimensions").click()
    expect(page.locator(".dim-table tbody tr")).to_have_count(4, timeout=JOB_MS)
    page.get_by_role("button", name="Read its text").first.click()
    expect(page.locator("#dimensions-text-box .touch-column")).to_have_count(2)
    expect(page.locator("#dimensions-text-box .token").first).to_be_visible()
    page.get_by_role("link", name="Open in Touch").click()
    expect(page).to_have_url(re.compile("/touch.*key="))
    expect(page.locator("#touch-texts .touch-card")).to_have_count(1)


def test_a_clicked_point_of_a_scan_is_read_in_place(page: Page, atlas_stack: Stack) -> None:
    atlas_stack.forget("sweep")
    opened(page, atlas_stack, tab="scan", evaluated="en", indices="2,5,9")
    page.get_by_text("Mul 10").click()
    expect(page.locator("#dimensions-scan-factor")).to_have_value("10")
    page.get_by_role("button", name="Scan the norm").click()
    expect(page.locator(".dim-table tbody tr")).to_have_count(3, timeout=JOB_MS)
    expect(page.locator(".study-prose")).to_contain_text("of 3 scalars")
    point = page.locator(".js-plotly-plot .scatterlayer .point").first
    expect(point).to_be_visible()
    box = point.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("#dimensions-text-head")).to_contain_text("10 times 1.norm.input")
    expect(page.locator("#dimensions-text-box .touch-column")).to_have_count(2)
