"""The hand in a real browser: search, help, layers, undo and redo, and texts of every script."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.end_to_end.stack import CORPUS, Stack

pytestmark = [pytest.mark.browser, pytest.mark.redis]
WINDOW = "() => JSON.stringify(document.getElementById('atlas-matrix')?.matrix?.window() ?? '')"


def atlas(page: Page, stack: Stack, **state: object) -> None:
    """The Atlas with its picture painted."""
    page.goto(stack.page_url("atlas", **state))
    expect(page.locator("#atlas-matrix .matrix-legend")).to_be_visible()


def shown(page: Page, matrix: str) -> None:
    """That matrix is asked for, named and painted."""
    expect(page).to_have_url(re.compile(f"matrix={re.escape(matrix)}(&|$)"))
    page.wait_for_function(f"() => document.getElementById('atlas-matrix')?.matrix?.tile?.spec.matrix === '{matrix}'")


def test_a_matrix_is_searched_opened_and_undone(page: Page, atlas_stack: Stack):
    atlas(page, atlas_stack, matrix="0.attn.q")
    page.keyboard.press("/")
    page.keyboard.type("mlp down 1")  # the first letters come before the field is there
    expect(page.locator("#hand-search")).to_be_focused()
    expect(page.locator("#hand-search")).to_have_value("mlp down 1")
    page.keyboard.press("Enter")
    shown(page, "1.mlp.down")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("[")
    shown(page, "0.mlp.down")
    page.keyboard.press("u")
    shown(page, "1.mlp.down")
    page.keyboard.press("Control+z")
    shown(page, "0.attn.q")
    expect(page.locator("#hand-said")).to_contain_text("Back at atlas")
    page.keyboard.press("u")
    expect(page.locator("#hand-said")).to_contain_text("No view before")
    page.keyboard.press("Shift+U")
    shown(page, "1.mlp.down")


def test_a_zoom_is_undone_with_the_picture(page: Page, atlas_stack: Stack):
    atlas(page, atlas_stack, matrix="0.attn.q")
    whole = page.evaluate(WINDOW)
    page.locator("#atlas-matrix .matrix-plot canvas").focus()
    page.keyboard.press("+")
    expect(page).to_have_url(re.compile("rows=.*columns="))
    assert page.evaluate(WINDOW) != whole
    page.evaluate("window.atlas.undo()")
    expect(page).not_to_have_url(re.compile("rows="))
    page.wait_for_function(f"() => ({WINDOW})() === '{whole}'")
    page.evaluate("window.atlas.redo()")
    page.wait_for_function(f"() => ({WINDOW})() !== '{whole}'")


def test_undo_goes_back_to_another_page_with_its_choices(page: Page, atlas_stack: Stack):
    page.goto(atlas_stack.page_url("touch", side="residual", dimension=5))
    expect(page.get_by_label("Index")).to_have_value("5")
    page.keyboard.press("g")
    page.keyboard.press("u")
    expect(page).to_have_url(re.compile("/runs"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Runs")
    page.keyboard.press("u")
    expect(page).to_have_url(re.compile("/touch.*dimension=5"))
    expect(page.get_by_label("Index")).to_have_value("5")


def test_typing_is_no_command_and_no_view_change(page: Page, atlas_stack: Stack):
    page.goto(atlas_stack.page_url("regions", corpus=CORPUS))
    field = page.get_by_label("Share in percent")
    field.fill("")
    field.press_sequentially("2/?gu")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page).to_have_url(re.compile("/regions"))
    assert page.evaluate("JSON.parse(sessionStorage.getItem('atlas-undo'))?.back?.length ?? 0") == 0
    page.keyboard.press("Escape")  # leaves the field
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys and terms")).to_be_visible()


def test_keys_go_on_after_a_choice_was_clicked(page: Page, atlas_stack: Stack):
    """A box, a closed list keep the focus; no text is typed there."""
    page.goto(atlas_stack.page_url("languages"))
    box = page.get_by_role("checkbox").first
    box.focus()
    page.keyboard.press("Space")
    expect(box).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys and terms")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys and terms")).to_have_count(0)
    expect(box).to_be_focused()  # it gets the focus back a moment later
    corpus = page.get_by_role("combobox", name="Corpus").or_(page.get_by_label("Corpus")).first
    corpus.click()
    expect(corpus).to_have_attribute("data-expanded", "true")
    page.keyboard.press("?")  # the list is open: a key belongs to it
    page.wait_for_timeout(500)
    expect(page.get_by_role("dialog", name="Keys and terms")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(corpus).to_be_focused()
    page.keyboard.press("g")
    page.keyboard.press("u")
    expect(page).to_have_url(re.compile("/runs"))


def test_help_closes_with_escape_and_gives_the_focus_back(page: Page, atlas_stack: Stack):
    atlas(page, atlas_stack)
    button = page.get_by_role("button", name="Keys and terms")
    button.click()
    dialog = page.get_by_role("dialog", name="Keys and terms")
    expect(dialog).to_contain_text("On a picture that has the focus")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(button).to_be_focused()
    page.keyboard.press("?")
    dialog.get_by_role("link", name="glossary").click()
    expect(page).to_have_url(re.compile("/glossary"))
    expect(dialog).to_have_count(0)


def test_arrows_walk_through_the_hits_and_letters_go_on_in_the_field(page: Page, atlas_stack: Stack):
    page.goto(atlas_stack.page_url("runs"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type("layer 1")
    expect(page.locator(".hand-hit").first).to_contain_text("1.attn.q")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".hand-hit").nth(1)).to_be_focused()
    page.keyboard.type("x")
    expect(page.locator("#hand-search")).to_have_value("layer 1x")
    expect(page.locator("#hand-hits")).to_contain_text("Nothing is called so")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_term_of_the_glossary_is_found_and_stands_in_view(page: Page, atlas_stack: Stack):
    page.goto(atlas_stack.page_url("runs"))
    page.get_by_role("button", name="Search", exact=True).click()
    page.locator("#hand-search").fill("sklr")
    page.locator(".hand-hit", has_text="SKLR").click()
    expect(page.locator("#term-sklr")).to_be_in_viewport()
    expect(page.locator("#term-sklr")).to_contain_text("paper B, section 3.2")


def test_a_hint_tells_its_equation_to_screen_readers(page: Page, atlas_stack: Stack):
    atlas(page, atlas_stack)
    term = page.locator(".atlas-term", has_text="Layers by kinds").locator("..")
    term.focus()
    expect(page.get_by_role("tooltip")).to_contain_text("docs/protocol.md, Vocabulary")
    described = term.get_attribute("aria-describedby")
    assert described and page.locator(f"[id='{described}']").inner_text().startswith("What a matrix does")


def test_a_picture_is_read_by_keyboard(page: Page, atlas_stack: Stack):
    atlas(page, atlas_stack, matrix="0.attn.q")
    page.locator("#atlas-matrix .matrix-plot canvas").focus()
    page.keyboard.press("Enter")
    readout = page.locator("#atlas-matrix .matrix-readout")
    expect(readout).to_have_attribute("aria-live", "polite")
    before = readout.inner_text()
    page.keyboard.press("ArrowRight")
    expect(readout).not_to_have_text(before)
    shown(page, "0.attn.q")  # the overview kept still: arrows belong to the mark
    page.keyboard.press("Enter")
    expect(page.locator("#atlas-picked")).to_contain_text("layer 0 · attn.q")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowDown")
    shown(page, "1.attn.q")
