"""Estimators in a real browser: a check is asked, told in words and figures, and comes back after a reload."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.end_to_end.stack import CORPUS, JOB_MS, Stack

pytestmark = [pytest.mark.browser, pytest.mark.redis]


def test_scores_are_held_against_zeroing_itself(page: Page, atlas_stack: Stack):
    page.goto(atlas_stack.page_url("estimators", corpus=CORPUS, n_parameters=20, estimators="taylor,magnitude"))
    expect(page.locator("#estimators-cost")).to_contain_text("41 forward passes")
    page.get_by_role("button", name="Check them").click()
    figures = page.locator(".estimators-figures .js-plotly-plot")
    expect(figures).to_have_count(2, timeout=JOB_MS)
    expect(page.locator("#estimators-result")).to_contain_text("is closest to really zeroing parameters")
    expect(page.locator("#estimators-result tbody tr")).to_have_count(3)
    page.reload()
    expect(page.get_by_label("parameters zeroed, one by one")).to_have_value("20")
    expect(page).to_have_url(re.compile("result=[0-9a-f]{20}"))
    expect(figures).to_have_count(2)
