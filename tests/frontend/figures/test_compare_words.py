"""Texts word by word."""

from __future__ import annotations

from frontend.figures.compare_words import Piece, marked, share_changed


def test_words_that_the_other_text_does_not_have_are_marked() -> None:
    found = marked("the city of Shanghai, China", "the town of Shanghai, China")
    assert found == (Piece("the ", False), Piece("city", True), Piece(" of Shanghai, China", False))
    assert "".join(piece.text for piece in found) == "the city of Shanghai, China"
    assert share_changed("the city of Shanghai, China", "the town of Shanghai, China") == 0.2


def test_every_chinese_character_is_a_word_and_nothing_differs_from_itself() -> None:
    assert marked("上海市", "上海人") == (Piece("上海", False), Piece("市", True))
    assert marked("a b", "a b") == (Piece("a b", False),) and share_changed("", "a") == 0.0
