"""One term of the glossary."""

from __future__ import annotations

from typing import NamedTuple

from frontend.urls import Page

PAPERS = {
    "A": "Zhang et al., Unveiling Linguistic Regions in Large Language Models",
    "B": "Zeng et al., Converging to a Lingua Franca: Evolution of Linguistic Regions and Semantics Alignment",
}
"""What `paper A` and `paper B` are."""


class Entry(NamedTuple):
    """A term: what it means in one sentence, exactly in one line, and where it is seen."""

    name: str
    sentence: str
    """Plain words, whole sentences."""
    equation: str = ""
    """In Unicode, read as it stands; '' where words say it exactly."""
    source: str = ""
    """Paper and equation, table or section; '' where the term is the atlas's own."""
    page: Page | None = None
    """The page that shows it best."""
    also: tuple[str, ...] = ()
    """Other words for it, as headings and labels write them."""
