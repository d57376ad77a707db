"""Regions as people write them: `top 1 % ru − (top 1 % ar ∪ bottom 1 % ar)`."""

from __future__ import annotations

from collections.abc import Sequence

from backend.contracts.regions import (
    CombinedRegionRequest,
    Complement,
    Difference,
    Expression,
    ImportRegionRequest,
    Intersection,
    RegionQuestion,
    RegionRequest,
    Union_,
    region_model,
)
from backend.contracts.specs import ALL_KINDS, MATRICES, RegionSpec
from backend.contracts.vocabulary import Estimator, ImportanceMode, Scope, Selection


def formula(expression: Expression) -> str:
    """The expression on one line; parts of parts in brackets."""
    match expression:
        case Union_():
            return " ∪ ".join(_part(part) for part in expression.of)
        case Intersection():
            return " ∩ ".join(_part(part) for part in expression.of)
        case Difference():
            first, *others = expression.of
            taken_out = " ∪ ".join(_part(part) for part in others)
            return f"{_part(first)} − " + (f"({taken_out})" if len(others) > 1 else taken_out)
        case Complement():
            return f"not ({formula(expression.of)})"
        case _:
            return region_label(expression.region)


def region_label(region: RegionQuestion) -> str:
    """What one region is called: `top 1 % ru`; what differs from the usual is told in square brackets."""
    match region:
        case RegionRequest():
            seed = (f"seed {region.seed}",) if region.selection is Selection.RANDOM else ()
            return _ranked(region.region, region.selection.value, seed)
        case CombinedRegionRequest():
            return region.title or formula(region.expression)
        case ImportRegionRequest():
            return region.title


def region_labels(regions: Sequence[RegionQuestion]) -> tuple[str, ...]:
    """Labels side by side: text and model are named where regions are called alike, the model where there are two."""
    labels = [region_label(region) for region in regions]
    several = len({region_model(region) for region in regions}) > 1
    return tuple(
        f"{label} · {_origin(region, with_model=several)}" if labels.count(label) > 1 else label
        for label, region in zip(labels, regions, strict=True)
    )


def _part(expression: Expression) -> str:
    inner = formula(expression)
    return f"({inner})" if isinstance(expression, Union_ | Intersection | Difference) else inner


def _ranked(spec: RegionSpec, selection: str, more: tuple[str, ...]) -> str:
    scores = spec.scores
    unusual = (
        *more,
        *((scores.estimator.value,) if scores.estimator is not Estimator.TAYLOR else ()),
        *((scores.mode.value,) if scores.mode is not ImportanceMode.ABS_OF_SUM else ()),
        *(("global",) if spec.scope is Scope.GLOBAL else ()),
        *((f"first {spec.snapshot} samples",) if spec.snapshot is not None else ()),
        *(("all parameters",) if scores.outside_layers else ()),
        *_kinds(spec),
    )
    name = f"{selection} {spec.fraction * 100:.3g} % {'+'.join(spec.languages)}"
    return name + (f" [{', '.join(unusual)}]" if unusual else "")


def _kinds(spec: RegionSpec) -> tuple[str, ...]:
    """What a region holds, where that is not matrices alone."""
    if spec.kinds == MATRICES:
        return ()
    return ("with norms",) if spec.kinds == ALL_KINDS else tuple(kind.value for kind in spec.kinds)


def _origin(region: RegionQuestion, *, with_model: bool) -> str:
    of = f", {region_model(region)}" if with_model else ""
    match region:
        case RegionRequest(region=spec):
            lines = spec.scores.lines
            stop = "the end" if lines.stop is None else lines.stop
            return f"{lines.corpus} {lines.start} to {stop}{of}"
        case CombinedRegionRequest():
            return formula(region.expression)
        case ImportRegionRequest():
            return f"{region.file[:8]}{of}"
