"""How far every matrix moved from A, and how much of the movement lies inside a region of A."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.client import Client
from backend.contracts.comparison import ComparisonRequest, ComparisonSummary
from backend.contracts.regions import RegionQuestion
from backend.contracts.vocabulary import REGION_KINDS
from frontend import urls
from frontend.choices.compare import letter
from frontend.figures.compare import all_matrices
from frontend.figures.compare_movement import MEASURES, by_kind, movement_sentence, outside, percent_of, picker
from frontend.figures.numbers import factor
from frontend.heat_table import heat_table
from frontend.panels.compare_ask import ask
from frontend.panels.compare_bar import choice_id
from frontend.panels.compare_maps import CELL
from frontend.results.compare import Compared, movements, region_in
from frontend.shell import hint, term
from frontend.stored_regions import options

MOST_REASONS = 12
NO_REGION = "none"


def panel(view: Compared, api: Client) -> html.Div:
    """Choices, one card for every model but A, and what has not been measured yet."""
    moved, region = movements(view, api), region_in(view)
    measure = view.choice.measure if view.choice.measure in MEASURES else "relative"
    if MEASURES[measure].needs_region and region is None:
        measure = "relative"
    missing = [request for request, answer in moved if answer is None]
    cards = [
        _card(place + 1, request, answer, view, measure)
        for place, (request, answer) in enumerate(moved)
        if answer is not None
    ]
    sentence = "Both models are read matrix by matrix from their files; nothing is loaded whole."
    return html.Div(
        [
            _choices(view, measure, region),
            ask("Measure the movement", missing, view, sentence=html.Span(sentence, className="study-note")),
            *cards,
        ],
        className="compare-main",
    )


def _choices(view: Compared, measure: str, region: RegionQuestion | None) -> html.Section:
    first = view.choice.models[0]
    stored = [row for row in view.of_kinds(*REGION_KINDS) if row.model == first]
    held = (view.choice.region or NO_REGION) if region else NO_REGION
    none = {"value": NO_REGION, "label": "no region"}
    picked = dmc.Select(
        id=choice_id("region", drawn=held, usual=NO_REGION),
        label=hint("Held against a region of A", _REGION),
        data=[none, *options(stored)],
        value=held,
        allowDeselect=False,
        size="xs",
        w=320,
        comboboxProps={"width": 380, "position": "bottom-start"},
    )
    data = [
        {"value": name, "label": one.label}
        for name, one in MEASURES.items()
        if region is not None or not one.needs_region
    ]
    shown = dmc.SegmentedControl(
        id=choice_id("measure", drawn=measure, usual="relative"), data=data, value=measure, size="xs"
    )
    told = html.Div(MEASURES[measure].explanation, className="study-note")
    nothing = html.Div(
        ["A has no stored region yet; ", dcc.Link("Regions", href=urls.link("regions", model=first)), " makes one."],
        className="study-note",
    )
    by_measure = html.Div([html.Div("Each cell shows", className="study-label"), shown])
    fields = html.Div([picked, by_measure], className="compare-fields")
    return html.Section([fields, told, None if stored else nothing], className="atlas-card study-card")


def _card(
    place: int, request: ComparisonRequest, summary: ComparisonSummary, view: Compared, measure: str
) -> html.Section:
    matrices = all_matrices((view.models[0], view.models[place]))
    table = heat_table(picker(matrices, summary, measure), clickable=True, kind=CELL)
    extra = heat_table(outside(matrices, summary, measure), clickable=True, kind=CELL)
    return html.Section(
        [
            html.H2(f"A to {letter(place)} · {request.other}", className="study-heading"),
            html.P(movement_sentence(summary, request.region), className="study-prose"),
            html.Div(
                [
                    html.Div([table, extra], className="compare-picker"),
                    kinds_table(summary, with_region=request.region is not None),
                ],
                className="compare-split",
            ),
            html.Div("A click on a cell opens its maps.", className="study-note"),
            _refused(summary),
        ],
        className="atlas-card study-card",
    )


def kinds_table(summary: ComparisonSummary, *, with_region: bool = True) -> html.Div:
    """Kind by kind: movement, and with a region the share inside against the share of the parameters."""
    rows = by_kind(summary)
    has_region = with_region and any(row.share_inside is not None for row in rows)
    heads: Sequence[Any] = [
        term("Matrix kind", "Kind"),
        term("Relative Frobenius movement", "moved"),
        *((hint("inside", _INSIDE), "of parameters", "ratio") if has_region else ()),
    ]
    lines = []
    for row in rows:
        cells = ["–" if row.relative is None else percent_of(row.relative)]
        if has_region:
            told = (row.share_inside, row.share_of_parameters)
            cells += ["–" if value is None else percent_of(value) for value in told]
            cells.append("–" if row.ratio is None else factor(row.ratio))
        name = html.Th(f"{row.kind}", scope="row", title=f"{row.n_matrices} matrices")
        lines.append(html.Tr([name, *(html.Td(cell, className="compare-number") for cell in cells)]))
    head = html.Tr([html.Th(one, scope="col") for one in heads])
    return html.Div(
        html.Table([html.Thead(head), html.Tbody(lines)], className="compare-table"), className="heat-scroll"
    )


def _refused(summary: ComparisonSummary) -> Any:
    """The matrices that cannot be compared, with the reason; nothing where there are none."""
    n = len(summary.not_compared)
    if not n:
        return None
    lines = [html.Li(f"{one.matrix}: {one.reason}") for one in summary.not_compared[:MOST_REASONS]]
    more = [html.Li(f"and {n - MOST_REASONS} more")] if n > MOST_REASONS else []
    title = html.Summary(f"{n} matrices cannot be compared: they differ in shape or only one model has them")
    return html.Details([title, html.Ul([*lines, *more])], className="study-note")


_REGION = (
    "Did training move the region, or the rest? The squared movement inside the region is held against the region's "
    "share of the parameters."
)
_INSIDE = "Share of the squared movement that lies inside the region."
