"""Neurons in a real browser: from the click to a neuron's card, to what a language loses, to where they lie."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.end_to_end.stack import JOB_MS, Stack
from tests.fakes import write_corpus

pytestmark = [pytest.mark.browser, pytest.mark.redis]

CORPUS = "seven"
LANGUAGES = ("ar", "de", "en", "es", "fr", "ru", "zh")


@pytest.fixture(scope="module")
def stack(atlas_stack: Stack) -> Stack:
    """The atlas with a corpus of seven languages."""
    write_corpus(atlas_stack.root / "corpora" / CORPUS, LANGUAGES)
    return atlas_stack


def found(page: Page, stack: Stack, **state: object) -> None:
    """Find the key neurons of seven languages and wait for them."""
    page.goto(stack.page_url("neurons", corpus=CORPUS, **{"stop": 5, "threshold": 1.3, **state}))
    page.get_by_role("button", name="Find key neurons").click()
    expect(page).to_have_url(re.compile("result=[0-9a-f]{20}"))
    key = re.findall("result=([0-9a-f]{20})", page.url)[0]
    expect(page.locator(f'#neurons-counts .provenance[id*="{key}"]')).to_be_visible(
        timeout=JOB_MS
    )  # not the one before


def test_too_few_languages_are_told_before_the_click(page: Page, stack: Stack):
    page.goto(stack.page_url("neurons", corpus=CORPUS, stop=5, languages="ar,de,en"))
    note = page.locator("#neurons-note")
    expect(note).to_contain_text("with 3 languages z cannot exceed 1.41", ignore_case=True)
    expect(page.get_by_role("button", name="Find key neurons")).to_be_disabled()
    page.get_by_role("button", name="all", exact=True).click()
    expect(note).to_contain_text("With 7 languages z can reach 2.45")
    expect(page.get_by_role("button", name="Find key neurons")).to_be_enabled()


def test_counts_stand_beside_chance_and_a_neuron_opens_its_card(page: Page, stack: Stack):
    found(page, stack)
    expect(page.locator(".neurons-numbers .scores-number")).to_have_count(3)
    expect(page.locator("#neurons-counts .js-plotly-plot")).to_be_visible()
    row = page.locator(".neurons-row").nth(1)
    row.click()
    card = page.locator(".neurons-card")
    expect(card).to_contain_text("Key for Arabic")
    expect(card.locator(".js-plotly-plot")).to_be_visible()
    expect(row).to_have_class(re.compile("is-shown"))
    expect(page).to_have_url(re.compile(r"neuron=\d+\.\d+"))
    title = card.locator(".neurons-title").inner_text()
    page.reload()
    expect(page.locator(".neurons-title")).to_have_text(title)
    card.get_by_role("link", name=re.compile("^gate, row")).click()
    expect(page).to_have_url(re.compile(r"/atlas.*matrix=\d\.mlp\.gate.*rows=\d+-\d+"))


def test_groups_stand_beside_chance_and_are_files(page: Page, stack: Stack):
    found(page, stack)
    expect(page.locator("#neurons-counts .neurons-table tbody tr")).to_have_count(len(LANGUAGES))
    row = page.locator("#neurons-groups tbody tr").first
    n_neurons = int(row.locator("td").first.inner_text().replace(",", ""))
    with page.expect_download() as download:
        row.get_by_role("link", name="JSON").click()
    layers = json.loads(download.value.path().read_text(encoding="utf-8"))
    assert sum(map(len, layers.values())) == n_neurons > 0


def test_a_pair_of_languages_leads_to_the_neurons_they_share(page: Page, stack: Stack):
    found(page, stack, threshold=1.1)
    cell = page.locator("#neurons-overlap .heat-button", has_text=re.compile(r"^0\.\d")).first
    cell.click()
    chips = page.locator("#neurons-pair .neurons-chip")
    expect(chips.first).to_be_visible()
    place = chips.first.inner_text().replace(" · ", ".")
    chips.first.click()
    expect(page).to_have_url(re.compile(f"neuron={re.escape(place)}"))


def test_a_mask_is_downloaded_and_becomes_a_region(page: Page, stack: Stack):
    found(page, stack)
    page.locator("#neurons-language").click()
    page.get_by_role("option", name="Russian").click()
    link = page.get_by_role("link", name="Mask of Russian")
    expect(link).to_be_visible()
    with page.expect_download() as download:
        link.click()
    layers = json.loads(download.value.path().read_text(encoding="utf-8"))
    assert set(layers) <= {"0", "1"} and sum(map(len, layers.values())) > 0
    page.get_by_role("button", name="Use as a region").click()
    expect(page.locator("#neurons-mask-done")).to_contain_text("are a region now", timeout=JOB_MS)
    page.get_by_role("link", name="Remove it and measure").click()
    expect(page).to_have_url(re.compile("/regions.*others=[0-9a-f]{20}"))


def test_what_is_turned_off_is_measured_and_read(page: Page, stack: Stack):
    found(page, stack, permutations=3)
    page.get_by_role("button", name="Turn them off and measure").click()
    expect(page.locator("#neurons-off-downloads")).to_contain_text("CSV", timeout=2 * JOB_MS)
    table = page.locator("#neurons-off .off-table")
    expect(table.locator("tbody tr")).to_have_count(7)
    expect(table.locator("tbody .is-own")).to_have_count(7)
    expect(table.locator("tfoot tr")).to_have_count(2)
    table.locator("tbody tr").nth(1).locator(".heat-button").nth(0).click()
    head = page.locator("#neurons-texts-head")
    expect(head).to_contain_text("German, with the neurons of Arabic off")
    cards = page.locator("#neurons-texts-shown .touch-card")
    expect(cards).to_have_count(3, timeout=JOB_MS)
    expect(cards.first.locator(".touch-column-title")).to_have_text(["Full model", "Arabic neurons off"])
    expect(page).to_have_url(re.compile("off=[0-9a-f]{20}.*read=ar,de"))
    page.reload()
    expect(cards).to_have_count(3)


def test_both_papers_meet_on_one_map(page: Page, stack: Stack):
    found(page, stack)
    page.get_by_role("button", name="Compare with regions").click()
    table = page.locator(".held-table")
    expect(table.locator("thead th")).to_have_count(9, timeout=2 * JOB_MS)  # seven languages, the core
    table.locator(".heat-button").first.click()
    expect(page.locator("#neurons-held-curve")).to_contain_text("Arabic in “Arabic only”, layer by layer")
    expect(page).to_have_url(re.compile("held=ar,0"))
    page.reload()
    expect(page.locator("#neurons-held-curve .js-plotly-plot")).to_be_visible()
