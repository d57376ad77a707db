"""Fields of a form out of a query string: whatever can be read replaces what was there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from backend.contracts.vocabulary import Bos
from frontend.urls import many


def read(
    query: Mapping[str, str],
    *,
    lists: Iterable[str] = (),
    words: Iterable[str] = (),
    numbers: Mapping[str, type] | None = None,
) -> dict[str, Any]:
    """The fields that the query names, as tuples, words and numbers; one that cannot be read is left out."""
    found: dict[str, Any] = {name: many(query, name) for name in lists if query.get(name)}
    found |= {name: query[name] for name in words if query.get(name)}
    for name, kind in (numbers or {}).items():
        try:
            found[name] = kind(query[name])
        except (KeyError, ValueError):
            continue
    return found


BOS_LABELS = {Bos.NEVER.value: "none", Bos.TOKENIZER.value: "as the tokenizer", Bos.ALWAYS.value: "always"}

BOS_HINT = (
    "Whether each text begins with the BOS token: as the model's own tokenizer says (some models never saw one, and "
    "perplexities with it are then wrong by far), always, or never. The result names what was done."
)


def bos_word(value: str) -> str:
    """A `Bos` out of an address; `1` and `0` are those of earlier versions. The request refuses other words."""
    return {"1": Bos.ALWAYS.value, "true": Bos.ALWAYS.value, "0": Bos.NEVER.value}.get(value, value)


def bos_words(bos: Bos) -> str:
    """What a title adds for requests whose sentences may begin with BOS."""
    return "" if bos is Bos.NEVER else " · with BOS" if bos is Bos.ALWAYS else " · BOS as the tokenizer"
