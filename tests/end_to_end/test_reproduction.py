"""The Reproduction page in a real browser: choose, run what is missing, read the verdict."""

from __future__ import annotations

import pytest

from tests.end_to_end.stack import JOB_MS, Stack

pytestmark = [pytest.mark.browser, pytest.mark.redis]


def test_a_table_is_run_from_the_page_and_judged(page, atlas_stack: Stack):
    page.goto(atlas_stack.page_url("reproduction", table="table-1", corpus="tiny", samples=3, lines=2))
    page.get_by_text("not run").first.wait_for()
    page.get_by_role("button", name="Run what is missing (1)").click()
    page.get_by_role("button", name="All measured").wait_for(timeout=JOB_MS)
    page.get_by_text("undecided").first.wait_for()  # a random model has no language to lose
    page.get_by_role("link", name="measured, open").click()
    page.wait_for_url("**/regions?**")


def test_the_address_follows_the_choice_and_impossible_numbers_are_told(page, atlas_stack: Stack):
    page.goto(atlas_stack.page_url("reproduction", table="table-4", corpus="tiny"))
    page.get_by_text("83224.078").wait_for()
    page.get_by_role("textbox", name="Scored").fill("99")
    page.get_by_text("samples is 99").wait_for()
    page.wait_for_url("**samples=99**")
