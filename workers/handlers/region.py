"""A region of parameters (paper A, section 3.2): its bits, and where it sits."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from backend.contracts.jobs import Ticket
from backend.contracts.requests import RegionRequest, RegionSpec
from backend.contracts.results import RegionSummary
from backend.contracts.specs import holds
from backend.contracts.vocabulary import Phase, Selection
from workers.analysis.errors import AnalysisError
from workers.analysis.masks import PackedBits
from workers.analysis.regions import drawn, ranked
from workers.context import Context, Outcome
from workers.families.base import View
from workers.handlers.region_files import filled, model_views, totals, write_region
from workers.handlers.scores import scored_views, stored_scores


def handle(ticket: Ticket, context: Context, folder: Path) -> Outcome:
    """Writes `mask.safetensors` (packed bits) and `grid.safetensors` (thumbnails). Loads no model."""
    request = ticket.request
    assert isinstance(request, RegionRequest)
    context.progress.phase(Phase.RUNNING, "selecting")
    spec = request.region
    views = scored_views(model_views(spec.scores.model, context), outside_layers=spec.scores.outside_layers)
    held = [view for view in views if holds(spec.kinds, view.kind)]
    if not held:
        raise no_such_kinds(spec, views)
    counts = write_region(folder, filled(_selected(ticket, context, held, request), views), views, context)
    names = {view.name for view in held}
    is_random = request.selection is Selection.RANDOM
    return Outcome(
        summary=RegionSummary(**totals(counts, names), matrices=counts),
        model=request.region.scores.model,
        seed=request.seed if is_random else None,
        rules=region_rules(request.region, is_random=is_random),
        device="cpu",
        dtype="float32",
    )


_KINDS_RULE = "{}; the share is of each matrix of these kinds, the others hold nothing"


def _selected(
    ticket: Ticket, context: Context, views: Sequence[View], request: RegionRequest
) -> Iterator[tuple[str, PackedBits]]:
    """Bits of each view; a random region has no scores, only a size."""
    spec = request.region
    if request.selection is Selection.RANDOM:
        sizes = {view.name: math.prod(view.shape) for view in views}
        return drawn(sizes, fraction=spec.fraction, scope=spec.scope.value, seed=request.seed)
    scores = stored_scores(ticket, context, views, languages=spec.languages, snapshot=spec.snapshot)
    return ranked(scores, fraction=spec.fraction, selection=request.selection.value, scope=spec.scope.value)


def no_such_kinds(spec: RegionSpec, views: Sequence[View]) -> AnalysisError:
    """A region of kinds that the model does not have: GPT-2's `mlp.gate`, the biases of LLaMA."""
    return AnalysisError(
        "empty_selection",
        f"{spec.scores.model} has no scored parameter of {', '.join(kind.value for kind in spec.kinds)}",
        hint=f"It has {', '.join(dict.fromkeys(view.kind for view in views))}.",
    )


def region_rules(spec: RegionSpec, *, is_random: bool = False) -> dict[str, str]:
    """What a region is made of, for the result's provenance."""
    samples = "" if spec.snapshot is None else f", the first {spec.snapshot} samples"
    return {
        "scores": "none: drawn at random"
        if is_random
        else f"importance summed over {', '.join(spec.languages)}{samples}",
        "parameters": "all" if spec.scores.outside_layers else "those under the transformer layers",
        "kinds": _KINDS_RULE.format(", ".join(kind.value for kind in spec.kinds)),
        "ties": "the smaller index first",
    }
