"""Touch in real Chromium: from the click to the texts side by side, and the attempts that stay."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from backend.contracts.vocabulary import AnalysisKind
from tests.end_to_end.stack import Stack

pytestmark = pytest.mark.browser


def opened(page: Page, stack: Stack, **state: object) -> None:
    page.goto(stack.page_url("touch", **state))
    expect(page.locator("#touch-range")).not_to_be_empty()


def test_nothing_runs_before_the_click(page, atlas_stack):
    before = len(atlas_stack.api.jobs())
    opened(page, atlas_stack, side="residual", dimension=2)
    page.wait_for_timeout(500)
    assert len(atlas_stack.api.jobs()) == before


def test_a_click_streams_both_texts_and_measures_both_perplexities(page, atlas_stack):
    opened(page, atlas_stack, side="residual", dimension=7)
    page.locator("#touch-length").fill("6")
    page.locator("#touch-run").click()
    page.wait_for_selector(".touch-table")
    page.wait_for_url("**key=*")
    result = atlas_stack.api.results(kind=AnalysisKind.PERTURBATION.value, model=atlas_stack.model.name)[0]
    summary = atlas_stack.api.manifest(result.key).summary
    expect(page.locator("#touch-measured")).to_contain_text(summary.edits[0].sentence)
    expect(page.locator("#touch-measured")).to_contain_text("weights restored")
    expect(page.locator(".touch-card")).to_have_count(len(summary.base))
    chinese = page.locator(".touch-text[lang=zh]").first
    expect(chinese.locator(".token").first).to_be_visible()
    expect(page.locator(".touch-text[lang=ar]").first).to_have_attribute("dir", "rtl")


def test_a_dimension_outside_the_model_is_said_next_to_the_form(page, atlas_stack):
    opened(page, atlas_stack, side="residual", dimension=4000)
    page.locator("#touch-run").click()
    expect(page.locator("#touch-problem")).to_contain_text("31")


def test_a_stored_attempt_opens_from_its_address_and_another_is_laid_beside_it(page, atlas_stack):
    first = atlas_stack.perturbation()
    second = atlas_stack.perturbation(
        edits=[{"where": {"target": "scalar", "matrix": "1.norm.input", "index": [5]}, "action": "scale", "factor": 4}]
    )
    opened(page, atlas_stack, key=first)
    expect(page.locator("#touch-dimension")).to_have_value("3")
    expect(page.locator(".touch-column")).to_have_count(2)
    row = page.locator(".touch-attempt", has_text="4 times 1.norm.input [5]").first
    row.get_by_role("link", name="compare").click()
    expect(page.locator(".touch-column")).to_have_count(3)
    assert f"beside={second}" in page.url


def test_a_token_tells_its_probability_and_bytes_on_hover(page, atlas_stack):
    opened(page, atlas_stack, key=atlas_stack.perturbation())
    token = page.locator(".touch-text .token").first
    token.hover()
    expect(page.locator(".token-tip")).to_contain_text("log-probability")
    expect(page.locator(".token-tip")).to_contain_text("bytes")
