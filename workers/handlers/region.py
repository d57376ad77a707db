"""A region of parameters (paper A, section 3.2): its bits, and where it sits."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from torch import Tensor

from backend.contracts.jobs import Ticket
from backend.contracts.requests import RegionRequest, RegionSpec
from backend.contracts.results import MatrixCount, RegionSummary
from backend.contracts.vocabulary import Phase, Scope, Selection
from workers.analysis.regions import select, thumbnail
from workers.context import Context, Outcome
from workers.families import family_of
from workers.handlers.scores import SummedScores, scored_views, summed_scores
from workers.sources.opening import read_config

THUMBNAIL = (24, 32)
"""Height and width of a picture in the overview grid, at most."""


def handle(ticket: Ticket, context: Context, folder: Path) -> Outcome:
    """Writes `mask.safetensors` (packed bits) and `grid.safetensors` (thumbnails). Loads no model."""
    request = ticket.request
    assert isinstance(request, RegionRequest)
    spec = request.region
    context.progress.phase(Phase.RUNNING, "selecting")
    entry = context.models.ready(spec.scores.model)
    config = read_config(Path(entry.folder))
    views = scored_views(family_of(config).views(config), outside_layers=spec.scores.outside_layers)
    scores = summed_scores(ticket, context, views, languages=spec.languages)
    masks = selected(scores, spec, request.selection, seed=request.seed)
    counts = _write(folder, masks, context)
    return Outcome(
        summary=RegionSummary(
            n_selected=sum(count.selected for count in counts),
            n_total=sum(count.total for count in counts),
            matrices=counts,
        ),
        model=entry.name,
        seed=request.seed if request.selection is Selection.RANDOM else None,
        rules=region_rules(spec),
        device="cpu",
        dtype="float32",
    )


def selected(scores: SummedScores, spec: RegionSpec, selection: Selection, *, seed: int) -> dict[str, Tensor]:
    """Masks by matrix name. One threshold for all matrices needs all their scores at once."""
    return select(
        dict(scores) if spec.scope is Scope.GLOBAL else scores,
        fraction=spec.fraction,
        selection=selection.value,
        scope=spec.scope.value,
        seed=seed,
    )


def region_rules(spec: RegionSpec) -> dict[str, str]:
    """What a region is made of, for the result's provenance."""
    return {
        "scores": f"importance summed over {', '.join(spec.languages)}",
        "parameters": "all"
        if spec.scores.outside_layers
        else "those under the transformer layers, norms and biases included",
        "ties": "the smaller index first",
    }


def _write(folder: Path, masks: Mapping[str, Tensor], context: Context) -> tuple[MatrixCount, ...]:
    packed, pictures, counts = {}, {}, []
    for name, mask in context.progress.track(masks.items(), len(masks), "matrices", "drawing"):
        packed[name] = np.packbits(mask.numpy().ravel())
        density = thumbnail(mask, height=THUMBNAIL[0], width=THUMBNAIL[1])
        pictures[f"density/{name}"] = _bytes(density)
        pictures[f"peak/{name}"] = _bytes(density / density.max().clamp_min(torch.finfo(torch.float32).tiny))
        counts.append(MatrixCount(matrix=name, selected=int(mask.sum()), total=mask.numel()))
    save_file(packed, folder / "mask.safetensors")
    save_file(pictures, folder / "grid.safetensors")
    return tuple(counts)


def _bytes(shares: Tensor) -> np.ndarray:
    """0 to 1 as 0 to 255; whatever is there stays visible."""
    rounded = (shares * 255).round().clamp(0, 255)
    return torch.where((shares > 0) & (rounded == 0), 1, rounded).to(torch.uint8).numpy()
