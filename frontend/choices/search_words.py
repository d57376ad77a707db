"""A hit of the search, and how well words name something."""

from __future__ import annotations

from typing import NamedTuple


class Hit(NamedTuple):
    """One answer: what it is called, what it is, where it leads."""

    label: str
    what: str
    """One word: `matrix`, `dimension`, `neuron`, `page`, `term`..."""
    address: str
    """Path and query."""
    detail: str = ""


def rank(words: str, *names: str) -> int | None:
    """0 the very name, 1 its beginning, 2 a word's beginning, 3 somewhere inside; None when nothing is called so.

    The first name counts before all others, whose ranks come after its own.
    """
    ranks = [_rank(words, name.lower()) for name in names]
    found = [value + (0 if place == 0 else 4) for place, value in enumerate(ranks) if value is not None]
    return min(found) if found else None


def _rank(words: str, name: str) -> int | None:
    if name == words:
        return 0
    if name.startswith(words):
        return 1
    if f" {words}" in name.replace("-", " ").replace(".", " "):
        return 2
    parts = words.split()
    # Two letters are inside of everything; a number of a longer number is another thing.
    return 3 if all(len(part) > 2 and part in name for part in parts) else None
