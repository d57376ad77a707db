"""Every term the atlas uses, with one plain sentence, its equation and where it comes from. Knows nothing of Dash.

`find("LRDS")`, `find("z above")`: by name or by another word for it, whatever its case.
"""

from __future__ import annotations

from frontend.glossary import changes, languages, measures, model, neurons, regions
from frontend.glossary.entry import Entry

__all__ = ["GROUPS", "Entry", "anchor", "entries", "find"]

GROUPS: dict[str, tuple[Entry, ...]] = {
    "The model": model.ENTRIES,
    "Regions in the weights": regions.ENTRIES,
    "Touching, removing, training": changes.ENTRIES,
    "Languages inside the model": languages.ENTRIES,
    "Neurons of a language": neurons.ENTRIES,
    "Measures and sources": measures.ENTRIES,
}
"""In the order of the page."""


def entries() -> tuple[Entry, ...]:
    """All of them, in the order of the page."""
    return tuple(entry for group in GROUPS.values() for entry in group)


def find(words: str) -> Entry | None:
    """The term that these words name, None when they name none."""
    return _BY_WORDS.get(_plain(words))


def anchor(entry: Entry) -> str:
    """Id of a term on the page: `LRDS` is `term-lrds`."""
    return "term-" + "-".join("".join(c if c.isalnum() else " " for c in entry.name.lower()).split())


def _plain(words: str) -> str:
    return " ".join(words.lower().split())


_BY_WORDS = {_plain(word): entry for entry in entries() for word in (entry.name, *entry.also)}
