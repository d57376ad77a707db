"""Only what differs: models and requests as flat lists of names and values, the equal ones left out. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from backend.contracts.models import ModelDescription

ABSENT = "–"
SHORT_HASH = 12
_HASHES = ("weights_hash", "tokenizer_hash", "config_hash")
_TOLD = (
    "source", "revision", "architecture", "family", "dtype", "n_parameters", "size_bytes", "licence", *_HASHES,
)  # fmt: skip


class Difference(NamedTuple):
    """One name and the value of each side."""

    name: str
    values: tuple[str, ...]


class Differences(NamedTuple):
    """What differs, and how many entries are the same on all sides."""

    rows: tuple[Difference, ...]
    n_equal: int


def of_models(models: Sequence[ModelDescription]) -> Differences:
    """Configuration, files and shape of models."""
    return differences([{**_described(model), **_flat(model.shape.model_dump(), "shape")} for model in models])


def of_requests(requests: Sequence[Mapping[str, Any]]) -> Differences:
    """Requests (or summaries) as JSON."""
    return differences([_flat(one, "") for one in requests])


def differences(sides: Sequence[Mapping[str, str]]) -> Differences:
    """Names in the order of their first appearance."""
    names = list(dict.fromkeys(name for side in sides for name in side))
    rows = [Difference(name, tuple(side.get(name, ABSENT) for side in sides)) for name in names]
    differing = tuple(row for row in rows if len(set(row.values)) > 1)
    return Differences(differing, len(rows) - len(differing))


def _described(model: ModelDescription) -> dict[str, str]:
    told = {name: getattr(model, name) for name in _TOLD}
    return {name: _written(value)[:SHORT_HASH] if name in _HASHES else _written(value) for name, value in told.items()}


def _flat(value: Any, name: str) -> dict[str, str]:
    """`region.scores.model` for what lies inside; a list of plain values is one entry."""
    if isinstance(value, Mapping):
        inner: dict[str, str] = {}
        for key, part in value.items():
            inner |= _flat(part, f"{name}.{key}" if name else str(key))
        return inner
    if isinstance(value, list | tuple) and any(isinstance(part, Mapping | list | tuple) for part in value):
        return {key: told for place, part in enumerate(value) for key, told in _flat(part, f"{name}[{place}]").items()}
    return {name: _written(value)}


def _written(value: Any) -> str:
    if value is None or value == "":
        return ABSENT
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or ABSENT
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
