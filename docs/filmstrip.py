"""One researcher's road, walked in a real browser and photographed: `python docs/filmstrip.py http://127.0.0.1:8050`.

Trains the demo model on Arabic twice, free and with its core region frozen, opens both states, compares them with the
model they come from, touches a dimension in all three, and saves the report. What is stored is not computed again.
Needs the extra [test], a Chromium on PATH and a running `lingua-atlas demo`; writes docs/filmstrip.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from backend.client import Client
from backend.contracts.requests import (
    EvaluationSpec,
    Hold,
    Lines,
    OpenModelRequest,
    Optimizer,
    RegionRequest,
    RegionSpec,
    Request,
    ScoreSpec,
    TrainingRequest,
)
from backend.contracts.results import ResultRow, TrainingSummary

OUT = Path(__file__).parent / "filmstrip"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
MODEL, CORPUS = "gemma-3-270m", "ntrex128"
LANGUAGES = ("ar", "es", "ko", "ru", "vi", "zh")
N_SAMPLES, EVERY = 96, 32
MOST_MOVED = "4.mlp.down"
CORE_DIMENSION = 507
REPORT = "What Arabic training moves, with and without the core"
SETTLE_MILLISECONDS = 1500
PATIENCE_MILLISECONDS = 600_000


def core() -> RegionRequest:
    """The top 5 % for the paper's six languages."""
    scores = ScoreSpec(model=MODEL, lines=Lines(corpus=CORPUS, start=0, stop=60), snapshots=(12,))
    return RegionRequest(region=RegionSpec(scores=scores, languages=LANGUAGES, fraction=0.05))


def training(hold: Hold | None) -> TrainingRequest:
    """96 sentences of Arabic, saved and measured every 32."""
    return TrainingRequest(
        model=MODEL,
        language="ar",
        lines=Lines(corpus=CORPUS, start=0, stop=1000),
        n_samples=N_SAMPLES,
        batch_size=8,
        optimizer=Optimizer(learning_rate=2e-5),
        hold=hold,
        evaluation=EvaluationSpec(lines=Lines(corpus=CORPUS, start=1000, stop=1006), languages=("ar", "en", "zh")),
        evaluate_at=tuple(range(EVERY, N_SAMPLES, EVERY)),
        save_at=tuple(range(EVERY, N_SAMPLES, EVERY)),
    )


def done(api: Client, request: Request) -> str:
    """Ask, wait, and give the key."""
    job = api.submit(request, "batch")
    job = job if job.state.ended else api.wait(job.key)
    if job.problem:
        raise SystemExit(f"{job.title}: {job.problem.detail}")
    return job.key


def trained(api: Client) -> tuple[list[str], list[list[str]]]:
    """Keys of both trainings, and the folders of their saved states in order."""
    keys = [done(api, training(hold)) for hold in (None, Hold(region=core()))]
    summaries = [api.manifest(key).summary for key in keys]
    folders = [
        [one.source for one in summary.checkpoints] for summary in summaries if isinstance(summary, TrainingSummary)
    ]
    return keys, folders


def name_of(api: Client, source: str) -> str:
    """Name under which a folder is open."""
    return next(model.name for model in api.models() if model.source == source)


class Camera:
    """Takes the numbered pictures."""

    def __init__(self, page: Page) -> None:
        self.page, self.taken = page, 0

    def take(self, name: str) -> None:
        """The window as it stands once it has come to rest and nothing lies over it."""
        self.page.mouse.move(0, 0)  # what is pointed at stays
        expect(self.page.locator(".mantine-Notification-root")).to_have_count(0, timeout=15_000)
        self.page.wait_for_timeout(SETTLE_MILLISECONDS)
        self.taken += 1
        self.page.screenshot(path=OUT / f"{self.taken}-{name}.png")


def open_folder(page: Page, url: str, folder: str) -> None:
    """Start: open a saved state by its folder."""
    page.goto(url)
    page.get_by_text("Folder", exact=True).click()
    page.get_by_label("Model", exact=True).fill(folder)
    page.get_by_role("button", name="Open", exact=True).click()


def choose(page: Page, letter: str, name: str) -> None:
    """Compare: a model beside the others."""
    page.get_by_role("textbox", name=f"Model {letter}").click()
    page.get_by_role("option", name=name).click()
    expect(page.get_by_role("textbox", name=f"Model {letter}")).to_have_value(name)


