"""Regions against their model: a share of which nothing comes is told before anything is scored for it."""

from __future__ import annotations

from math import prod

from backend.contracts.models import ModelDescription
from backend.contracts.problems import KnownError
from backend.contracts.requests import RegionSpec
from backend.contracts.vocabulary import Scope


def check_region(spec: RegionSpec, model: ModelDescription) -> None:
    """`round(fraction * n)` of some matrix, or of all together, is a parameter at least (paper A, 3.2)."""
    sizes = [prod(view.shape) for view in model.matrices if spec.scores.outside_layers or view.layer is not None]
    whole = spec.scope is Scope.GLOBAL
    counted = [sum(sizes)] if whole else sizes
    if any(round(spec.fraction * size) for size in counted):
        return
    least = float(f"{0.55 / max(counted):.1e}")
    raise KnownError(
        "empty_selection",
        f"a share of {spec.fraction:g} selects no parameter of "
        f"{f'the {counted[0]} that are scored' if whole else 'any matrix'} in {model.name}",
        hint=f"Take {least:g} or more{'' if whole else ', or one threshold for all matrices'}.",
        field="region.fraction",
    )
