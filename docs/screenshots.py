"""Takes the pictures in docs/screenshots: `python docs/screenshots.py http://127.0.0.1:8050 [MODEL]`.

Of a running atlas. MODEL is the one shown, else the newest; beside it in Compare stands the newest other one.
Needs the extra [test] and a Chromium on PATH.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from backend.client import Client
from backend.contracts.requests import PerturbationRequest
from frontend import app, urls

OUT = Path(__file__).parent / "screenshots"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
PAGES = tuple(page.PATH.strip("/") or "start" for page in app.PAGES)
NARROW = ("start", "atlas", "touch", "regions", "languages", "runs")
"""Also taken 900 pixels wide."""
SETTLE_MILLISECONDS = 6000


def touched(browser: Browser, url: str, model: str, api: Client) -> str:
    """Address of the newest stored touch of the model that wrote text; where there is none, one is made."""
    for row in api.results(kind="perturbation", model=model):
        if isinstance(row.request, PerturbationRequest) and row.request.prompts:
            return urls.open_result(row.kind, row.key, model)
    page = browser.new_page()
    page.goto(url + urls.link("touch", model=model, side="residual", dimension=507))
    page.get_by_role("button", name="Touch and read").click()
    page.get_by_text("restored").first.wait_for(timeout=300_000)
    address = page.url.removeprefix(url)
    page.close()
    return address


def addresses(browser: Browser, url: str, model: str, api: Client) -> dict[str, str]:
    """What is shown of each page."""
    found = {name: urls.link(name, model=model) for name in PAGES}
    opened = sorted(api.models(), key=lambda one: one.opened_at, reverse=True)
    beside = [one.name for one in opened if one.name != model][:1]
    found["compare"] = urls.link("compare", models=",".join([model, *beside]))
    found["touch"] = touched(browser, url, model, api)
    return found


def main(url: str, model: str | None = None) -> None:
    """One picture per page and colour scheme, some of them narrow as well; PNG."""
    OUT.mkdir(exist_ok=True)
    with sync_playwright() as playwright, Client(f"{url}/api") as api:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        model = model or max(api.models(), key=lambda one: one.opened_at).name
        shown = addresses(browser, url, model, api)
        for scheme in ("light", "dark"):
            for width, suffix, names in ((1440, "", PAGES), (900, "-narrow", NARROW)):
                context = browser.new_context(
                    viewport={"width": width, "height": 1000}, color_scheme="light" if scheme == "light" else "dark"
                )
                page = context.new_page()
                for name in names:
                    page.goto(url + shown[name])
                    page.wait_for_timeout(SETTLE_MILLISECONDS)
                    page.screenshot(path=OUT / f"{name}-{scheme}{suffix}.png")
                context.close()
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"), *sys.argv[2:3])
