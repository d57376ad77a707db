"""The three questions of the Dimensions page: which requests belong to which, what stands in the form of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backend.client import Client
from backend.contracts.problems import KnownError
from backend.contracts.requests import (
    DEFAULT_CORPUS,
    DimensionSweep,
    Request,
    StructuredRemovalRequest,
    SweepRequest,
)
from backend.contracts.vocabulary import AnalysisKind
from frontend.choices.dimensions import StructuredChoice
from frontend.choices.measured import corpus_named
from frontend.choices.region_source import stored_regions
from frontend.choices.sweeps import ScanChoice, SweepChoice

Choice = StructuredChoice | SweepChoice | ScanChoice
TABS = ("structured", "sweep", "scan")


def tab_of(request: Request | None) -> str | None:
    """The tab that shows a request."""
    match request:
        case StructuredRemovalRequest():
            return "structured"
        case SweepRequest(targets=targets):
            return "sweep" if isinstance(targets, DimensionSweep) else "scan"
        case _:
            return None


def results_of(name: str, model: str | None, api: Client) -> list[Any]:
    """Stored results of one tab, newest first; of all models where none is named."""
    kind = AnalysisKind.STRUCTURED_REMOVAL if name == "structured" else AnalysisKind.SWEEP
    return [row for row in api.results(kind=kind.value, model=model) if tab_of(row.request) == name]


def first_choice(name: str, model: str, request: Request | None, query: Mapping[str, str], api: Client) -> Choice:
    """The form that asks `request`; without one, that of a newcomer."""
    regions = stored_regions(model, api, ranked_only=True)
    corpus = corpus_named(query.get("corpus", DEFAULT_CORPUS), api.corpora())
    match name, request:
        case "structured", StructuredRemovalRequest():
            return StructuredChoice.of_request(request, regions)
        case "sweep", SweepRequest(targets=DimensionSweep()):
            return SweepChoice.of_request(request, regions)
        case "scan", SweepRequest():
            return ScanChoice.of_request(request, api.model(model))
        case "structured", _:
            return StructuredChoice.first(model, regions, corpus)
        case "sweep", _:
            return SweepChoice.first_choice(model, regions, corpus)
        case _:
            return ScanChoice.first_choice(api.model(model), corpus)


def tab_named(query: Mapping[str, str], api: Client) -> str:
    """The tab of an address: that of the result it names, else the one it names."""
    key = query.get("result") or query.get("key")
    if key:
        try:
            found = tab_of(api.manifest(key).request)
        except KnownError:
            found = _tab_of_job(key, api)
        if found:
            return found
    return query["tab"] if query.get("tab") in TABS else "structured"


def _tab_of_job(key: str, api: Client) -> str | None:
    try:
        return tab_of(api.job(key).request)
    except KnownError:
        return None
