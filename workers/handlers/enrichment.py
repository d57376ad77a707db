"""Do a language's key neurons lie in its region (both papers on one map)? From stored results; loads no model."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from backend.contracts.building import NEURONS_INPUT
from backend.contracts.jobs import Ticket
from backend.contracts.requests import EnrichmentRequest
from backend.contracts.results import EnrichmentCell, EnrichmentSummary
from backend.contracts.vocabulary import Phase
from workers.analysis.enrichment import OWNED, enrichment, neuron_density
from workers.context import Context, Outcome
from workers.families import family_of
from workers.families.base import View
from workers.handlers.neurons_read import key_masks
from workers.handlers.regions_read import stored_masks
from workers.sources.opening import read_config


def handle(ticket: Ticket, context: Context, folder: Path) -> Outcome:
    """Every language against every region, layer by layer and whole. Writes no file."""
    del folder
    request = ticket.request
    assert isinstance(request, EnrichmentRequest)
    context.progress.phase(Phase.RUNNING)
    entry = context.models.ready(request.neurons.activations.model)
    config = read_config(Path(entry.folder))
    views = tuple(view for view in family_of(config).views(config) if view.kind in OWNED and view.layer is not None)
    chosen = key_masks(ticket, context, input_name=NEURONS_INPUT, threshold=request.neurons.threshold)
    cells: list[EnrichmentCell] = []
    names = [named.name for named in request.regions]
    for name in context.progress.track(names, len(names), "regions", "comparing"):
        density_LN = _density(ticket, name, context, views)
        for language, chosen_LN in chosen.items():
            cells.extend(_cells(language, name, density_LN, chosen_LN))
    return Outcome(
        summary=EnrichmentSummary(languages=tuple(chosen), regions=tuple(names), cells=tuple(cells)),
        model=entry.name,
        seed=None,
        rules={
            "density": "share of a neuron's weights (its rows of gate and up, its column of down) in the region",
            "chance": "as many neurons of the same layers drawn without replacement: exact mean and variance",
        },
        device="cpu",
        dtype="float32",
    )


def _density(ticket: Ticket, name: str, context: Context, views: tuple[View, ...]) -> Tensor:
    """Float64 [layers, neurons]: how much of each neuron's weights the region holds."""
    masks = stored_masks(ticket, name, context, views)
    layers = sorted({view.layer for view in views if view.layer is not None})
    return torch.stack(
        [neuron_density({view.kind: masks[view.name] for view in views if view.layer == layer}) for layer in layers]
    )


def _cells(language: str, region: str, density_LN: Tensor, chosen_LN: Tensor) -> Iterator[EnrichmentCell]:
    parts: list[tuple[int | None, Tensor, Tensor]] = [(None, density_LN.flatten(), chosen_LN.flatten())]
    parts += [(layer, density_LN[layer], chosen_LN[layer]) for layer in range(len(density_LN))]
    for layer, density_N, chosen_N in parts:
        found = enrichment(density_N, chosen_N)
        yield EnrichmentCell(
            language=language,
            region=region,
            layer=layer,
            n_chosen=found.n_chosen,
            density=_finite(found.density),
            expected=found.expected,
            ratio=_finite(found.ratio),
            z=_finite(found.z),
        )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
