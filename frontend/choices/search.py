"""What the search of every page finds: places of a model, languages, terms, pages and what is stored. Pure.

Readings of the words come first (`3.attn.q`, `layer 12`, `mlp down 7`, `dim 507`, `neuron 5:1024`), then whatever is
called like them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from backend.contracts.models import ModelDescription, ModelSummary
from backend.contracts.results import ResultRow
from frontend import glossary, navigation, urls
from frontend.choices.search_places import places
from frontend.choices.search_words import Hit, rank
from frontend.language_names import name_of

__all__ = ["MOST", "Hit", "Known", "search"]

MOST = 14
"""Hits that one answer shows."""
_MOST_OF_A_SORT = 5


class Known(NamedTuple):
    """What there is to be found."""

    paths: Collection[str]
    """Of the pages that exist."""
    models: Sequence[ModelSummary] = ()
    model: ModelDescription | None = None
    """The chosen one: places and stored results are of it."""
    languages: Sequence[str] = ()
    """Codes of all languages that any text has."""
    results: Sequence[ResultRow] = ()
    """Newest first."""
    reports: Sequence[tuple[str, str]] = ()
    """Key and title of each."""


def search(text: str, known: Known) -> tuple[Hit, ...]:
    """Ranked hits, best first; the pages where nothing is typed yet."""
    words = " ".join(text.lower().split())
    if not words:
        return tuple(_pages(known))
    found = list(places(words, known.model)) if known.model else []
    named = [
        (rank(words, hit.label, *others), order, hit)
        for order, sort in enumerate((_models(known), _with_pages(known), _languages(known), _terms(), _stored(known)))
        for hit, others in _best(words, sort)
    ]
    found += [hit for _, _, hit in sorted(named, key=lambda one: one[:2])]
    return tuple({(hit.address, hit.what): hit for hit in found}.values())[:MOST]


Named = Iterable[tuple[Hit, tuple[str, ...]]]
"""Hits with the other words by which they are found."""


def _best(words: str, sort: Named) -> list[tuple[Hit, tuple[str, ...]]]:
    ranked = [(rank(words, hit.label, *others), place, (hit, others)) for place, (hit, others) in enumerate(sort)]
    kept = sorted((one for one in ranked if one[0] is not None), key=lambda one: one[:2])
    return [pair for _, _, pair in kept[:_MOST_OF_A_SORT]]


def _pages(known: Known) -> list[Hit]:
    return [hit for hit, _ in _with_pages(known)]


def _with_pages(known: Known) -> Named:
    model = known.model.name if known.model else None
    named = {place.page: (place.label, place.explanation) for place in navigation.HEADER}
    for family in navigation.FAMILIES.values():
        named |= {tab.page: (tab.label, tab.sentence) for tab in family}
    for page in urls.Page:
        if urls.PATHS[page] in known.paths:
            label, sentence = named.get(page, (page.value.capitalize(), ""))
            yield Hit(label, "page", urls.link(page, model=model), sentence), (page.value, sentence)


def _models(known: Known) -> Named:
    for model in known.models:
        if model.status == "ready":
            address = urls.link(urls.Page.ATLAS, model=model.name)
            yield Hit(model.name, "model", address, f"{model.family}, {model.n_layers} layers"), (model.source,)


def _languages(known: Known) -> Named:
    model = known.model.name if known.model else None
    for code in known.languages:
        address = urls.link(urls.Page.NEURONS, model=model, language=code)
        yield Hit(name_of(code), "language", address, "The neurons that belong to it"), (code,)


def _terms() -> Named:
    for entry in glossary.entries():
        address = urls.PATHS["glossary"] + f"?term={glossary.anchor(entry).removeprefix('term-')}"
        yield Hit(entry.name, "term", address, entry.sentence), entry.also


def _stored(known: Known) -> Named:
    for key, title in known.reports:
        yield Hit(title, "report", urls.link("reports", report=key)), (key,)
    for row in known.results:
        if known.model is None or row.model == known.model.name:
            address = urls.open_result(row.kind, row.key, row.model)
            kind = str(row.kind).replace("_", " ")
            yield Hit(row.title, "result", address, f"{kind} · {row.key[:8]}"), (kind, row.key)
