"""A stored region as one safetensors file that says what it is: for other programs, or another atlas."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np

from backend.artifacts.models import ModelEntries
from backend.artifacts.results import ResultStore
from backend.contracts.formulas import formula, region_label
from backend.contracts.problems import KnownError
from backend.contracts.regions import CombinedRegionRequest
from backend.contracts.results import Manifest
from backend.results.stored_regions import StoredRegion, region_of_manifest

Bits = Literal["packed", "bool"]
_ORDER = {
    "packed": "uint8, numpy.packbits of the row-major (out, in) matrix: the first parameter is the highest bit",
    "bool": "bool, the row-major (out, in) matrix",
}


class Export(NamedTuple):
    """A file that is sent while it is made."""

    n_bytes: int
    blocks: Iterator[bytes]


def exported(manifest: Manifest, bits: Bits, *, store: ResultStore, models: ModelEntries) -> Export:
    """Masks by matrix name, packed as stored or as bool; imported again (`POST /imports`) they are the same bits.

    The metadata says model, weights hash, shapes, bit order, formula and request. Shapes are the model's, which must
    be among the opened ones.
    """
    region = region_of_manifest(manifest, store)
    shapes = _shapes(manifest, region, models)
    head = _head(_metadata(manifest, region, bits, shapes), bits, shapes)
    n_bytes = len(head) + sum(_n_bytes(shape, bits) for shape in shapes.values())
    return Export(n_bytes, _blocks(head, region, bits, shapes))


def _blocks(head: bytes, region: StoredRegion, bits: Bits, shapes: dict[str, tuple[int, ...]]) -> Iterator[bytes]:
    yield head
    for name in shapes:
        packed = region.bits(name)
        yield (packed if bits == "packed" else np.unpackbits(packed, count=region.totals[name])).tobytes()


def _shapes(manifest: Manifest, region: StoredRegion, models: ModelEntries) -> dict[str, tuple[int, ...]]:
    weights = manifest.provenance.weights_hash
    model = next((entry for entry in models.all() if entry.weights_hash == weights), None)
    if model is None:
        raise KnownError(
            "model_forgotten",
            f"the shapes of region {manifest.key} are those of a model that is no longer among the opened ones",
            hint="Open it again; its results are found by its weights.",
            status=409,
        )
    return {view.name: view.shape for view in model.matrices if view.name in region.totals}


def _metadata(
    manifest: Manifest, region: StoredRegion, bits: Bits, shapes: dict[str, tuple[int, ...]]
) -> dict[str, str]:
    request = region.request
    text = formula(request.expression) if isinstance(request, CombinedRegionRequest) else region_label(request)
    return {
        "format": "lingua-atlas region 1",
        "key": manifest.key,
        "formula": text,
        "model": manifest.provenance.model,
        "weights_hash": manifest.provenance.weights_hash,
        "bits": _ORDER[bits],
        "shapes": json.dumps(shapes),
        "request": request.model_dump_json(),
    }


def _head(metadata: dict[str, str], bits: Bits, shapes: dict[str, tuple[int, ...]]) -> bytes:
    """Length and JSON, filled up to a multiple of 8 as safetensors asks."""
    entries: dict[str, object] = {"__metadata__": metadata}
    start = 0
    for name, shape in shapes.items():
        stop = start + _n_bytes(shape, bits)
        stored = {"dtype": "U8", "shape": [stop - start]} if bits == "packed" else {"dtype": "BOOL", "shape": shape}
        entries[name] = {**stored, "data_offsets": [start, stop]}
        start = stop
    text = json.dumps(entries).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text


def _n_bytes(shape: tuple[int, ...], bits: Bits) -> int:
    n_cells = int(np.prod(shape))
    return -(-n_cells // 8) if bits == "packed" else n_cells
