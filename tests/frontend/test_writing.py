"""Text is never cut inside of what is read as one letter."""

import pytest

from frontend.writing import beginning, isolated

FAMILY = "👩‍👩‍👧‍👦"


@pytest.mark.parametrize(
    "text, n_letters, shown",
    [
        ("Fudan", 5, "Fudan"),
        ("Fudan University", 5, "Fudan…"),
        ("e\u0301te\u0301", 1, "e\u0301…"),
        ("كِتَاب", 2, "كِتَ…"),
        ("नमस्ते दुनिया", 3, "नमस्ते…"),
        ("ที่นี่", 2, "ที่นี่"),
        ("ที่นี่", 1, "ที่…"),
        (FAMILY + "!!", 1, FAMILY + "…"),
        ("👍🏽👍", 1, "👍🏽…"),
        ("復旦大學", 2, "復旦…"),
        ("", 3, ""),
    ],
)
def test_marks_and_joined_signs_stay_with_their_letter(text: str, n_letters: int, shown: str):
    assert beginning(text, n_letters) == shown


def test_isolated_text_turns_nothing_around_it():
    assert isolated("שלום") == "\u2068שלום\u2069"
