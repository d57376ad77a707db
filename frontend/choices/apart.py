"""What tells questions apart that are told in the same words: only what differs between them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

_LINES = frozenset({"corpus", "start", "stop"})
_MOST_SHOWN = 8


def told_apart(requests: Sequence[Any], words: Callable[[Any], str]) -> list[str]:
    """Each request by `words`; where several say the same, what differs among those stands behind."""
    found = [words(request) for request in requests]
    alike: dict[str, list[int]] = {}
    for at, text in enumerate(found):
        alike.setdefault(text, []).append(at)
    for text, places in alike.items():
        if len(places) > 1:
            for at, more in zip(places, _differing([requests[at] for at in places]), strict=True):
                found[at] = " · ".join(part for part in (text, more) if part)
    return found


def _differing(requests: Sequence[Any]) -> list[str]:
    flat = [_flat(request.model_dump(mode="json")) for request in requests]
    names = [name for name in dict.fromkeys(name for one in flat for name in one) if _varies(name, flat)]
    return [", ".join(dict.fromkeys(_said(name, one.get(name, "")) for name in names)) for one in flat]


def _varies(name: str, flat: Sequence[Mapping[str, str]]) -> bool:
    return len({one.get(name) for one in flat}) > 1


def _flat(value: Any, path: str = "") -> dict[str, str]:
    """Leaves by path; a range of lines and a list of plain values are one leaf each."""
    if isinstance(value, dict) and not set(value) >= _LINES:
        return {name: text for key, part in value.items() for name, text in _flat(part, f"{path}.{key}").items()}
    if isinstance(value, dict):
        return {path: f"{value['corpus']} {value['start']} to {'end' if value['stop'] is None else value['stop']}"}
    if isinstance(value, list):
        if any(isinstance(part, dict | list) for part in value):
            return {name: text for n, part in enumerate(value) for name, text in _flat(part, f"{path}.{n}").items()}
        shown = " ".join(map(str, value[:_MOST_SHOWN]))
        return {path: f"{shown} and {len(value) - _MOST_SHOWN} more" if len(value) > _MOST_SHOWN else shown or "none"}
    return {path: "none" if value is None else str(value)}


def _said(path: str, value: str) -> str:
    return f"{path.rpartition('.')[2].replace('_', ' ')} {value}".strip()
