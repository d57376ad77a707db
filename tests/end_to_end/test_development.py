"""Development in a real browser: a folder of checkpoints while it is measured, two sizes, a training, bad input."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from backend.contracts.requests import EvaluationSpec, Lines, OpenModelRequest, TrainingRequest
from tests.end_to_end.stack import JOB_MS, Stack, done
from tests.fakes import write_corpus, write_model

pytestmark = [pytest.mark.browser, pytest.mark.redis]

CORPUS = "six"
ROWS = ".dim-table tbody tr"


@pytest.fixture(scope="module")
def here(atlas_stack: Stack) -> Path:
    """A folder below an allowed root, and a corpus of six languages."""
    write_corpus(atlas_stack.root / "corpora" / CORPUS, ("ar", "de", "en", "fr", "ru", "zh"), 6)
    return Path(atlas_stack.model.source).parent


def opened(page: Page, stack: Stack, **state: object) -> None:
    page.goto(stack.page_url("development", corpus=CORPUS, stop=4, **state))
    expect(page.get_by_role("button", name="Measure the development")).to_be_visible()


def test_a_folder_is_measured_and_its_points_lead_to_its_models(page: Page, atlas_stack: Stack, here: Path) -> None:
    for seed, step in enumerate((1, 10, 100)):
        write_model(here / "run-a" / f"step{step}", seed=seed)
    (here / "run-a" / "step1000").mkdir()
    (here / "run-a" / "step1000" / "config.json").write_text("{}")
    opened(page, atlas_stack, way="folder")
    page.locator("#development-folder").fill(str(here / "run-a"))
    page.locator("#development-folder").blur()
    expect(page.locator(".development-who")).to_have_count(4)
    page.get_by_role("button", name="Measure the development").click()
    expect(page.locator("#development-progress .follow-card")).to_contain_text("models measured")
    expect(page.locator("#development-progress .follow-card")).to_have_count(0, timeout=JOB_MS)
    expect(page).to_have_url(re.compile("result=[0-9a-f]{20}"))
    expect(page.locator(ROWS)).to_have_count(4)
    expect(page.locator(ROWS).last).to_contain_text("left out")
    expect(page.locator(".claim")).to_have_count(4)
    expect(page.locator(".study-download", has_text="CSV")).to_be_visible()
    expect(page.locator(".js-plotly-plot .scatterlayer .trace").first).to_be_visible()
    page.reload()
    expect(page.locator(ROWS)).to_have_count(3)
    point = page.locator(".js-plotly-plot").first.locator(".scatterlayer .point").first
    point.scroll_into_view_if_needed()
    box = point.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page).to_have_url(re.compile(r"/languages\?model=step1-.*result=[0-9a-f]{20}"))


def test_sizes_of_different_depth_share_the_relative_depth(page: Page, atlas_stack: Stack, here: Path) -> None:
    sources = [
        write_model(here / "deep", seed=4, num_hidden_layers=4),
        write_model(here / "wide", seed=5, hidden_size=48),
    ]
    for source in sources:
        done(atlas_stack.api, OpenModelRequest(source=str(source)))
    names = [one.name for one in atlas_stack.api.models() if one.source in map(str, sources)]
    opened(page, atlas_stack, models=",".join(names))
    page.get_by_role("button", name="Measure the development").click()
    expect(page.locator("#development-result")).to_contain_text("By number of parameters", timeout=JOB_MS)
    expect(page.locator("#development-progress .follow-card")).to_have_count(0, timeout=JOB_MS)
    expect(page.locator(ROWS)).to_have_count(2)


def test_a_training_is_chosen_from_the_list(page: Page, atlas_stack: Stack, here: Path) -> None:
    evaluation = EvaluationSpec(lines=Lines(corpus=CORPUS, start=4, stop=6), languages=("en",))
    request = TrainingRequest(
        model=atlas_stack.model.name, language="fr", lines=Lines(corpus=CORPUS, stop=4), n_samples=8, batch_size=4,
        save_at=(4,), evaluation=evaluation,
    )  # fmt: skip
    done(atlas_stack.api, request)
    opened(page, atlas_stack, way="training")
    page.locator("#development-training").click()
    page.get_by_role("option", name=atlas_stack.model.name).first.click()
    expect(page.locator(".development-who").first).to_contain_text("before training")
    page.get_by_role("button", name="Measure the development").click()
    expect(page.locator("#development-result")).to_contain_text("By samples trained on", timeout=JOB_MS)
    expect(page.locator("#development-progress .follow-card")).to_have_count(0, timeout=JOB_MS)
    expect(page.locator(ROWS)).to_have_count(3)


def test_what_cannot_be_measured_is_told_at_once(page: Page, atlas_stack: Stack, here: Path) -> None:
    opened(page, atlas_stack, models=atlas_stack.model.name)
    expect(page.locator("#development-members")).to_contain_text("two models or more")
    page.get_by_role("button", name="Measure the development").click()
    expect(page.locator("#development-problem")).to_contain_text("two models or more")
    opened(page, atlas_stack, models=atlas_stack.model.name, languages="de,en,fr")
    page.get_by_role("button", name="Measure the development").click()
    expect(page.locator("#development-problem")).to_contain_text("take at least 6 languages")
