"""Sentences that stand twice in a text: they would count as different meanings. Knows strings only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Repeat = tuple[int, int]
"""An earlier line and a later one that says the same, counted from the first that is read."""


def repeats(sentences: Sequence[str]) -> list[Repeat]:
    """Every sentence that was there before, with its first place."""
    first: dict[str, int] = {}
    return [(first[text], line) for line, text in enumerate(sentences) if first.setdefault(text, line) != line]


def repeats_everywhere(texts: Mapping[str, Sequence[str]]) -> list[Repeat]:
    """Those that are repeated in every language: two sentences may come out alike in one translation, not in all."""
    return sorted(set.intersection(*(set(repeats(sentences)) for sentences in texts.values())))
