"""Atlas in real Chromium: from the address and the click to the picture, the cell and back."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.end_to_end.stack import Stack

pytestmark = pytest.mark.browser

PAINTED = """() => document.getElementById('atlas-matrix')?.matrix?.tile
    && !document.querySelector('#atlas-matrix.matrix-busy')"""
MATRIX = "document.getElementById('atlas-matrix').matrix"


def opened(page: Page, stack: Stack, **state: object) -> None:
    page.goto(stack.page_url("atlas", **state))
    page.wait_for_function(PAINTED)


def click_cell(page: Page, row: int, column: int) -> None:
    place = page.evaluate(
        f"""([row, column]) => {{
            const m = {MATRIX}, at = window.atlas.paint.scales(m.plot, m.view), box = m.canvas.getBoundingClientRect();
            return [box.left + at.x(column + 0.5), box.top + at.y(row + 0.5)];
        }}""",
        [row, column],
    )
    page.mouse.click(*place)


def test_the_weights_are_painted_and_a_click_gives_the_exact_cell(page, atlas_stack):
    opened(page, atlas_stack, matrix="1.attn.q", reducer="signed_max_weight")
    expect(page.locator(".map-title")).to_have_text("Layer 1 · attn.q")
    values, _ = atlas_stack.api.tile(model=atlas_stack.model.name, matrix="1.attn.q", reducer="signed_max_weight")
    shown = page.evaluate(f"() => Array.from({MATRIX}.tile.values)")
    assert np.allclose(np.array(shown).reshape(values.shape), values)
    click_cell(page, 9, 5)
    picked = page.locator("#atlas-picked")
    expect(picked).to_contain_text("head 1 channel 1")
    expect(picked).to_contain_text("residual dimension 5")
    expect(picked).to_contain_text(f"{values[9, 5]:.6g}")


def test_a_click_before_the_picture_is_there_gives_the_bare_cell(page, atlas_stack):
    page.route("**/tile?*", lambda route: None)  # never answered
    page.goto(atlas_stack.page_url("atlas", matrix="0.mlp.down", reducer="max_abs_weight"))
    page.wait_for_function("() => document.getElementById('atlas-matrix')?.matrix?.plot")
    click_cell(page, 3, 7)
    expect(page.locator("#atlas-picked")).to_contain_text("neuron 7")
    page.wait_for_url("**cell=3,7**")
    page.unroute_all(behavior="ignoreErrors")


def test_touch_this_leads_to_the_form_with_the_cell_filled_in(page, atlas_stack):
    opened(page, atlas_stack, matrix="0.mlp.down", reducer="max_abs_weight")
    click_cell(page, 3, 7)
    page.get_by_role("link", name="Touch this parameter").click()
    expect(page.locator("#touch-row")).to_have_value("3")
    expect(page.locator("#touch-column")).to_have_value("7")
    expect(page.locator("#touch-matrix")).to_have_value("0.mlp.down")


def test_arrow_keys_change_layer_and_kind_and_the_address_follows(page, atlas_stack):
    opened(page, atlas_stack, matrix="0.attn.q", reducer="max_abs_weight")
    page.wait_for_function("() => document.getElementById('atlas-grid').grid.tiles")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".map-title")).to_have_text("Layer 1 · attn.q")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".map-title")).to_have_text("Layer 1 · attn.k")
    page.wait_for_url("**matrix=1.attn.k**")
    page.go_back()
    expect(page.locator(".map-title")).to_have_text("Layer 1 · attn.q")


def test_arrow_keys_in_an_input_stay_there(page, atlas_stack):
    opened(page, atlas_stack, matrix="0.attn.q", reducer="max_abs_weight")
    page.locator("#atlas-reducer").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".map-title")).to_have_text("Layer 0 · attn.q")


def test_zoom_is_written_to_the_address_and_opens_again_from_there(page, atlas_stack):
    opened(page, atlas_stack, matrix="0.mlp.up", reducer="max_abs_weight")
    page.evaluate(f"() => {MATRIX}.move({{r0: 8, r1: 16, c0: 4, c1: 12}}, {{now: true}})")
    page.wait_for_url("**rows=8-16&columns=4-12")
    page.reload()
    page.wait_for_function(PAINTED)
    assert page.evaluate(f"() => {MATRIX}.view") == {"r0": 8, "r1": 16, "c0": 4, "c1": 12}
    page.get_by_role("button", name="Show the whole matrix").click()
    page.wait_for_function(f"() => {MATRIX}.isWhole() && !location.search.includes('rows')")


def test_a_region_shows_where_it_sits_and_which_dimensions_hold_most(page, atlas_stack):
    key = atlas_stack.region()
    opened(page, atlas_stack, key=key, matrix="0.attn.o", reducer="density")
    expect(page.locator("#atlas-painted")).to_have_value("Top 5 % · German, English")
    marginals = atlas_stack.api.marginals(key, matrix="0.attn.o", reducer="density")
    first = page.locator(".map-top").first
    expect(first).to_contain_text(marginals.profiles[0].top[0].label)
    first.click()
    expect(page.locator("#atlas-picked .map-picked-title")).to_have_text(marginals.profiles[0].top[0].label)
    selected = page.evaluate(f"() => {MATRIX}.tile.values.reduce((a, b) => a + b)")
    assert selected == round(0.05 * 32 * 32)


def test_a_vector_is_shown_and_named(page, atlas_stack):
    opened(page, atlas_stack, matrix="0.norm.input", reducer="signed_max_weight")
    click_cell(page, 0, 6)
    expect(page.locator("#atlas-picked")).to_contain_text("residual dimension 6")


def test_what_is_picked_is_in_the_address_and_comes_back_elsewhere(page, atlas_stack, browser):
    opened(page, atlas_stack, matrix="1.attn.q", reducer="max_abs_weight")
    click_cell(page, 9, 5)
    page.wait_for_url("**cell=9,5**")
    elsewhere = browser.new_context().new_page()
    elsewhere.goto(page.url)
    expect(elsewhere.locator("#atlas-picked")).to_contain_text("residual dimension 5")
    elsewhere.wait_for_function(f"() => {MATRIX}?.selected?.row === 9")
    elsewhere.context.close()
    page.locator("[data-dimension]").first.click()
    page.wait_for_url("**dimension=row-**")
