"""Compare in a real browser: two tiny models locked beside each other, and how far one moved from the other."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

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


def test_the_movement_is_measured_and_a_click_leads_to_its_maps(page: Page, atlas_stack: Stack, other: str):
    opened(page, atlas_stack, other, section="movement")
    page.get_by_role("button", name="Measure the movement").click()
    expect(page.locator("#compare-section")).to_contain_text("All matrices in common together moved")
    page.get_by_role("button", name=re.compile("^1.attn.k")).click()
    expect(page.locator(".map-title")).to_have_text("Layer 1 · attn.k")
    page.wait_for_function(PAINTED)
    page.get_by_role("button", name=re.compile("^0.mlp.down")).click()
    expect(page.locator(".map-title")).to_have_text("Layer 0 · mlp.down")
    expect(page).to_have_url(re.compile("matrix=0.mlp.down"))
    page.go_back()
    expect(page.locator(".map-title")).to_have_text("Layer 1 · attn.k")


def test_models_are_picked_by_the_selects(page: Page, atlas_stack: Stack, other: str):
    page.goto(atlas_stack.page_url("compare"))
    expect(page.locator("#compare-section")).to_contain_text("Choose a second model")
    page.get_by_role("textbox", name="Model B").click()
    page.get_by_role("option", name=other).click()
    expect(page).to_have_url(re.compile(f"models={re.escape(atlas_stack.model.name)},{re.escape(other)}"))
    page.wait_for_function(PAINTED)


def test_one_form_touches_both_and_texts_stand_side_by_side(page: Page, atlas_stack: Stack, other: str):
    opened(page, atlas_stack, other, section="touch")
    page.locator("#compare-touch-length").fill("4")
    page.get_by_role("button", name="Touch all models").click()
    expect(page).to_have_url(re.compile("touched=[0-9a-f]{20}"))
    expect(page.locator(".compare-texts .compare-text")).to_have_count(4)
    page.reload()
    expect(page.locator(".compare-texts .compare-text")).to_have_count(4)


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
    expect(page.locator("#compare-family-figure .js-line")).to_have_count(1)
    page.locator(".compare-slider [role=slider]").focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(re.escape(states[1])))
    page.wait_for_function(PAINTED)
    assert of(page, 1, "view")["r0"] == 8
