"""Changes of a model that are known by a stored result: a region removed, the edits of an attempt, key neurons off.

A change is named by the key of that result; neurons by `KEY:LANGUAGE`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from backend.client import Client
from backend.contracts.problems import KnownError
from backend.contracts.requests import (
    ApplyEdits,
    Change,
    CombinedRegionRequest,
    DeactivateNeurons,
    Edit,
    ImportRegionRequest,
    KeyNeuronsRequest,
    PerturbationRequest,
    RegionRequest,
    RemoveRegion,
)
from backend.contracts.results import ResultRow
from frontend.choices.touch import edit_words
from frontend.language_names import name_of
from frontend.stored_regions import LONGEST_NAME, options, stored_regions, unique_names

INTACT = "intact"


class Condition(NamedTuple):
    """Under what a question is asked."""

    name: str
    change: Change | None = None


def change_options(model: str, api: Client) -> list[dict[str, Any]]:
    """Options of a picker, in groups: regions to remove, key neurons, edits."""
    neurons, edits = api.results(kind="key_neurons", model=model), api.results(kind="perturbation", model=model)
    groups = [
        *({**group, "group": f"{group['group']}, removed"} for group in options(stored_regions(api, model))),
        {"group": "Key neurons, off", "items": [option for row in neurons for option in _neurons(row)]},
        {"group": "Edits of the Touch page", "items": [_edits(row) for row in edits]},
    ]
    return [group for group in groups if group["items"]]


def condition(value: str, api: Client) -> Condition:
    """The change behind an option; a problem when its result is gone or is none that changes anything."""
    key, _, language = value.partition(":")
    request = api.manifest(key).request
    match request:
        case RegionRequest() | CombinedRegionRequest() | ImportRegionRequest():
            return Condition(f"{unique_names([request])[0]} removed", RemoveRegion(region=request))
        case PerturbationRequest():
            return Condition(_edits_name(request), ApplyEdits(edits=request.edits))
        case KeyNeuronsRequest() if language in request.languages:
            change = DeactivateNeurons(neurons=request, language=language)
            return Condition(f"{name_of(language)} neurons off", change)
    raise KnownError(
        "no_change", f"result {value} is no region, no edits and no key neurons", hint="Choose a change from the list."
    )


def value_of(change: Change, rows: Sequence[ResultRow]) -> str | None:
    """The option that makes a change; None when its result is not among the stored ones."""
    match change:
        case RemoveRegion(region=region):
            return next((row.key for row in rows if row.request == region), None)
        case DeactivateNeurons(neurons=neurons, language=language, random=False):
            return next((f"{row.key}:{language}" for row in rows if row.request == neurons), None)
        case ApplyEdits(edits=edits):
            return next((row.key for row in rows if _edits_of(row) == edits), None)
    return None


def _neurons(row: ResultRow) -> list[dict[str, str]]:
    assert isinstance(row.request, KeyNeuronsRequest)
    return [_option(f"{row.key}:{code}", f"{name_of(code)} neurons off") for code in row.request.languages]


def _edits_of(row: ResultRow) -> tuple[Edit, ...] | None:
    return row.request.edits if isinstance(row.request, PerturbationRequest) else None


def _edits(row: ResultRow) -> dict[str, str]:
    assert isinstance(row.request, PerturbationRequest)
    return _option(row.key, _edits_name(row.request))


def _edits_name(request: PerturbationRequest) -> str:
    return _cut("; ".join(edit_words(edit) for edit in request.edits))


def _option(value: str, label: str) -> dict[str, str]:
    return {"value": value, "label": label}


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 1]}…"
