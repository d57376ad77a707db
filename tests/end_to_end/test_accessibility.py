"""axe-core on every page with a result in it: light and dark, wide and narrow. Nothing serious is left."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from frontend.app import PAGES
from tests.end_to_end.filled import empty, fill
from tests.end_to_end.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.redis]
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text("utf-8")
QUIET = """() => !document.querySelector("[data-dash-is-loading=true], .matrix-busy, .first")"""
SERIOUS = """async (only) => {
    const options = {resultTypes: ["violations"], ...(only ? {runOnly: only} : {})};
    const found = await axe.run(document, options);
    const worst = found.violations.filter((one) => ["serious", "critical"].includes(one.impact));
    const told = (one, node) => [one.id, node.target.join(" "), node.html.slice(0, 160), node.failureSummary];
    return worst.flatMap((one) => one.nodes.map((node) => told(one, node).join(" | ")));
}"""
COLOURS = ["color-contrast", "link-in-text-block"]
"""What the colour scheme can change."""
SHOWN_BY = {
    "/": None, "/atlas": "region", "/touch": "perturbation", "/regions": "removal", "/combine": None,
    "/dimensions": "structured_removal", "/estimators": "faithfulness", "/train": "training",
    "/languages": "similarity", "/neurons": "key_neurons", "/compare": None, "/tasks": None, "/development": None,
    "/reproduction": None, "/runs": None, "/glossary": None,
}  # fmt: skip
"""Which result a page is looked at with; None: whatever it shows by itself."""


@pytest.fixture(scope="module")
def addresses(atlas_stack: Stack) -> Iterator[dict[str, str]]:
    yield fill(atlas_stack)
    empty(atlas_stack)


def serious(page: Page, only: list[str] | None = None) -> list[str]:
    found: list[str] = page.evaluate(SERIOUS, only)
    return found


@pytest.mark.parametrize("path", [page.PATH for page in PAGES])
def test_every_page_is_free_of_serious_findings(path: str, page: Page, atlas_stack: Stack, addresses: dict[str, str]):
    result = SHOWN_BY.get(path)
    page.goto(addresses[result] if result else atlas_stack.page_url(path.strip("/")))
    expect(page.locator("#shell-page h1")).to_be_visible()
    page.wait_for_function(QUIET)
    page.evaluate(AXE)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        expect(page.locator(f"html[data-mantine-color-scheme={scheme}]")).to_have_count(1)
        for width in (1440, 900):
            page.set_viewport_size({"width": width, "height": 900})
            page.evaluate("() => new Promise((after) => requestAnimationFrame(() => requestAnimationFrame(after)))")
            assert serious(page, COLOURS if scheme == "dark" else None) == [], (scheme, width)
            page.wait_for_function(
                "document.documentElement.scrollWidth <= innerWidth"
            )  # figures follow a moment later


def test_search_and_help_are_free_of_serious_findings(page: Page, atlas_stack: Stack):
    page.goto(atlas_stack.page_url("runs"))
    expect(page.locator("#shell-page h1")).to_be_visible()
    page.evaluate(AXE)
    page.keyboard.press("/")
    page.keyboard.type("q")
    expect(page.locator(".hand-hit").first).to_be_visible()
    assert serious(page) == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys and terms")).to_be_visible()
    assert serious(page) == []
