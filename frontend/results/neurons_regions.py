"""Key neurons against regions of paper A: stored comparisons, and one cell layer by layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.client import Client
from backend.contracts.problems import KnownError
from backend.contracts.requests import EnrichmentRequest, KeyNeuronsRequest
from backend.contracts.results import EnrichmentSummary
from frontend import follow
from frontend.choices.neurons import NeuronsView
from frontend.choices.neurons_regions import RegionsOfNeurons
from frontend.panels import neurons_regions as panel
from frontend.panels.stored_requests import stored_requests
from frontend.shell import hint
from frontend.stored_regions import stored_regions
from frontend.table_files import table_files
from frontend.views.neurons_opened import comparisons_of, is_held, summary_of

Graph = Callable[[str, str, int], Any]


def section(request: KeyNeuronsRequest, view: NeuronsView, api: Client, *, graph: Graph) -> html.Section:
    """Form, job, table and the layers of a cell."""
    rows = comparisons_of(request, api)
    key = view.enriched or (rows[0].key if rows else None)
    running = _running(key, api) if key else None  # before the result: what ends in between is followed to its end
    summary = summary_of(key, api) if key else None
    known = view.held if summary and is_held(view.held, summary) else ()
    head = [
        html.H2(["Do they lie in a ", hint("region", _HINT), " of paper A?"], className="study-heading"),
        html.Div(downloads(key if summary else None, api), id="neurons-held-downloads"),
    ]
    return html.Section(
        [
            dmc.Group(head, justify="space-between"),
            dcc.Store(id=panel.KEY, data=key if summary else None),
            dcc.Store(id=panel.LOOKED),
            panel.form(
                RegionsOfNeurons.of_query(view.fields, RegionsOfNeurons()),
                stored_regions(api, request.activations.model),
            ),
            html.Div(id=panel.PROBLEM),
            follow.slot(panel.PREFIX, None if summary else running),
            html.Div(panel.table(summary, known), id=panel.TABLE, className="study-card"),
            html.Div(curve(key, known, summary, graph) if key and summary and known else None, id=panel.CURVE),
            stored_requests("neurons", "Further comparisons", rows, key, _told) if len(rows) > 1 else None,
        ],
        className="atlas-card study-card",
        id="neurons-held",
    )


def downloads(key: str | None, api: Client) -> Any:
    """The table as files."""
    return table_files(key, "enrichment", api.table(key, "tex")) if key else None


def curve(key: str, held: tuple[str, ...], summary: EnrichmentSummary, graph: Graph) -> Any:
    """One cell layer by layer."""
    language, number = held
    return panel.curve(language, summary.regions[int(number)], graph("curve", f"{key}/{language}/{number}", 260))


def _running(key: str, api: Client) -> str | None:
    try:
        return None if api.job(key).state.ended else key
    except KnownError:
        return None


def _told(request: EnrichmentRequest) -> str:
    return ", ".join(named.name for named in request.regions)


_HINT = (
    "Paper A finds regions by importance of parameters, paper B finds neurons by their activations. A neuron owns a "
    "row of gate and up and a column of down: is the region denser there than in other neurons' weights?"
)
