"""Compare in a real browser: two tiny models locked beside each other, and how far one moved from the other."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from playwright.sync_api import Page, Route, expect

from backend.contracts.requests import EvaluationSpec, Lines, OpenModelRequest, TrainingRequest
from backend.contracts.results import OpenedModel
from tests.end_to_end.stack import CORPUS, Stack, done
from tests.fakes import write_model

pytestmark = [pytest.mark.browser, pytest.mark.redis]

MAP = "document.getElementById('compare-map-{}').matrix"
PAINTED = """() => [0, 1, 2].every((place) => {
    const box = document.getElementById('compare-map-' + place);
    return box?.matrix?.tile && !box.matrix.stale && !box.classList.contains('matrix-busy');
})"""


@pytest.fixture(scope="module")
def smaller(atlas_stack: Stack) -> str:
    """Name of a third one: one layer, half as wide."""
    shape = {"hidden_size": 16, "num_hidden_layers": 1, "intermediate_size": 24}
    folder = write_model(atlas_stack.root.parent / "models-here" / "smaller", seed=5, **shape)
    summary = atlas_stack.api.manifest(done(atlas_stack.api, OpenModelRequest(source=str(folder)))).summary
    assert isinstance(summary, OpenedModel)
    return summary.description.name


@pytest.fixture(scope="module")
def other(atlas_stack: Stack) -> str:
    """Name of a second opened model: the same shape, another seed."""
    folder = write_model(atlas_stack.root.parent / "models-here" / "moved", seed=3)
    summary = atlas_stack.api.manifest(done(atlas_stack.api, OpenModelRequest(source=str(folder)))).summary
    assert isinstance(summary, OpenedModel)
    return summary.description.name


def opened(page: Page, stack: Stack, other: str, **state: object) -> None:
    page.goto(stack.page_url("compare", models=f"{stack.model.name},{other}", **state))


def of(page: Page, place: int, what: str):
    return json.loads(page.evaluate(f"() => JSON.stringify({MAP.format(place)}.{what})"))


def test_two_models_are_locked_share_a_scale_and_show_their_difference(page: Page, atlas_stack: Stack, other: str):
    opened(page, atlas_stack, other, matrix="0.mlp.up")
    page.wait_for_function(PAINTED)
    assert of(page, 0, "tile.domain") == of(page, 1, "tile.domain")
    values, _ = atlas_stack.api.difference_tile(
        other, atlas_stack.model.name, matrix="0.mlp.up", reducer="signed_max_weight"
    )
    painted = page.evaluate(f"() => Array.from({MAP.format(2)}.tile.values)")
    assert np.allclose(np.array(painted).reshape(values.shape), values)
    page.evaluate(f"() => {MAP.format(1)}.move({{r0: 8, r1: 16, c0: 4, c1: 12}}, {{now: true}})")
    expect(page).to_have_url(re.compile("rows=8-16&columns=4-12"))
    assert of(page, 0, "view") == of(page, 2, "view") == {"r0": 8, "r1": 16, "c0": 4, "c1": 12}
    page.wait_for_function(PAINTED)
    page.locator("#compare-map-0 .matrix-plot canvas").hover()
    expect(page.locator("#compare-map-2 .matrix-readout")).to_contain_text("B − A")
    page.reload()
    page.wait_for_function(PAINTED)
    assert of(page, 1, "view") == {"r0": 8, "r1": 16, "c0": 4, "c1": 12}


def test_all_maps_of_one_gesture_are_asked_for_together(page: Page, atlas_stack: Stack, other: str):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if re.search("tiles?[?]|scale[?]", request.url) else 0)
    opened(page, atlas_stack, other, matrix="0.mlp.up")
    page.wait_for_function(PAINTED)
    asked.clear()
    page.evaluate(f"() => {MAP.format(1)}.move({{r0: 8, r1: 16, c0: 4, c1: 12}}, {{now: true}})")
    page.wait_for_function(f"() => {MAP.format(1)}.tile.header.row_start === 8")
    page.wait_for_function(PAINTED)
    assert len(asked) == 1 and "/compare/tiles?" in asked[0] and "pictures=0,1,1-0" in asked[0]
    values, _ = atlas_stack.api.difference_tile(
        other, atlas_stack.model.name, matrix="0.mlp.up", reducer="signed_max_weight", rows=(8, 16), columns=(4, 12)
    )
    assert np.array_equal(np.array(page.evaluate(f"() => Array.from({MAP.format(2)}.tile.values)")), values.ravel())


def test_maps_that_cannot_be_asked_for_together_are_asked_for_alone(page: Page, atlas_stack: Stack, other: str):
    page.watched.allowed = ("/compare/tiles",)  # type: ignore[attr-defined]
    page.route("**/compare/tiles?*", lambda route: route.fulfill(status=409, json={"detail": "one of them is gone"}))
    opened(page, atlas_stack, other, matrix="0.mlp.up")
    page.wait_for_function(PAINTED)
    assert of(page, 0, "tile.domain") == of(page, 1, "tile.domain")


def test_the_movement_is_measured_and_a_click_leads_to_its_maps(page: Page, atlas_stack: Stack, other: str):
    opened(page, atlas_stack, other, section="movement")
    page.get_by_role("button", name="Measure the movement").click()
    expect(page.locator("#compare-section")).to_contain_text("All matrices in common together moved")
    page.get_by_role("button", name=re.compile(r": 1\.attn\.k")).click()
    expect(page.locator(".map-title")).to_have_text("Layer 1 · attn.k")
    page.wait_for_function(PAINTED)
    page.get_by_role("button", name=re.compile(r": 0\.mlp\.down")).click()
    expect(page.locator(".map-title")).to_have_text("Layer 0 · mlp.down")
    expect(page).to_have_url(re.compile("matrix=0.mlp.down"))
    page.go_back()
    expect(page.locator(".map-title")).to_have_text("Layer 1 · attn.k")


def test_another_section_replaces_the_section_alone(page: Page, atlas_stack: Stack, other: str):
    opened(page, atlas_stack, other, matrix="0.mlp.up", reducer="signed_max_weight", rows="8-16")
    page.wait_for_function(PAINTED)
    page.evaluate(
        "() => { document.querySelector('.atlas-title').stays = document.querySelector('.compare-bar').stays = 1; }"
    )
    page.get_by_role("link", name="What differs").click()
    expect(page.locator("#compare-section")).to_contain_text("Two requests")
    expect(page).to_have_url(re.compile("rows=8-16.*section=settings"))
    expect(page.locator("[data-compare-section][aria-current=page]")).to_have_text("What differs")
    expect(page.get_by_role("link", name="What differs")).to_be_focused()
    page.go_back()
    page.wait_for_function(PAINTED)
    assert of(page, 1, "view")["r0"] == 8
    page.go_forward()
    expect(page.locator("#compare-section")).to_contain_text("Two requests")
    page.keyboard.press("u")
    page.wait_for_function(PAINTED)
    expect(page.locator("[data-compare-section][aria-current=page]")).to_have_text("Maps")
    page.evaluate("() => { document.getElementById('compare-map-0').stays = 1; }")
    page.get_by_role("button", name=re.compile(r"\b1\.attn\.k")).click()
    expect(page.locator(".map-title")).to_have_text("Layer 1 · attn.k")
    page.go_back()
    expect(page.locator(".map-title")).to_have_text("Layer 0 · mlp.up")
    page.wait_for_function(f"() => document.getElementById('compare-map-0').stays && {MAP.format(0)}.view.r0 === 8")
    kept = "() => document.querySelector('.atlas-title').stays && document.querySelector('.compare-bar').stays"
    assert page.evaluate(kept) == 1


def test_another_model_keeps_section_window_and_focus(page: Page, atlas_stack: Stack, other: str, smaller: str):
    opened(page, atlas_stack, other, matrix="0.mlp.up", rows="8-16")
    page.wait_for_function(PAINTED)
    page.evaluate("() => { document.querySelector('.atlas-title').stays = 1; }")
    page.get_by_role("textbox", name="Model C").click()
    page.get_by_role("option", name=smaller).click()
    expect(page).to_have_url(re.compile(f"{re.escape(smaller)}.*rows=8-16"))
    expect(page.locator(".compare-card")).to_have_count(5)
    expect(page.get_by_role("textbox", name="Model D")).to_be_visible()
    expect(page.get_by_role("textbox", name="Model C")).to_be_focused()
    assert page.evaluate("() => document.querySelector('.atlas-title').stays") == 1


def test_models_are_picked_by_the_selects(page: Page, atlas_stack: Stack, other: str):
    page.goto(atlas_stack.page_url("compare"))
    expect(page.locator("#compare-section")).to_contain_text("Choose a second model")
    page.get_by_role("textbox", name="Model B").click()
    page.get_by_role("option", name=other).click()
    expect(page).to_have_url(re.compile(f"models={re.escape(atlas_stack.model.name)},{re.escape(other)}"))
    page.wait_for_function(PAINTED)


def test_a_click_on_a_difference_reads_the_cell_in_both_and_arrows_move_it(page: Page, atlas_stack: Stack, other: str):
    opened(page, atlas_stack, other, matrix="0.mlp.up")
    page.wait_for_function(PAINTED)
    expect(page.locator("#compare-moved")).to_contain_text("What differs most, B − A")
    page.locator("#compare-map-2 .matrix-plot canvas").click(position={"x": 120, "y": 120})
    expect(page).to_have_url(re.compile(r"cell=\d+,\d+"))
    row, column = map(int, re.search(r"cell=(\d+),(\d+)", page.url).groups())
    here, there = (atlas_stack.api.cell(model=name, matrix="0.mlp.up", row=row, column=column).weight
                   for name in (atlas_stack.model.name, other))  # fmt: skip
    numbers = page.locator(".compare-cell-table tbody td")
    assert float(numbers.nth(0).inner_text()) == pytest.approx(here, abs=1e-6)
    change = numbers.nth(3).inner_text().replace("−", "-")
    assert float(change) == pytest.approx(there - here, abs=1e-6)
    page.keyboard.press("ArrowDown")
    expect(page).to_have_url(re.compile(f"cell={row + 1},{column}"))
    assert of(page, 0, "selected") == {"row": row + 1, "column": column}
    page.reload()
    page.wait_for_function(PAINTED)
    expect(page.locator(".compare-where")).to_contain_text(f"neuron {row + 1}")
    assert of(page, 1, "selected") == {"row": row + 1, "column": column}
    page.get_by_role("link", name="Movement").click()
    expect(page).to_have_url(re.compile(f"cell={row + 1},{column}.*section=movement|section=movement.*cell={row + 1},"))
    page.get_by_role("link", name="Maps").click()
    page.wait_for_function(PAINTED)
    assert of(page, 1, "selected") == {"row": row + 1, "column": column}
    page.get_by_role("link", name="Touch this parameter in all").click()
    expect(page.locator("#compare-touch-row")).to_have_value(str(row + 1))
    expect(page.locator("#compare-touch-dimension")).to_be_hidden()


def test_what_differs_most_is_marked_on_the_maps_without_a_new_page(page: Page, atlas_stack: Stack, other: str):
    opened(page, atlas_stack, other, matrix="0.mlp.up")
    page.wait_for_function(PAINTED)
    page.evaluate("() => { window.stays = true; }")
    page.locator(".compare-moved-row a").first.click()
    expect(page).to_have_url(re.compile(r"dimension=(row|column)-\d+"))
    expect(page.locator("#compare-cell")).to_contain_text("change of the whole dimension")
    assert page.evaluate("() => window.stays") and len(of(page, 2, "selected")) == 1


def test_models_of_different_shapes_compare_in_what_is_defined(page: Page, atlas_stack: Stack, smaller: str):
    opened(page, atlas_stack, smaller, matrix="0.mlp.up", cell="30,20")
    expect(page.locator("#compare-section")).to_contain_text("No difference is defined: 48 × 32 in A, 24 × 16 in B.")
    expect(page.locator("#compare-cell")).to_contain_text("row 30 is not in this matrix")
    opened(page, atlas_stack, smaller, matrix="1.mlp.up")
    expect(page.locator("#compare-section")).to_contain_text(f"{smaller} has no 1.mlp.up.")
    opened(page, atlas_stack, smaller, section="touch", matrix="0.mlp.up", dimension="column-20")
    page.locator("#compare-touch-length").fill("4")
    page.get_by_role("button", name="Touch all models").click()
    expect(page.locator(".compare-texts")).to_contain_text("has 16 residual dimensions; 20 is not among them.")
    expect(page.locator(".compare-texts .compare-text")).to_have_count(2)
    expect(page.locator(".compare-touch-table")).to_contain_text("English")
    for section in ("movement", "regions", "perplexity", "curves", "settings"):
        opened(page, atlas_stack, smaller, section=section)
        expect(page.locator("#compare-section")).not_to_be_empty()
        expect(page.locator("#compare-section [role=alert]")).to_have_count(0)
    expect(page.locator("#compare-section")).to_contain_text("hidden size")


def test_one_form_touches_both_and_texts_stand_side_by_side(page: Page, atlas_stack: Stack, other: str):
    opened(page, atlas_stack, other, section="touch", matrix="0.mlp.up", dimension="column-3")
    expect(page.locator("#compare-touch-dimension")).to_have_value("3")
    page.locator("#compare-touch-length").fill("4")
    page.get_by_role("button", name="Touch all models").click()
    expect(page).to_have_url(re.compile("touched=[0-9a-f]{6,}"))
    expect(page.locator(".compare-texts .compare-text")).to_have_count(4)
    page.reload()
    expect(page.locator(".compare-texts .compare-text")).to_have_count(4)
    expect(page.locator(".compare-text mark").first).to_be_visible()


def test_what_ended_before_its_place_was_drawn_is_shown(page: Page, atlas_stack: Stack, other: str):
    opened(page, atlas_stack, other, section="touch", matrix="0.mlp.up", dimension="column-5")
    expect(page.locator("#compare-touch-dimension")).to_have_value("5")
    page.locator("#compare-touch-length").fill("4")
    busy = atlas_stack.api.submit(atlas_stack.endless("before the touch"))
    held: list[str] = []

    def hold(route: Route) -> None:
        """The section as it was while both jobs stood in line comes when both have ended."""
        if held or '"output":"compare-section.children"' not in (route.request.post_data or ""):
            return route.continue_()
        answer = route.fetch()
        held.extend(job.key for job in atlas_stack.api.jobs() if not job.state.ended and job.key != busy.key)
        atlas_stack.api.cancel(busy.key)
        for key in held:
            atlas_stack.api.wait(key)
        return route.fulfill(response=answer)

    page.route(re.compile("_dash-update-component"), hold)
    page.get_by_role("button", name="Touch all models").click()
    expect(page.locator(".compare-texts .compare-text")).to_have_count(4)
    assert len(held) == 2


def test_a_set_of_ones_own_is_played_step_by_step(page: Page, atlas_stack: Stack, other: str, smaller: str):
    steps = f"{atlas_stack.model.name},{other},{smaller}"
    opened(page, atlas_stack, other, matrix="0.mlp.up", steps=steps)
    page.wait_for_function(PAINTED)
    expect(page.locator(".compare-slider [role=slider]")).to_have_attribute("aria-valuenow", "1")
    page.get_by_role("button", name="Play the steps").click()
    expect(page).to_have_url(re.compile(f"models={re.escape(atlas_stack.model.name)},{re.escape(smaller)}"))
    expect(page.locator("#compare-section")).to_contain_text("No difference is defined")
    expect(page.get_by_role("button", name="Play the steps")).to_be_visible()
    page.get_by_role("button", name="One step back").click()
    expect(page).to_have_url(re.compile(f"models={re.escape(atlas_stack.model.name)},{re.escape(other)}"))


def test_the_slider_steps_b_through_a_training(page: Page, atlas_stack: Stack):
    api, name = atlas_stack.api, atlas_stack.model.name
    evaluation = EvaluationSpec(lines=Lines(corpus=CORPUS, start=4, stop=8), languages=("de",))
    asked = TrainingRequest(
        model=name, language="fr", lines=Lines(corpus=CORPUS, start=0, stop=4), n_samples=8, batch_size=4,
        save_at=(4,), seed=7, evaluation=evaluation,
    )  # fmt: skip
    states = []
    for saved in api.training(done(api, asked)).checkpoints:
        summary = api.manifest(done(api, OpenModelRequest(source=saved.source))).summary
        assert isinstance(summary, OpenedModel)
        states.append(summary.description.name)
    opened(page, atlas_stack, states[0], matrix="0.mlp.up", rows="8-16")
    page.wait_for_function(PAINTED)
    expect(page.locator("#compare-family-figure .scatterlayer .js-line")).to_have_count(1)
    page.locator(".compare-slider [role=slider]").focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(re.escape(states[1])))
    expect(page.locator(".compare-card-title").nth(1)).to_contain_text(states[1])
    page.wait_for_function(PAINTED)
    expect(page.locator(".compare-slider [role=slider]")).to_be_focused()
    assert of(page, 1, "view")["r0"] == 8
