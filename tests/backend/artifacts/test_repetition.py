from __future__ import annotations

from backend.artifacts.repetition import repeats, repeats_everywhere


def test_every_later_line_is_told_with_its_first_place() -> None:
    assert repeats(["a", "b", "a", "c", "b", "a"]) == [(0, 2), (1, 4), (0, 5)]
    assert repeats([]) == repeats(["a", "b"]) == []


def test_what_one_translation_makes_alike_is_not_repeated_everywhere() -> None:
    assert repeats_everywhere({"de": ["x", "x", "y", "y"], "en": ["p", "q", "r", "r"]}) == [(2, 3)]
