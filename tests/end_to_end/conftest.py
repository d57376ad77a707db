"""Real Chromium on a real atlas.

A page fails its test on any console error, refused request, or request that leaves the machine.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Error, Page, expect, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.end_to_end.stack import CHROMIUM, PAGE_MS, Stack, running

ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
)  # fmt: skip
LOCAL = ("127.0.0.1", "localhost", "")


def _wait_for_function(page: Page, expression: str, *, arg: object = None, timeout: float = PAGE_MS) -> None:
    """Playwright's own polls with `eval`, which the content security policy of the page forbids to everybody."""
    deadline = time.monotonic() + timeout / 1000
    truth = f"""async (given) => {{
        const what = ({expression.strip()});
        return Boolean(await (typeof what === "function" ? what(given) : what));
    }}"""
    while not page.evaluate(truth, arg):
        if time.monotonic() > deadline:
            raise PlaywrightTimeout(f"not true within {timeout} ms: {expression}")
        page.wait_for_timeout(20)


Page.wait_for_function = _wait_for_function  # type: ignore[assignment]


@pytest.fixture(scope="session")
def atlas_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Redis, API, worker and dashboard with one tiny model, for the whole session."""
    with running(Path(tmp_path_factory.mktemp("atlas"))) as stack:
        yield stack


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        try:
            chromium = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=list(ARGUMENTS))
        except Error as error:
            pytest.skip(f"no usable Chromium: {error}")
        yield chromium
        chromium.close()


class Watched:
    """What a page must not do: console errors, uncaught exceptions, requests to other machines."""

    def __init__(self, page: Page) -> None:
        self.errors: list[str] = []
        self.allowed: tuple[str, ...] = ()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda message: self._console(message.type, message.text))
        page.on("response", lambda answer: self._answer(answer.status, answer.url))
        page.on("request", lambda request: self._local(request.url))

    def _console(self, kind: str, text: str) -> None:
        if kind == "error" and "Failed to load resource" not in text:  # told with its address by `_answer`
            self.errors.append(text)

    def _answer(self, status: int, url: str) -> None:
        if status >= 400:
            self.errors.append(f"{status} {url}")

    def _local(self, url: str) -> None:
        if urlsplit(url).scheme in ("http", "https", "ws", "wss") and urlsplit(url).hostname not in LOCAL:
            self.errors.append(f"request to {url}")

    def unexpected(self) -> list[str]:
        return [error for error in self.errors if not any(part in error for part in self.allowed)]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh tab, 1440 wide; `page.watched.allowed = ("502",)` lets errors pass that a test provokes."""
    expect.set_options(timeout=PAGE_MS)
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="light")
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab = context.new_page()
    tab.set_default_timeout(PAGE_MS)
    tab.watched = Watched(tab)  # type: ignore[attr-defined]
    yield tab
    context.close()
    assert not (unexpected := tab.watched.unexpected()), unexpected  # type: ignore[attr-defined]
