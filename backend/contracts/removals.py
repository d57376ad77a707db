"""The columns of a removal table: which region each of them takes out, matrices alone and with norms side by side."""

from __future__ import annotations

from backend.contracts.edits import Change, RemoveRegion
from backend.contracts.regions import RegionQuestion, RegionRequest, of_kinds
from backend.contracts.requests import WITH_NORMS, PerplexityRequest, RemovalRequest, StructuredRemovalRequest
from backend.contracts.specs import ALL_KINDS, ScoreSpec
from backend.contracts.vocabulary import Selection

BASE = "base"
"""The condition of the unchanged weights."""


def removal_columns(request: RemovalRequest) -> dict[str, PerplexityRequest]:
    """The columns of a removal table by name: `base`, every region, then every region with norms and biases in it.

    A region that holds norms and biases already, or that was imported, has no second column.
    """
    regions = _regions(request)
    if request.with_norms:
        whole = {name: of_kinds(region, ALL_KINDS) for name, region in regions.items()}
        regions |= {name + WITH_NORMS: region for name, region in whole.items() if region != regions[name]}
    changes: dict[str, Change | None] = {BASE: None}
    changes |= {name: RemoveRegion(region=region) for name, region in regions.items()}
    return {name: column(request, request.region.scores, change) for name, change in changes.items()}


def column(
    request: RemovalRequest | StructuredRemovalRequest, scores: ScoreSpec, change: Change | None
) -> PerplexityRequest:
    """Perplexity of the request's evaluation under one change."""
    return PerplexityRequest(model=scores.model, dtype=scores.dtype, evaluation=request.evaluation, change=change)


def _regions(request: RemovalRequest) -> dict[str, RegionQuestion]:
    spec = request.region
    regions: dict[str, RegionQuestion] = {
        end: RegionRequest(region=spec, selection=Selection(end)) for end in request.selections
    }
    for draw in range(request.random_draws):
        regions[f"random {draw + 1}"] = RegionRequest(region=spec, selection=Selection.RANDOM, seed=request.seed + draw)
    return regions | {other.name: other.region for other in request.others}
