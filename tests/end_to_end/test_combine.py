"""Combine in a real browser: from one click to a monolingual region, and from stored regions to where they overlap."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.end_to_end.stack import CORPUS, JOB_MS, Stack

pytestmark = [pytest.mark.browser, pytest.mark.redis]


def computed(page: Page, stack: Stack, **state: object) -> None:
    """A monolingual region of the tiny corpus, made with two clicks."""
    page.goto(stack.page_url("combine", corpus=CORPUS, percent=20, **state))
    page.get_by_role("button", name="Only this one").click()
    expect(page.locator(".combine-formula")).to_contain_text("−")
    button = page.get_by_role("button", name="Compute this region")
    atlas = page.get_by_role("link", name="Show in the Atlas")
    expect(button.or_(atlas)).to_be_visible()
    if button.is_visible():
        button.click()
    expect(atlas).to_be_visible(timeout=JOB_MS)


def test_one_click_writes_eq_5_and_a_second_computes_it(page: Page, atlas_stack: Stack):
    computed(page, atlas_stack)
    expect(page.locator(".combine-row")).to_have_count(5)  # one top, top and bottom of the two others
    expect(page.locator(".combine-size")).to_have_text(re.compile(r"\d"))
    expect(page.locator(".heat-table").first.locator("tbody tr")).to_have_count(6)
    page.reload()
    expect(page.locator(".combine-row")).to_have_count(5)
    expect(page.get_by_role("link", name="Show in the Atlas")).to_be_visible()


def test_lines_are_changed_and_the_formula_follows(page: Page, atlas_stack: Stack):
    page.goto(atlas_stack.page_url("combine", corpus=CORPUS, percent=20, languages="de,en"))
    page.get_by_role("button", name="Shared by all").click()
    formula = page.locator(".combine-formula")
    expect(formula).to_contain_text("∩")
    page.get_by_label("How this line joins what is above it").first.click()
    page.get_by_role("option", name="∪ add").click()
    expect(formula).to_contain_text("∪")
    page.get_by_role("button", name="Put brackets around all").click()
    expect(page.locator(".combine-group")).to_have_count(1)
    page.get_by_role("button", name="Everything but this, or that taken back").first.click()
    expect(formula).to_contain_text("not (")
    page.get_by_role("button", name="Start anew").click()
    expect(page.get_by_text("Nothing yet.")).to_be_visible()
    expect(formula).to_have_count(0)


def test_a_combined_region_is_exported_and_comes_back_as_a_file(page: Page, atlas_stack: Stack):
    computed(page, atlas_stack)
    with page.expect_download() as download:
        page.get_by_role("link", name="Export").click()
    page.get_by_role("button", name="Start anew").click()
    expect(page.get_by_text("Nothing yet.")).to_be_visible()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a .safetensors or .json file").click()
    chooser.value.set_files(download.value.path())
    expect(page.locator("#combine-file-note")).to_contain_text("is in the list")
    expect(page.locator(".combine-row")).to_have_count(1)
    page.get_by_role("button", name="Compute this region").click()
    expect(page.locator(".combine-size")).to_have_text(re.compile(r"\d"), timeout=JOB_MS)


def test_a_file_that_is_none_of_these_is_refused_in_words(page: Page, atlas_stack: Stack):
    page.watched.allowed = ("/api/imports",)  # type: ignore[attr-defined]
    page.goto(atlas_stack.page_url("combine", corpus=CORPUS))
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a .safetensors or .json file").click()
    chooser.value.set_files({"name": "mask.json", "mimeType": "application/json", "buffer": b"no json at all"})
    note = page.locator("#combine-file-note")
    expect(note).not_to_be_empty()
    expect(note).not_to_contain_text("is in the list")
    expect(page.locator(".combine-row")).to_have_count(0)


def test_lists_that_may_mean_two_things_are_asked_about(page: Page, atlas_stack: Stack):
    page.watched.allowed = ("/api/imports",)  # type: ignore[attr-defined]
    page.goto(atlas_stack.page_url("combine", corpus=CORPUS))
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a .safetensors or .json file").click()
    chooser.value.set_files({"name": "super.json", "mimeType": "application/json", "buffer": b"[[0, 3, 5], [1, 7, 9]]"})
    which = page.get_by_role("group", name="What the lists are")
    expect(which).to_be_visible()
    expect(page.locator("#combine-file-note")).to_contain_text("is [0, 3, 5] the neurons of layer 0, or layer, row")
    expect(page.locator(".combine-row")).to_have_count(0)
    which.get_by_role("button", name="Each is one place").click()
    expect(page.locator("#combine-file-note")).to_contain_text("is in the list")
    expect(which).to_be_hidden()
    expect(page.locator(".combine-row")).to_have_count(1)


def test_regions_are_compared_and_a_cell_leads_to_matrices(page: Page, atlas_stack: Stack):
    left, right = atlas_stack.region(0.1, ("de",)), atlas_stack.region(0.1, ("en",))
    page.goto(atlas_stack.page_url("combine", corpus=CORPUS, overlap=f"{left},{right}"))
    page.locator("#overlap-matrix .heat-button").first.click()
    pair = page.locator(".overlap-pair")
    expect(pair).to_contain_text("top 10 % de")
    expect(pair.locator(".heat-table thead th", has_text="attn.q")).to_be_visible()
    expect(page).to_have_url(re.compile("pair=[0-9a-f]{20}"))
    page.reload()
    expect(page.locator(".overlap-pair .heat-table")).to_be_visible()
    pair.get_by_role("link", name="top 10 % en in the Atlas").click()
    expect(page).to_have_url(re.compile(f"/atlas.*(result|key)={right}"))


def test_a_combined_region_becomes_a_column_of_a_removal(page: Page, atlas_stack: Stack):
    computed(page, atlas_stack)
    page.get_by_role("link", name="Remove it and measure").click()
    expect(page).to_have_url(re.compile("/regions.*others=[0-9a-f]{20}"))
    page.get_by_role("button", name="Measure removal").click()
    expect(page.locator(".removal-table thead th").nth(-2)).to_have_text(re.compile("only"), timeout=JOB_MS)
