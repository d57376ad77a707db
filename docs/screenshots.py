"""Takes the pictures in docs/screenshots from a running demo: `python docs/screenshots.py http://127.0.0.1:8050`.

Needs the extra [test] and a Chromium on PATH.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from frontend import app

OUT = Path(__file__).parent / "screenshots"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
PAGES = tuple(page.PATH.strip("/") or "start" for page in app.PAGES)
WIDTHS = {1440: "", 900: "-narrow"}
SETTLE_MILLISECONDS = 4000


def touch_something(page: Page) -> None:
    """Touch the first suggested dimension and wait until its texts and perplexities are there."""
    page.get_by_role("button", name="Touch and read").click()
    page.get_by_text("restored").first.wait_for(timeout=300_000)


def main(url: str) -> None:
    """One picture per page, width and colour scheme; PNG, reduced colours are left to the reader's tools."""
    OUT.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        preparing = browser.new_page()
        preparing.goto(f"{url}/touch?side=residual&dimension=507")
        preparing.wait_for_timeout(SETTLE_MILLISECONDS)
        touch_something(preparing)
        touched = preparing.url
        preparing.close()
        for scheme in ("light", "dark"):
            for width, suffix in WIDTHS.items():
                context = browser.new_context(viewport={"width": width, "height": 1000}, color_scheme=scheme)
                page = context.new_page()
                for name in PAGES:
                    address = touched if name == "touch" else f"{url}/{'' if name == 'start' else name}"
                    page.goto(address)
                    page.wait_for_timeout(SETTLE_MILLISECONDS)
                    page.screenshot(path=OUT / f"{name}-{scheme}{suffix}.png")
                context.close()
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"))
