"""Regions against their model: a share of which nothing comes is told before anything is scored for it."""

from __future__ import annotations

from math import prod

from backend.contracts.models import ModelDescription
from backend.contracts.problems import KnownError
from backend.contracts.requests import RegionSpec
from backend.contracts.specs import holds
from backend.contracts.vocabulary import Scope


def check_region(spec: RegionSpec, model: ModelDescription) -> None:
    """`round(fraction * n)` of some matrix, or of all together, is a parameter at least (paper A, 3.2)."""
    scored = [view for view in model.matrices if spec.scores.outside_layers or view.layer is not None]
    sizes = [prod(view.shape) for view in scored if holds(spec.kinds, view.kind)]
    if not sizes:
        raise KnownError(
            "empty_selection",
            f"{model.name} has no scored parameter of {', '.join(kind.value for kind in spec.kinds)}",
            hint=f"It has {', '.join(dict.fromkeys(view.kind.value for view in scored))}.",
            field="region.kinds",
        )
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
