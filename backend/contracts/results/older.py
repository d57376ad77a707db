"""What stored results of older versions leave unsaid, said as it was then."""

from __future__ import annotations

from typing import Any

from backend.contracts.specs import ALL_KINDS

_REGION_SPEC = {"scores", "languages", "fraction"}


def with_all_kinds(stored: Any) -> Any:
    """A stored request in which every region without `kinds` has all of them (docs/adr/0009).

    This version always writes `kinds`, so what lacks it was computed when regions held norms and biases.
    """
    if isinstance(stored, dict):
        inner = {name: with_all_kinds(value) for name, value in stored.items()}
        return {"kinds": [kind.value for kind in ALL_KINDS]} | inner if inner.keys() >= _REGION_SPEC else inner
    if isinstance(stored, list):
        return [with_all_kinds(value) for value in stored]
    return stored
