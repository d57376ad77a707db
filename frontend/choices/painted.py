"""What the Atlas can paint: which stored results of a model, which of them first, and what they are called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backend.client import Client
from backend.contracts.regions import CombinedRegionRequest, ImportRegionRequest
from backend.contracts.requests import RegionRequest, Request
from backend.contracts.results import ResultRow
from backend.contracts.vocabulary import REGION_KINDS, AnalysisKind, Scope, Selection
from frontend.language_names import name_of


def paintable(api: Client, model: str) -> tuple[ResultRow, ...]:
    """Stored results of the model that the map can show."""
    shown = (*REGION_KINDS, AnalysisKind.IMPORTANCE)
    return tuple(row for row in api.results(model=model) if row.kind in shown)


def row_named(results: Sequence[ResultRow], key: str | None) -> ResultRow | None:
    """The row of a key, which may be cut to its beginning."""
    return next((row for row in results if key and row.key.startswith(key)), None)


def request_of(results: Sequence[ResultRow], key: str | None) -> Request | None:
    """What was asked for what is painted; None: the weights."""
    row = row_named(results, key)
    return row.request if row else None


def core_of(results: Sequence[ResultRow]) -> str | None:
    """The smallest top region, the newest such."""
    tops = {
        row.key: row.request.region.fraction
        for row in results
        if isinstance(row.request, RegionRequest) and row.request.selection is Selection.TOP
    }
    return min(tops, key=tops.__getitem__, default=None)


def result_label(row: ResultRow) -> str:
    """`Top 3 % · Arabic, German, English`, or `Arabic · 60 lines`."""
    request = row.request
    if request.kind is AnalysisKind.IMPORTANCE:
        mode = "" if request.scores.mode == "abs_of_sum" else " · sum of |θ·g|"
        return f"{name_of(request.language)} · {_lines(request.scores.lines)}{mode}"
    if isinstance(request, CombinedRegionRequest | ImportRegionRequest):
        return request.title or row.title
    if request.kind is not AnalysisKind.REGION:
        return row.title
    region = request.region
    names = ", ".join(name_of(language) for language in region.languages)
    parts = [f"{request.selection.value.capitalize()} {region.fraction * 100:.3g} %", names]
    if region.scope is Scope.GLOBAL:
        parts.append("one threshold for all")
    if request.selection == "random":
        parts.append(f"seed {request.seed}")
    return " · ".join(parts)


def _lines(lines: Any) -> str:
    return f"lines {lines.start} to {lines.stop - 1}" if lines.stop else f"lines from {lines.start}"
