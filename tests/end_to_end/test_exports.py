"""Out of the page, in a real browser: pictures that stand alone, tables with the page's numbers, the notebook."""

from __future__ import annotations

import csv
import io
import json
import re
import struct
import xml.etree.ElementTree as ElementTree
import zlib
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from backend.client import Client
from backend.contracts.requests import (
    EvaluationSpec,
    ImportanceRequest,
    Lines,
    RegionSpec,
    RemovalRequest,
    ScoreSpec,
    SimilarityRequest,
)
from tests.end_to_end.stack import CORPUS, Stack, done

pytestmark = [pytest.mark.browser, pytest.mark.redis]
SVG = "{http://www.w3.org/2000/svg}"
MAP, GRAPH = "#languages-map", ".js-plotly-plot"


@pytest.fixture(scope="module")
def similarity(atlas_stack: Stack) -> str:
    """Key of a similarity map of two languages."""
    atlas_stack.forget("similarity")
    lines = Lines(corpus=CORPUS, start=0, stop=4)
    return done(atlas_stack.api, SimilarityRequest(model=atlas_stack.model.name, lines=lines, languages=("de", "en")))


@pytest.fixture
def languages(page: Page, atlas_stack: Stack, similarity: str) -> Page:
    page.goto(atlas_stack.page_url("languages", result=similarity))
    expect(page.locator(f"{MAP} .matrix-legend")).to_be_visible()
    expect(page.locator(f"{GRAPH} .figure-tool").first).to_be_attached()
    return page


def saved(page: Page, place: str, form: str, folder: Path) -> Path:
    """The file that the menu of a picture gives."""
    open_menu(page.locator(place).first)
    with page.expect_download() as download:
        page.get_by_role("menuitem", name=f"Save as {form.upper()}").click()
    assert re.fullmatch(rf"(languages|atlas)-[a-z0-9-]+-\d{{4}}-\d\d-\d\d\.{form}", download.value.suggested_filename)
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def open_menu(box: Locator) -> None:
    box.locator(".figure-tool").focus()
    box.page.keyboard.press("Enter")


@pytest.mark.parametrize("place", [MAP, GRAPH])
def test_a_picture_leaves_the_page_in_three_forms(browser: Browser, languages: Page, tmp_path: Path, place: str):
    content = saved(languages, place, "png", tmp_path).read_bytes()
    is_twice_the_size(languages, content, place)
    names_its_sources(said_by(content), languages.url)
    says_what_it_is(saved(languages, place, "svg", tmp_path).read_text(), place)
    needs_no_network(browser, saved(languages, place, "html", tmp_path))


def is_twice_the_size(page: Page, content: bytes, place: str) -> None:
    assert content.startswith(b"\x89PNG")
    width = struct.unpack(">I", content[16:20])[0]
    box = page.locator(place).first.locator(".matrix-plot" if place == MAP else ".main-svg").first.bounding_box()
    assert box is not None
    assert width == pytest.approx(2 * box["width"], abs=2)


def said_by(content: bytes) -> dict[str, str]:
    """What the text chunks of a PNG say; every chunk is whole."""
    said, at = {}, 8
    while at < len(content):
        length, name = struct.unpack(">I4s", content[at : at + 8])
        data = content[at + 8 : at + 8 + length]
        assert struct.unpack(">I", content[at + 8 + length : at + 12 + length])[0] == zlib.crc32(name + data)
        if name == b"iTXt":
            keyword, _, text = data.partition(b"\0\0\0\0\0")
            said[keyword.decode()] = text.decode()
        at += 12 + length
    return said


def names_its_sources(said: dict[str, str], address: str) -> None:
    assert said["Title"] and "LRDS" in said["Description"] and said["Software"] == "Lingua Atlas"
    link, *sources = said["Source"].splitlines()
    assert link == address and sources and "weights" in sources[0]


def test_a_legend_at_the_upper_edge_stands_below_the_title(languages: Page):
    svg = languages.evaluate("""async () => {
        const graph = document.body.appendChild(document.createElement("div"));
        const lines = ["a", "b"].map((name) => ({ name, x: [0, 1], y: [0, 1] }));
        const legend = { orientation: "h", yref: "container", y: 1, yanchor: "top" };
        await Plotly.newPlot(graph, lines, { width: 400, height: 300, legend, meta: { title: "Above" } });
        return window.atlas.exports.plotly(graph).svg();
    }""")
    legend = re.search(r'class="legend"[^>]*translate\([\d.]+,\s*([\d.]+)\)', svg)
    assert legend and float(legend[1]) >= 34


def says_what_it_is(content: str, place: str) -> None:
    root = ElementTree.fromstring(content)
    assert root.find(f"{SVG}title").text  # type: ignore[union-attr]
    told = root.find(f"{SVG}desc").text  # type: ignore[union-attr]
    assert told and "LRDS" in told and "weights" in told
    assert root.find(f".//{SVG}rect") is not None  # a solid ground
    texts = {text.text for text in root.iter(f"{SVG}text")}
    assert texts >= ({"German", "English"} if place == MAP else {"layer"})


