"""Regions that are stored already: ranked, combined or imported; what they are called, and how one is picked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from backend.client import Client
from backend.contracts.formulas import region_label
from backend.contracts.regions import CombinedRegionRequest, ImportRegionRequest, NamedRegion, RegionQuestion
from backend.contracts.requests import RegionRequest, RegionSpec, Request
from backend.contracts.results import Manifest, ResultRow
from backend.contracts.vocabulary import REGION_KINDS, Selection
from frontend.choices.apart import told_apart

LONGEST_NAME = 60
_GROUPS = {"combined_region": "Combined", "import_region": "Imported", "region": "By rank"}


def stored_regions(api: Client, model: str | None = None) -> tuple[ResultRow, ...]:
    """Every stored region of a model (of all models without one), newest first."""
    return tuple(row for row in api.results(model=model) if row.kind in REGION_KINDS)


def top_of(spec: RegionSpec, api: Client) -> Manifest | None:
    """The top region of these scores, where it is stored on its own."""
    for row in api.results(kind="region", model=spec.scores.model):
        request = row.request
        if isinstance(request, RegionRequest) and request.region == spec and request.selection is Selection.TOP:
            return api.manifest(row.key)
    return None


def options(rows: Sequence[ResultRow], *, with_model: bool = False) -> list[dict[str, Any]]:
    """Options of a picker by key, in groups: combined and imported before ranked ones."""
    names = told_apart([region_of_row(row) for row in rows], region_label)
    groups: dict[str, list[dict[str, str]]] = {title: [] for title in _GROUPS.values()}
    for row, name in zip(rows, names, strict=True):
        shown = f"{name} · {row.model}" if with_model else name
        groups[_GROUPS[row.kind]].append({"value": row.key, "label": shown})
    return [{"group": title, "items": items} for title, items in groups.items() if items]


def named_regions(rows: Sequence[ResultRow], keys: Sequence[str]) -> tuple[NamedRegion, ...]:
    """The stored regions of some keys as columns of a table, each with a name of its own; unknown keys are left out."""
    by_key = {row.key: region_of_row(row) for row in rows}
    found = [by_key[key] for key in dict.fromkeys(keys) if key in by_key]
    return tuple(NamedRegion(name=name, region=region) for name, region in zip(unique_names(found), found, strict=True))


def keys_of(rows: Sequence[ResultRow], regions: Iterable[RegionQuestion]) -> tuple[str, ...]:
    """Keys under which regions are stored; those that are not stored are left out."""
    keys = {row.request: row.key for row in rows}
    return tuple(keys[region] for region in regions if region in keys)


def region_of_row(row: ResultRow) -> RegionQuestion:
    """The request of a stored region."""
    return as_region(row.request)


def as_region(request: Request) -> RegionQuestion:
    """A request that is known to be a region's."""
    assert isinstance(request, RegionRequest | CombinedRegionRequest | ImportRegionRequest)
    return request


def unique_names(regions: Iterable[RegionQuestion]) -> list[str]:
    """Labels, cut to the length that a column may have; equal ones are numbered."""
    names: list[str] = []
    for region in regions:
        label = region_label(region)[:LONGEST_NAME]
        name, number = label, 2
        while name in names:
            name, number = f"{label[: LONGEST_NAME - 4]} ({number})", number + 1
        names.append(name)
    return names
