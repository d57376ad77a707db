"""Training in a real browser on a tiny model: curves while it runs, cancel and resume, a checkpoint in the Atlas."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.end_to_end.stack import CORPUS, JOB_MS, Stack

pytestmark = [pytest.mark.browser, pytest.mark.redis]

SMALL = {"corpus": CORPUS, "language": "fr", "train_stop": 4, "evaluated": "fr,en", "batch_size": 4, "rates": "1e-3"}


def opened(page: Page, stack: Stack, **state: object) -> None:
    page.goto(stack.page_url("train", **(SMALL | state)))
    expect(page.locator("#train-cost")).to_contain_text("samples in")


def badges(page: Page, word: str):
    return page.locator(".train-run.is-shown .mantine-Badge-root", has_text=re.compile(f"^{word}$"))


def test_a_preset_trains_three_runs_side_by_side_and_its_checkpoint_opens(page: Page, atlas_stack: Stack) -> None:
    opened(page, atlas_stack, plan="freeze", n_samples=40, every=20)
    page.get_by_role("button", name="Train", exact=True).click()
    expect(badges(page, "done")).to_have_count(3, timeout=JOB_MS)
    expect(page).to_have_url(re.compile("runs=[0-9a-f]{20},[0-9a-f]{20},[0-9a-f]{20}"))
    expect(page.locator("#train-facts .mantine-Badge-root")).to_have_text(["bit-identical", "bit-identical"])
    expect(page.locator("#train-perplexity .subplot")).to_have_count(2)
    expect(page.locator("#train-perplexity .subplot").first.locator(".js-line")).to_have_count(3)
    expect(page.locator(".train-checkpoint")).to_have_count(3)
    page.reload()
    expect(page.locator("#train-facts tbody tr")).to_have_count(3)
    page.get_by_role("button", name="Open in the Atlas").first.click()
    expect(page).to_have_url(re.compile(r"/atlas\?model="), timeout=JOB_MS)
    assert "fr-" in page.url


def test_points_appear_while_it_runs_and_a_cancelled_run_goes_on(page: Page, atlas_stack: Stack) -> None:
    opened(page, atlas_stack, plan="one", n_samples=40_000, every=400)
    page.get_by_role("button", name="Train", exact=True).click()
    expect(badges(page, "running")).to_have_count(1, timeout=JOB_MS)
    expect(page.locator("#train-perplexity .subplot").first.locator(".js-line")).to_have_count(1, timeout=JOB_MS)
    page.locator(".train-run.is-shown").get_by_role("button", name="Cancel").click()
    expect(badges(page, "cancelled")).to_have_count(1, timeout=JOB_MS)
    page.locator(".train-run.is-shown").get_by_role("button", name="Resume").click()
    expect(badges(page, "running")).to_have_count(1, timeout=JOB_MS)
    page.locator(".train-run.is-shown").get_by_role("button", name="Cancel").click()
    expect(badges(page, "cancelled")).to_have_count(1, timeout=JOB_MS)


def test_what_cannot_be_trained_is_told_next_to_the_button(page: Page, atlas_stack: Stack) -> None:
    opened(page, atlas_stack, plan="one", train_stop=999, n_samples=40)
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator("#train-problem")).to_contain_text("lines 0 to 7")
