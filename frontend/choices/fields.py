"""Fields of a form out of a query string: whatever can be read replaces what was there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

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
