"""A removal table or a region with everything that belongs to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.client import Client
from backend.contracts.building import BASE, removal_columns
from backend.contracts.requests import RegionRequest, RegionSpec, RemovalRequest
from backend.contracts.results import Condition, Manifest, PerplexitySummary, RegionSummary, RemovalSummary
from backend.contracts.vocabulary import Scope
from frontend.choices.removal_table import TableChoice
from frontend.choices.scores import ESTIMATORS, estimator_key
from frontend.figures.blank import blank
from frontend.figures.numbers import counted
from frontend.figures.region_counts import region_counts
from frontend.figures.removal_dots import removal_dots
from frontend.panels import regions_place, regions_table, regions_verdict
from frontend.panels.stored_results import empty, told
from frontend.provenance import copy_key, provenance_line
from frontend.stored_regions import top_of

FIGURE = "regions-figure"


def figure_id(name: Any, key: Any) -> dict[str, Any]:
    """Id of one figure (`dots`, `place`) of one result."""
    return {"type": FIGURE, "name": name, "key": key}


def result(manifest: Manifest | None, api: Client, query: Mapping[str, str] | None = None) -> Any:
    """A removal table with what belongs to it, as `query` wants it; a region alone; or the empty place."""
    if manifest is None:
        jobs = [job for job in api.jobs() if job.request.kind == "removal"]
        return empty(
            "No removal has been measured for this model yet",
            "Choose languages and a share in the form, then click “Measure removal”.",
            jobs[:8],
            api.results(kind="removal"),
        )
    if isinstance(manifest.summary, RemovalSummary) and isinstance(manifest.request, RemovalRequest):
        choice = TableChoice.of_query(query or {}, manifest.summary)
        return html.Div(removal(manifest, manifest.request, manifest.summary, choice, api), className="study-results")
    if isinstance(manifest.summary, RegionSummary) and isinstance(manifest.request, RegionRequest):
        located = _place(manifest.key, manifest.request.region, manifest.summary)
        return html.Div([located, _sources(manifest)], className="study-results")
    return empty("This result is not a region", "Open it from the Runs page.")


def removal(
    manifest: Manifest, request: RemovalRequest, summary: RemovalSummary, choice: TableChoice, api: Client
) -> list[Any]:
    """Verdict, table, dots, where it sits."""
    height = 90 + 26 * len(summary.conditions[0].rows)
    table = html.Section(
        [
            dmc.Group(
                [html.H2(f"Removing {told(request)}", className="study-heading"), copy_key(manifest.key)],
                justify="space-between",
            ),
            regions_verdict.verdict(summary),
            regions_table.toolbar(manifest.key, summary, api.table(manifest.key, "tex"), choice),
            html.Div(regions_table.table(summary, choice), id=regions_table.table_id(manifest.key)),
            regions_table.legend(),
            html.P(said, className="study-prose") if (said := manifest.provenance.rules.get("norms")) else None,
            regions_verdict.guide(summary),
            _sources(manifest),
        ],
        className="atlas-card study-card",
    )
    dots = html.Section(
        [html.H2("The same on a logarithmic axis", className="study-heading"), _graph("dots", manifest.key, height)],
        className="atlas-card",
    )
    return [table, dots, located(request.region, api)]


def measured_columns(request: RemovalRequest, api: Client) -> dict[str, str]:
    """Keys of the columns of a removal that are stored already, by name."""
    stored = {row.request: row.key for row in api.results(kind="perplexity", model=request.region.scores.model)}
    return {name: stored[column] for name, column in removal_columns(request).items() if column in stored}


def so_far(request: RemovalRequest, keys: Mapping[str, str], api: Client) -> Any:
    """The columns of a removal under way that are measured already; nothing before the first two."""
    if len(keys) < 2 or BASE not in keys:
        return None
    conditions = tuple(_condition(name, api.manifest(key)) for name, key in keys.items())
    summary = RemovalSummary(conditions=conditions, fraction=request.region.fraction, n_total=0)
    head = f"{len(conditions)} of {len(removal_columns(request))} columns so far"
    return html.Section(
        [html.H2(head, className="study-heading"), regions_table.table(summary), regions_table.legend()],
        className="atlas-card study-card",
    )


def _condition(name: str, manifest: Manifest) -> Condition:
    summary = manifest.summary
    assert isinstance(summary, PerplexitySummary)
    return Condition(name=name, n_removed=summary.n_changed, rows=summary.rows)


def located(spec: RegionSpec, api: Client) -> html.Section:
    """Where the region of a removal sits, when its top region is stored on its own."""
    found = top_of(spec, api)
    if found is None:
        return regions_place.not_located()
    assert isinstance(found.summary, RegionSummary)
    return _place(found.key, spec, found.summary)


def figure(name: str, key: str, scheme: str | None, api: Client) -> Any:
    """One figure of a result, in the colours of the page."""
    summary = api.manifest(key).summary
    dark = scheme == "dark"
    if name == "dots" and isinstance(summary, RemovalSummary):
        return removal_dots(summary, dark=dark)
    assert isinstance(summary, RegionSummary)
    return region_counts(summary.matrices, dark=dark)


def _place(key: str, spec: RegionSpec, summary: RegionSummary) -> html.Section:
    graph = _graph("place", key, 330) if spec.scope is Scope.GLOBAL else None
    return regions_place.place(key, spec, summary, graph)


def _graph(name: str, key: str, height: int) -> dcc.Graph:
    return dcc.Graph(
        id=figure_id(name, key), figure=blank(height), config={"displayModeBar": False}, style={"height": height}
    )


def _sources(manifest: Manifest) -> html.Div:
    request = manifest.request
    assert isinstance(request, RegionRequest | RemovalRequest)
    spec = request.region
    lines = spec.scores.lines
    estimator = ESTIMATORS[estimator_key(spec.scores)]
    kept = f" · first {counted(spec.snapshot)} samples" if spec.snapshot else ""
    facts = [
        ("scored by", estimator.label + kept, estimator.formula),
        ("on", f"{lines.corpus} {lines.start} to {lines.stop or 'end'}", "Lines, counted from 0, last left out."),
    ]
    if isinstance(request, RemovalRequest) and isinstance(manifest.summary, RemovalSummary):
        held_out = request.evaluation.lines
        rows = manifest.summary.conditions[0].rows
        facts += [
            (
                "measured on",
                f"{held_out.corpus} {held_out.start} to {held_out.stop or 'end'}",
                f"{sum(r.n_samples for r in rows)} sentences.",
            ),
            ("rule", request.evaluation.rule.value, "samples: BOS and each sentence on its own."),
            ("tokens", counted(sum(row.n_tokens for row in rows)), "Over all languages, for each condition."),
        ]
    return provenance_line(manifest, tuple(facts))
