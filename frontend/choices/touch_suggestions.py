"""Residual dimensions worth a try: those that hold most of the newest region, else of the weights."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from backend.client import Client
from backend.contracts.models import MatrixView, ModelDescription
from backend.contracts.vocabulary import AnalysisKind, Reducer, Selection, Side

LAYERS = 6
"""Matrices looked at, evenly spread over the layers."""
SUGGESTED = 6


class Suggestions(NamedTuple):
    """Dimensions, best first, and why, as the end of a sentence."""

    dimensions: tuple[int, ...]
    reason: str


def suggestions(model: ModelDescription, api: Client) -> Suggestions | None:
    """Dimensions whose summed marginals over some layers are largest; None for a model without such matrices."""
    views = _looked_at(model)
    if not views:
        return None
    region = next(
        (
            row.key
            for row in api.results(kind=AnalysisKind.REGION.value, model=model.name)
            if row.request.kind is AnalysisKind.REGION and row.request.selection is Selection.TOP
        ),
        None,
    )
    held: dict[int, float] = defaultdict(float)
    for view in views:
        if region:
            marginals = api.marginals(region, matrix=view.name, reducer=Reducer.DENSITY.value)
        else:
            marginals = api.marginals(model=model.name, matrix=view.name, reducer=Reducer.MAX_ABS_WEIGHT.value)
        for profile in marginals.profiles:
            if profile.side == Side.RESIDUAL:
                for mark in profile.top:
                    held[mark.index] += mark.value
    best = tuple(sorted(held, key=lambda index: -held[index])[:SUGGESTED])
    return Suggestions(best, "that hold most of the newest region" if region else "that hold the largest weights")


def _looked_at(model: ModelDescription) -> list[MatrixView]:
    views = [
        view
        for view in model.matrices
        if view.layer is not None
        and len(view.shape) == 2
        and view.kind.value == "attn.o"
        and Side.RESIDUAL in view.sides
    ] or [view for view in model.matrices if len(view.shape) == 2 and view.layer is not None]
    return views[:: max(1, len(views) // LAYERS)][:LAYERS]