def add_view(page: Page, title: str, note: str) -> None:
    """Put what is shown into the report."""
    page.get_by_role("button", name="This view").click()
    page.get_by_role("button", name="Add to a report").click()
    form = page.get_by_role("dialog", name="Add this view to a report")
    expect(form.locator("#report-add-yes")).not_to_have_attribute("data-loading", "true")
    expect(form.locator("#report-add-address")).to_contain_text("/")
    if form.get_by_label("Title of the new report").is_visible():
        form.get_by_label("Title of the new report").fill(REPORT)
    form.get_by_label("What the view is called there").fill(title)
    form.get_by_label("Note").fill(note)
    form.get_by_role("button", name="Add", exact=True).click()
    expect(form).to_be_hidden()
    page.keyboard.press("Escape")


def region_of(api: Client) -> ResultRow:
    """The stored core region."""
    asked = core()
    return next(row for row in api.results(kind="region", model=MODEL) if row.request == asked)


def road(page: Page, api: Client, url: str) -> None:
    """From the two trainings to the report."""
    camera = Camera(page)
    for row in api.reports():
        if row.title == REPORT:
            api.delete_report(row.name)
    keys, folders = trained(api)
    page.goto(f"{url}/train?model={MODEL}&runs={','.join(keys)}")
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    camera.take("train")
    for folder in (*folders[0], *folders[1]):
        done(api, OpenModelRequest(source=folder))
    open_folder(page, url, folders[1][-1])
    page.get_by_text("Models", exact=True).scroll_into_view_if_needed()
    camera.take("open")
    free, frozen = (name_of(api, saved[-1]) for saved in folders)
    compare(page, api, camera, url=url, others=(free, frozen))


def compare(page: Page, api: Client, camera: Camera, *, url: str, others: tuple[str, str]) -> None:
    """Find where they differ, touch what differs most, keep it."""
    page.goto(f"{url}/compare?models={MODEL}")
    for letter, name in zip("BC", others, strict=True):
        choose(page, letter, name)
    page.goto(f"{page.url}&section=movement&region={region_of(api).key}")
    moved = page.locator("#compare-section").get_by_text("All matrices in common together moved")
    measure = page.get_by_role("button", name="Measure the movement")
    expect(moved.or_(measure).first).to_be_visible()
    if measure.is_visible():
        measure.click()
    expect(moved).to_have_count(len(others), timeout=PATIENCE_MILLISECONDS)
    page.get_by_role("heading", name=re.compile("^A to C")).scroll_into_view_if_needed()
    camera.take("movement")
    add_view(
        page, "How far each matrix moved", "B was free, C had the core frozen: *inside the region* it did not move."
    )

    page.get_by_role("button", name=re.compile(rf": {MOST_MOVED}")).first.click()
    expect(page.locator("#compare-moved")).to_contain_text("What differs most")
    page.locator("#compare-map-3 .matrix-plot canvas").scroll_into_view_if_needed()
    camera.take("difference")
    add_view(page, f"{MOST_MOVED}: each model and its difference", "")

    page.locator(".compare-moved-row").first.get_by_role("link", name=re.compile("touch in all")).click()
    touch_all(page)
    camera.take("touch-what-differs")
    add_view(
        page,
        "Touched: what training moved most",
        "The first of *What differs most*, zeroed in every layer.",
    )
    page.locator("#compare-touch-dimension").fill(str(CORE_DIMENSION))
    page.locator("#compare-touch-dimension").press("Tab")
    touch_all(page)
    camera.take("touch-the-core")
    add_view(
        page,
        "Touched: a dimension of the core",
        "Dimension 507 stands out in the core region of layer after layer.",
    )
    keep(page, camera)


def touch_all(page: Page) -> None:
    """The same touch in all three, waited for."""
    page.get_by_role("button", name="Touch all models").click()
    index = page.locator("#compare-touch-dimension").input_value()
    heading = page.get_by_role("heading", name=f"Zero residual dimension {index} everywhere")
    expect(heading).to_be_visible()
    expect(page.locator(".compare-texts .compare-text")).to_have_count(6, timeout=PATIENCE_MILLISECONDS)
    heading.evaluate("heading => window.scrollTo(0, heading.getBoundingClientRect().top + window.scrollY - 90)")


def keep(page: Page, camera: Camera) -> None:
    """The report, and its file without any server."""
    page.get_by_role("link", name=f"Open {REPORT}").click()
    expect(page.get_by_role("list", name="Views").locator("> li")).to_have_count(4)
    camera.take("report")
    with page.expect_download() as download:
        page.get_by_role("link", name="HTML").first.click()
    file = OUT / "report.html"
    download.value.save_as(file)
    page.context.set_offline(True)
    page.goto(file.as_uri())
    camera.take("exported")
    file.unlink()


def main(url: str) -> None:
    """Walk it."""
    expect.set_options(timeout=30_000)
    OUT.mkdir(exist_ok=True)
    with Client(f"{url}/api") as api, sync_playwright() as playwright:
        browser: Browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1440, "height": 1000}, accept_downloads=True)
        road(page, api, url)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"))
