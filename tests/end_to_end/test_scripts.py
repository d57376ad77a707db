"""Texts of many scripts in a real browser: written in their own direction, with letters and not with boxes."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from frontend import theme
from tests.end_to_end.filled import PROMPTS
from tests.end_to_end.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.redis]
RIGHT_TO_LEFT = ("ar", "he")
MISSING = """([letters, font]) => {
    const drawn = (letter) => {
        const canvas = Object.assign(document.createElement("canvas"), {width: 60, height: 60});
        const context = canvas.getContext("2d");
        context.font = "32px " + font;
        context.fillText(letter, 10, 42);
        return canvas.toDataURL();
    };
    const box = drawn("\\u{10fffe}");
    return letters.filter((letter) => drawn(letter) === box);
}"""


@pytest.fixture(scope="module")
def touched(atlas_stack: Stack) -> str:
    """A perturbation that was asked in eight languages."""
    prompts = [{"language": language, "text": text} for language, text in PROMPTS.items()]
    return atlas_stack.perturbation(prompts=prompts)


def test_every_script_has_letters(page: Page, atlas_stack: Stack):
    page.goto(atlas_stack.page_url("glossary"))
    letters = [text[0] for text in PROMPTS.values()]
    assert page.evaluate(MISSING, [letters, theme.FONT]) == []


def test_texts_and_prompts_run_in_their_own_direction(page: Page, atlas_stack: Stack, touched: str):
    page.goto(atlas_stack.page_url("touch", result=touched))
    cards = page.locator("#touch-texts .touch-card")
    expect(cards).to_have_count(len(PROMPTS))
    for place, (language, text) in enumerate(PROMPTS.items()):
        direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
        given = cards.nth(place).locator(".touch-given")
        expect(given).to_have_text(text)
        for box in (given, cards.nth(place).locator(".touch-text").first):
            expect(box).to_have_attribute("lang", language)
            assert box.evaluate("(box) => getComputedStyle(box).direction") == direction
        field = page.locator(f"textarea[lang={language}]").first
        assert field.evaluate("(box) => getComputedStyle(box).direction") == direction


def test_no_sign_is_cut_in_two_in_the_list_of_runs(page: Page, atlas_stack: Stack, touched: str):
    page.goto(atlas_stack.page_url("runs"))
    row = page.get_by_text("\u2068" + PROMPTS["ar"] + "\u2069").first
    expect(row).to_be_visible()
    box = json.loads(row.evaluate("(row) => JSON.stringify({wide: row.scrollWidth, shown: row.clientWidth})"))
    assert box["wide"] <= box["shown"] + 1 or row.evaluate("(row) => getComputedStyle(row).textOverflow") == "ellipsis"