def needs_no_network(browser: Browser, path: Path) -> None:
    context = browser.new_context(offline=True)
    alone = context.new_page()
    wrong: list[str] = []
    alone.on("pageerror", lambda error: wrong.append(str(error)))
    alone.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    alone.goto(path.as_uri())
    expect(alone.get_by_role("heading", level=1)).to_be_visible()
    expect(alone.locator("#picture .main-svg").first).to_be_visible()
    expect(alone.get_by_text(re.compile("View: .*/(languages|atlas).*(result|key)="))).to_be_visible()
    expect(alone.locator("footer li")).to_contain_text("weights")
    context.close()
    assert not wrong


def test_a_map_on_a_log_scale_and_the_overview_stand_alone(
    browser: Browser, page: Page, atlas_stack: Stack, tmp_path: Path
):
    scores = ScoreSpec(model=atlas_stack.model.name, lines=Lines(corpus=CORPUS, start=0, stop=4))
    key = done(atlas_stack.api, ImportanceRequest(scores=scores, language="de"))
    page.goto(atlas_stack.page_url("atlas", key=key, reducer="max_importance", matrix="0.mlp.up"))
    expect(page.locator("#atlas-matrix .matrix-legend")).to_be_visible()
    expect(page.locator("#atlas-grid .figure-tool")).to_be_attached()
    assert page.evaluate("document.getElementById('atlas-matrix').matrix.spec.scale") == "log"
    for place in ("#atlas-matrix", "#atlas-grid"):
        needs_no_network(browser, saved(page, place, "html", tmp_path))


def test_pictures_have_names_for_screen_readers_and_read_as_text(languages: Page):
    for drawing in languages.locator(f"{GRAPH} .plot-container").all():
        expect(drawing).to_have_attribute("role", "img")
        expect(drawing).to_have_attribute("aria-label", re.compile(r"\w+.*\d"))
    expect(languages.locator(f"{MAP} canvas[role=img]").first).to_have_attribute("aria-label", re.compile("imilarity"))
    open_menu(languages.locator(GRAPH).filter(has=languages.locator("[aria-label^='LRDS and SADS']")))
    for _ in range(3):
        languages.keyboard.press("ArrowDown")
    languages.keyboard.press("Enter")
    dialog = languages.get_by_role("dialog", name=re.compile("LRDS and SADS"))
    expect(dialog.get_by_role("columnheader")).to_have_text(["layer", "LRDS", "SADS"])
    languages.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_this_view_has_the_ways_out_and_exact_tables(languages: Page, atlas_stack: Stack, similarity: str):
    languages.locator("#view-menu-open").click()
    drawer = languages.get_by_role("dialog", name="This view")
    expect(drawer.get_by_role("link", name=re.compile("as CSV")).first).to_be_visible()
    expect(drawer.locator("#view-menu-command-text")).to_have_text(
        re.compile(rf"^lingua-atlas view '/languages\?.*{similarity[:8]}")
    )
    expect(drawer.locator("#view-menu-python-text")).to_contain_text(f'Client("{atlas_stack.url}/api")')
    expect(drawer.get_by_text("echo ")).to_have_count(1)
    address = drawer.get_by_role("link", name="LRDS and SADS by layer as CSV").get_attribute("href")
    rows = list(csv.DictReader(io.StringIO(httpx.get(atlas_stack.url + str(address), trust_env=False).text)))
    told = json.loads(atlas_stack.api.table(similarity, "json"))["rows"]
    assert [float(row["LRDS"]) for row in rows] == [row["LRDS"] for row in told]
    languages.keyboard.press("Escape")
    expect(drawer).to_be_hidden()


def test_a_copied_link_opens_the_same_view_without_its_model_being_chosen(languages: Page, similarity: str):
    languages.locator("#view-menu-open").click()
    link = languages.locator("#view-menu-link-text")
    expect(link).to_contain_text(f"result={similarity[:8]}")
    languages.goto(link.inner_text())
    expect(languages.locator(f"{MAP} .matrix-legend")).to_be_visible()


@pytest.mark.usefixtures("similarity")
def test_the_cells_of_the_notebook_run(atlas_stack: Stack, monkeypatch: pytest.MonkeyPatch):
    """On the tiny model, through the dashboard; what needs a second model is left out."""
    scores = ScoreSpec(model=atlas_stack.model.name, lines=Lines(corpus=CORPUS, start=0, stop=4))
    region = RegionSpec(scores=scores, languages=("de", "en"), fraction=0.05)
    evaluation = EvaluationSpec(lines=Lines(corpus=CORPUS, start=4, stop=8), languages=("de", "en"))
    done(atlas_stack.api, RemovalRequest(region=region, evaluation=evaluation))
    monkeypatch.setenv("LINGUA_ATLAS_API_URL", f"{atlas_stack.url}/api")
    notebook = json.loads(Path("docs/notebook.ipynb").read_text(encoding="utf-8"))
    known: dict[str, object] = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code" and "two-models" not in cell["metadata"].get("tags", ()):
            source = "".join(cell["source"]).replace("gemma-3-270m", atlas_stack.model.name)
            exec(compile(source.replace("128", "8"), cell["id"], "exec"), known)
    assert isinstance(known["atlas"], Client)
    known["atlas"].close()
