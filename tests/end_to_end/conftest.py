"""The atlas on a tiny model, and a real Chromium that fails a test on any error in the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.end_to_end.stack import CHROMIUM, Stack, running


@pytest.fixture(scope="session")
def atlas_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(Path(tmp_path_factory.mktemp("atlas"))) as stack:
        yield stack


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of 1440 x 900; an exception or a console error in it fails the test."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    errors: list[str] = []
    shown = context.new_page()
    shown.set_default_timeout(20_000)
    shown.on("pageerror", lambda error: errors.append(str(error)))
    shown.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    yield shown
    context.close()
    assert not errors, errors
