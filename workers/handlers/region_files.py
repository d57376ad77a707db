"""What every region result holds, however it came about: its bits and a small picture of each matrix."""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from torch import Tensor

from backend.contracts.results import MatrixCount
from workers.analysis.errors import AnalysisError
from workers.analysis.masks import PackedBits, count, n_bytes, unpacked
from workers.analysis.regions import thumbnail
from workers.context import Context
from workers.families import family_of
from workers.families.base import View
from workers.handlers.regions_read import MASK_FILE
from workers.sources.opening import read_config

GRID_FILE = "grid.safetensors"
THUMBNAIL = (24, 32)
"""Height and width of a picture in the overview grid, at most."""


def model_views(model: str, context: Context) -> tuple[View, ...]:
    """All matrices of an opened model; reads its configuration, no weights."""
    config = read_config(Path(context.models.ready(model).folder))
    return family_of(config).views(config)


def write_region(
    folder: Path, regions: Iterable[tuple[str, PackedBits]], views: Sequence[View], context: Context
) -> tuple[MatrixCount, ...]:
    """Writes `mask.safetensors` and `grid.safetensors` of the bits of each of `views`; one is unpacked at a time.

    Raises `AnalysisError("empty_selection")` before anything is written when no bit is set.
    """
    shapes = {view.name: view.shape for view in views}
    packed: dict[str, np.ndarray] = {}
    pictures: dict[str, np.ndarray] = {}
    counts: list[MatrixCount] = []
    for name, bits in context.progress.track(regions, len(shapes), "matrices", "selecting"):
        mask = unpacked(bits, shapes[name])
        packed[name] = bits
        pictures |= _pictures(name, mask)
        counts.append(MatrixCount(matrix=name, selected=count(bits), total=mask.numel()))
    if not any(one.selected for one in counts):
        raise AnalysisError(
            "empty_selection",
            f"no parameter of {len(counts)} matrices is in this region",
            hint="Take a larger fraction, another expression or another file; a preview tells sizes at once.",
        )
    save_file(packed, folder / MASK_FILE)
    save_file(pictures, folder / GRID_FILE)
    return tuple(counts)


def filled(regions: Iterable[tuple[str, PackedBits]], views: Sequence[View]) -> Iterator[tuple[str, PackedBits]]:
    """Bits of every one of `views`, in their order; no bit of a matrix that `regions`, in the same order, leaves out.

    So regions of different kinds of matrices can be combined, compared and removed like any others.
    """
    given = iter(regions)
    name, bits = next(given, ("", np.empty(0, np.uint8)))
    for view in views:
        if view.name == name:
            yield name, bits
            name, bits = next(given, ("", bits))
        else:
            yield view.name, np.zeros(n_bytes(math.prod(view.shape)), np.uint8)


def totals(counts: Sequence[MatrixCount], held: Container[str] | None = None) -> dict[str, int]:
    """`n_selected` and `n_total` of a summary; the total is of the matrices that the region may hold (None: of all)."""
    n_total = sum(one.total for one in counts if held is None or one.matrix in held)
    return {"n_selected": sum(one.selected for one in counts), "n_total": n_total}


def _pictures(name: str, mask: Tensor) -> dict[str, np.ndarray]:
    density = thumbnail(mask, height=THUMBNAIL[0], width=THUMBNAIL[1])
    peak = density / density.max().clamp_min(torch.finfo(torch.float32).tiny)
    return {f"density/{name}": _bytes(density), f"peak/{name}": _bytes(peak)}


def _bytes(shares: Tensor) -> np.ndarray:
    """0 to 1 as 0 to 255; whatever is there stays visible."""
    rounded = (shares * 255).round().clamp(0, 255)
    return torch.where((shares > 0) & (rounded == 0), 1, rounded).to(torch.uint8).numpy()
