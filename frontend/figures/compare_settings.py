"""Only what differs: models and requests as flat lists of names and values, the equal ones left out. Pure.

What one side does not tell (`UNKNOWN`) neither differs nor is equal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from backend.contracts.models import ModelDescription

ABSENT = "–"
UNKNOWN = "?"
SHORT_HASH = 12
_HASHES = ("weights_hash", "tokenizer_hash", "config_hash")
_TOLD = (
    "source", "revision", "architecture", "family", "dtype", "n_parameters", "size_bytes", "licence", *_HASHES,
)  # fmt: skip


class Difference(NamedTuple):
    """One name and the value of each side."""

    name: str
    """The path: `region.scores.lines.corpus`."""
    values: tuple[str, ...]
    n_alike: int = 1
    """Places where the same name differs by the same values: a region that a request names often."""

    @property
    def words(self) -> str:
        """The path for people: `region › scores › lines › corpus`."""
        return _NAMES.get(self.name) or " › ".join(_part(part) for part in self.name.split("."))


class Differences(NamedTuple):
    """What differs, and how many entries are the same on all sides."""

    rows: tuple[Difference, ...]
    n_equal: int


def of_models(models: Sequence[ModelDescription]) -> Differences:
    """Files and shape of models."""
    return differences([{**_described(model), **_flat(model.shape.model_dump(), "shape")} for model in models])


def of_configurations(models: Sequence[ModelDescription]) -> Differences:
    """Every entry of the configurations; unknown for a model that an older version opened."""
    return _kept([_flat(model.config, "") if model.config else None for model in models])


def of_tokenizers(models: Sequence[ModelDescription]) -> Differences:
    """Class and special tokens; unknown as above."""
    return _kept([_flat(model.tokenizer, "") if model.tokenizer else None for model in models])


def untold(models: Sequence[ModelDescription]) -> tuple[ModelDescription, ...]:
    """Models whose configuration was not kept when they were opened."""
    return tuple(model for model in models if not model.config)


def of_requests(requests: Sequence[Mapping[str, Any]]) -> Differences:
    """Requests (or summaries) as JSON."""
    return differences([_flat(one, "") for one in requests])


def differences(sides: Sequence[Mapping[str, str]]) -> Differences:
    """Names in the order of their first appearance."""
    names = list(dict.fromkeys(name for side in sides for name in side))
    rows = [Difference(name, tuple(side.get(name, ABSENT) for side in sides)) for name in names]
    differing = tuple(row for row in rows if len(set(row.values) - {UNKNOWN}) > 1)
    return Differences(differing, sum(1 for row in rows if row not in differing and UNKNOWN not in row.values))


def merged(found: Differences) -> Differences:
    """What differs at many places in one way, told once."""
    rows: dict[tuple[str, tuple[str, ...]], Difference] = {}
    for row in found.rows:
        key = (row.name.rpartition(".")[2], row.values)
        first = rows.get(key)
        rows[key] = row if first is None else first._replace(n_alike=first.n_alike + 1)
    return found._replace(rows=tuple(rows.values()))


def _kept(sides: Sequence[Mapping[str, str] | None]) -> Differences:
    names = {name: UNKNOWN for side in sides if side is not None for name in side}
    return differences([names if side is None else side for side in sides])


def _part(part: str) -> str:
    name, bracket, place = part.partition("[")
    number = f" {int(place.rstrip(']')) + 1}" if bracket else ""
    return name.replace("_", " ") + number


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


_NAMES = {
    "dtype": "stored as",
    "n_parameters": "parameters",
    "size_bytes": "size in bytes",
    "weights_hash": "weights (hash)",
    "tokenizer_hash": "tokenizer (hash)",
    "config_hash": "configuration (hash)",
    "family": "handled as family",
    "shape.n_layers": "layers",
    "shape.residual_size": "residual stream (hidden size)",
    "shape.n_heads": "attention heads",
    "shape.n_key_value_heads": "key and value heads",
    "shape.head_size": "head size",
    "shape.n_neurons": "neurons of a layer",
    "shape.vocabulary_size": "vocabulary",
    "shape.context_length": "context length",
    "bos_rule": "BOS rule",
}
