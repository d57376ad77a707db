"""Regions put together by set algebra (paper A, Eq. 5 is one case): stored bits in, bits out. Loads no model."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path

from backend.artifacts.region_algebra import Leaf, evaluate, held_by, kind_of, require_same_cover
from backend.contracts.formulas import formula, region_labels
from backend.contracts.jobs import Ticket
from backend.contracts.regions import CombinedRegionRequest, Expression, leaves, region_model
from backend.contracts.results import CombinedRegionSummary
from backend.contracts.vocabulary import Phase
from workers.analysis.masks import PackedBits
from workers.context import Context, Outcome
from workers.handlers.region_files import model_views, totals, write_region
from workers.handlers.regions_read import StoredMasks, stored_masks


def handle(ticket: Ticket, context: Context, folder: Path) -> Outcome:
    """Writes what a region result holds. A complement is relative to what its regions may hold."""
    request = ticket.request
    assert isinstance(request, CombinedRegionRequest)
    context.progress.phase(Phase.RUNNING, "combining")
    views = model_views(region_model(request), context)
    sizes = {view.name: math.prod(view.shape) for view in views}
    regions = list(leaves(request.expression))
    stored = {leaf: stored_masks(ticket, f"region {number}", context, views) for number, leaf in enumerate(regions)}
    covers = zip(region_labels(regions), stored.values(), strict=True)
    covered = require_same_cover({label: {name: sizes[name] for name in masks} for label, masks in covers})
    combined = _combined(request.expression, stored, covered)
    counts = write_region(folder, combined, [view for view in views if view.name in covered], context)
    held = {name for name in covered if held_by(request.expression, name)}
    text = formula(request.expression)
    return Outcome(
        summary=CombinedRegionSummary(**totals(counts, held), matrices=counts, formula=text),
        model=region_model(request),
        seed=None,
        rules={"formula": text, "complement": "of all parameters of the kinds that its regions may hold"},
        device="cpu",
        dtype="uint8",
    )


def _combined(
    expression: Expression, stored: Mapping[Leaf, StoredMasks], covered: Mapping[str, int]
) -> Iterator[tuple[str, PackedBits]]:
    for name, n_cells in covered.items():
        yield name, _of_matrix(name, n_cells, expression, stored)


def _of_matrix(name: str, n_cells: int, expression: Expression, stored: Mapping[Leaf, StoredMasks]) -> PackedBits:
    return evaluate(expression, lambda leaf: stored[leaf].packed(name), n_cells=n_cells, kind=kind_of(name))
