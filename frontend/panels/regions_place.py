"""Where a region sits: which matrix kinds and layers give most of it."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.contracts.requests import RegionSpec
from backend.contracts.results import RegionSummary
from backend.contracts.vocabulary import Scope
from frontend import urls
from frontend.figures.numbers import counted, percent
from frontend.figures.region_counts import KindCount, by_kind
from frontend.shell import icon

MOST_KINDS = 8


def place(key: str, spec: RegionSpec, summary: RegionSummary, figure: Any) -> html.Section:
    """Counts per kind as a list; `figure`, by kind and layer, when one threshold is shared by all matrices."""
    is_global = spec.scope is Scope.GLOBAL
    share = percent(summary.n_selected / summary.n_total)
    lead = f"{counted(summary.n_selected)} of {counted(summary.n_total)} parameters ({share}) are in the top region."
    if not is_global:
        lead += " Every matrix gives the same share; choose one threshold over all matrices to see where it gathers."
    return html.Section(
        [
            dmc.Group([html.H2("Where it sits", className="study-heading"), _open(key, spec)], justify="space-between"),
            html.P(lead, className="study-prose"),
            html.Div([figure if is_global else None, _kinds(by_kind(summary.matrices))], className="place-columns"),
        ],
        className="atlas-card",
    )


def not_located() -> html.Section:
    """The same card before the region was selected on its own."""
    return html.Section(
        [
            html.H2("Where it sits", className="study-heading"),
            html.P(
                ["Not located yet. ", html.B("Show region in the Atlas"), " selects it and opens the map."],
                className="study-prose",
            ),
        ],
        className="atlas-card",
    )


def _open(key: str, spec: RegionSpec) -> dcc.Link:
    return dcc.Link(
        [icon("atlas", 15), "Open in the Atlas"],
        href=urls.open_result("region", key, spec.scores.model),
        className="study-download",
    )


def _kinds(kinds: tuple[KindCount, ...]) -> html.Div:
    largest = max((kind.share for kind in kinds), default=0) or 1
    return html.Div([_kind(kind, largest) for kind in kinds[:MOST_KINDS]], className="place-kinds")


def _kind(kind: KindCount, largest: float) -> Any:
    told = f"{counted(kind.selected)} of {counted(kind.total)}: {percent(kind.selected / kind.total)} of this kind"
    bar = html.Div(html.Div(style={"width": f"{100 * kind.share / largest:.1f}%"}), className="place-bar")
    return dmc.Tooltip(
        html.Div(
            [html.Code(kind.kind), bar, html.Span(percent(kind.share), className="atlas-number")],
            className="place-kind",
            tabIndex=0,
        ),
        label=f"{told}. {percent(kind.share)} of the region.",
        boxWrapperProps={"w": "100%"},
    )
