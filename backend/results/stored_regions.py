"""Regions as they lie on disk, for whoever counts or exports them: bits by matrix, memory-mapped."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from backend.artifacts.region_algebra import PackedBits
from backend.artifacts.results import ResultStore
from backend.contracts.problems import KnownError
from backend.contracts.regions import CombinedRegionRequest, ImportRegionRequest, RegionQuestion, RegionRequest
from backend.contracts.results import CombinedRegionSummary, ImportRegionSummary, Manifest, RegionSummary
from backend.results.arrays import mapped, tensors

MASK = "mask.safetensors"


class StoredRegion(NamedTuple):
    """One region result."""

    key: str
    request: RegionQuestion
    path: Path
    """Its bits."""
    selected: dict[str, int]
    """Selected parameters by matrix name, in the model's order."""
    totals: dict[str, int]
    """All parameters by matrix name."""

    @property
    def n_selected(self) -> int:
        """Parameters in the region."""
        return sum(self.selected.values())

    def bits(self, matrix: str) -> PackedBits:
        """Packed bits of one matrix; unread until they are touched."""
        return bits_at(self.path, matrix)


def bits_at(path: Path, matrix: str) -> PackedBits:
    """Packed bits of one matrix of a mask file."""
    return mapped(tensors(path)[matrix])


def stored_region(key: str, store: ResultStore) -> StoredRegion:
    """The region of a stored result, however it came about; a problem for results of other kinds."""
    return region_of_manifest(store.manifest(key), store)


def region_of_manifest(manifest: Manifest, store: ResultStore) -> StoredRegion:
    """The same, of a manifest at hand."""
    summary, request = manifest.summary, manifest.request
    if not isinstance(summary, RegionSummary | CombinedRegionSummary | ImportRegionSummary):
        raise KnownError(
            "no_region",
            f"result {manifest.key} is of kind {summary.kind.value}, not a region",
            hint="Regions are results of kinds region, combined_region and import_region.",
            field="key",
        )
    assert isinstance(request, RegionRequest | CombinedRegionRequest | ImportRegionRequest)
    return StoredRegion(
        manifest.key,
        request,
        store.path(manifest.key) / MASK,
        {one.matrix: one.selected for one in summary.matrices},
        {one.matrix: one.total for one in summary.matrices},
    )
