"""Structured removal (Tables 3, 7, 8): its form, the paper's table, the dimensions and heads behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html

from backend.client import Client
from backend.contracts.models import CorpusSummary, MatrixView
from backend.contracts.requests import StructuredRemovalRequest
from backend.contracts.results import Manifest, ResultRow, StructuredCell, StructuredRemovalSummary
from backend.contracts.token_premium import HINT as PREMIUM_HINT
from backend.contracts.token_premium import premium_words
from backend.contracts.vocabulary import Rank, Side
from frontend.choices.dimensions import EACH, SHARED, StructuredChoice
from frontend.choices.dimensions_view import DimensionsView
from frontend.choices.measured import corpus_named
from frontend.choices.region_source import region_words, stored_regions
from frontend.choices.sweep_words import setting_words
from frontend.fields import label
from frontend.figures.structured import condition_options, snapshot_words, structured_table, taken_often
from frontend.form_parts import (
    MEASURED_FIELDS,
    REGION_FIELDS,
    field_id,
    measured_part,
    number,
    region_part,
    section,
    segments,
    tags,
)
from frontend.panels.dimensions_settings import settings_field
from frontend.panels.dimensions_shown import (
    atlas_link,
    cell,
    dimension_chip,
    graph,
    heading,
    language_select,
    legend,
    table_id,
    touch_link,
)
from frontend.provenance import copy_key, provenance_line
from frontend.shell import hint, term

FIELDS = (*REGION_FIELDS, *MEASURED_FIELDS, "setting", "ranking", "counts", "ranks", "snapshots", "seed")
RANK_HINTS = {
    Rank.TOP: "The dimensions that hold the most parameters of the region.",
    Rank.MIDDLE: "Those in the middle of the ranking.",
    Rank.BOTTOM: "Those that hold the fewest.",
    Rank.RANDOM: "As many dimensions drawn by chance.",
}
MOST_OFTEN = 12
MOST_CHIPS = 144
"""Dimensions listed with their links, over all matrices: a browser takes a minute to draw 700."""


def form(
    prefix: str, choice: StructuredChoice, stored: Sequence[ResultRow], corpora: Sequence[CorpusSummary]
) -> list[Any]:
    """Which dimensions, and how their removal is measured."""
    corpus = corpus_named(choice.measured.corpus, corpora)
    ranks = [dmc.Chip(rank.value, value=rank.value, size="xs", className="chips-chip") for rank in Rank]
    which = section(
        "Which dimensions",
        region_part(prefix, choice.source, stored, corpus, hint("Ranked by the region", _REGION_HINT)),
        settings_field(prefix, choice.setting),
        tags(prefix, "counts", hint("Dimensions removed, N", _COUNTS_HINT), choice.counts, "1, 3, 5, 10"),
        label("Ranks", "Every rank is a column of the table."),
        dmc.ChipGroup(dmc.Group(ranks, gap=4), id=field_id(prefix, "ranks"), multiple=True, value=list(choice.ranks)),
        segments(prefix, "ranking", choice.ranking, {EACH: "each matrix ranks its own", SHARED: "one ranking"}),
        dmc.SimpleGrid(
            [
                tags(prefix, "snapshots", hint("Snapshots", _SNAPSHOTS_HINT), choice.snapshots, "10000"),
                number(prefix, "seed", hint("seed", "Of the random dimensions."), choice.seed),
            ],
            cols=2,
            spacing="xs",
        ),
    )
    return [which, section("What is measured", *measured_part(prefix, choice.measured, corpora))]


def result(manifest: Manifest, _api: Client, shown: DimensionsView) -> list[Any]:
    """Table and figure; the dimensions that were taken; the heads that hold the region."""
    request, summary = manifest.request, manifest.summary
    assert isinstance(request, StructuredRemovalRequest) and isinstance(summary, StructuredRemovalSummary)
    return [
        html.Section(
            [
                dmc.Group(
                    [heading(f"Without dimensions of the {setting_words(request.ranking.setting)}"),
                     copy_key(manifest.key)],
                    justify="space-between",
                ),
                dmc.Group(
                    [html.Span(f"Ranked by the {region_words(request.ranking.region)}", className="study-note"),
                     language_select("structured", manifest, summary.base, shown.language)],
                    justify="space-between",
                ),
                html.Div(table(summary, shown.language), id=table_id("structured", manifest.key)),
                legend(),
                graph("structured", manifest.key, 320),
                provenance_line(manifest),
            ],
            className="atlas-card study-card",
        ),
        _taken_card(manifest, summary, shown.taken),
        _heads_card(manifest, summary),
    ]  # fmt: skip


def table(summary: StructuredRemovalSummary, language: str) -> html.Div:
    """N by rank as the paper prints it; every snapshot is a block of rows."""
    view = structured_table(summary, language)
    several = len({line.snapshot for line in view.lines}) > 1
    head = [html.Th(term("Sample", "samples"), scope="col"), html.Th("N", scope="col")]
    head += [
        html.Th(hint(rank.value.capitalize(), RANK_HINTS[rank]), scope="col", className="removal-number")
        for rank in view.columns
    ]
    body = []
    for place, line in enumerate(view.lines):
        first = place == 0 or view.lines[place - 1].snapshot != line.snapshot
        name = html.Th(snapshot_words(line.snapshot) if first else "", scope="row")
        starts = " dim-block" if several and first and place else ""
        count = html.Th(line.n_dimensions, scope="row")
        body.append(html.Tr([name, count, *map(cell, line.cells)], className=f"dim-line{starts}"))
    drawn = html.Table([html.Thead(html.Tr(head)), html.Tbody(body)], className="removal-table")
    base = html.Div(["Base: ", html.B(view.base, className="atlas-number")], className="study-note")
    premium = html.Div(hint(premium_words(summary.base), PREMIUM_HINT), className="study-note")
    return html.Div([base, html.Div(drawn, className="removal-scroll"), premium])


def condition_id(key: Any) -> dict[str, Any]:
    """Id of the choice of the condition whose dimensions are listed."""
    return {"type": "dimensions-condition", "key": key}


def taken(manifest: Manifest, place: str, api: Client) -> html.Div:
    """The dimensions of one condition: those of many matrices first, then matrix by matrix."""
    request, summary = manifest.request, manifest.summary
    assert isinstance(request, StructuredRemovalRequest) and isinstance(summary, StructuredRemovalSummary)
    found = summary.cells[int(place)]
    model = request.ranking.region.region.scores.model
    views = {view.name: view for view in api.model(model).matrices}
    key = next((row.key for row in stored_regions(model, api) if row.request == request.ranking.region), None)
    n_shown = max(1, MOST_CHIPS // max(1, len(found.dimensions)))
    often = [one for one in taken_often(found) if one.n_matrices > 1][:MOST_OFTEN]
    return html.Div(
        [
            _often(often, found, model, views, key) if often else None,
            html.Div(f"Matrix by matrix, {len(found.dimensions)} of them", className="study-note"),
            html.Div([_matrix_row(one, model, views, key, n_shown) for one in found.dimensions], className="dim-taken"),
        ],
        className="study-card",
    )


def _often(often: Sequence[Any], found: StructuredCell, model: str, views: dict[str, MatrixView], key: Any) -> html.Div:
    n_matrices = sum(taken.side is Side.RESIDUAL for taken in found.dimensions)
    chips = []
    for one in often:
        matrix = next(taken.matrix for taken in found.dimensions if one.dimension in taken.indices)
        told = f"In {one.n_matrices} of {n_matrices} matrices"
        atlas = atlas_link(model, views[matrix], one.side, one.dimension, key=key)
        touch = touch_link(model, matrix, one.side, one.dimension)
        chips.append(dimension_chip(str(one.dimension), atlas, touch, told))
        chips.append(html.Span(f"× {one.n_matrices}", className="study-note"))
    lead = html.Span(hint("In most matrices", "Residual dimensions run through every layer."), className="study-label")
    return html.Div([lead, *chips], className="dim-chips")


def _matrix_row(one: Any, model: str, views: dict[str, MatrixView], key: str | None, n_shown: int) -> html.Div:
    """The dimensions of one matrix that hold most; all of them are in the tables of “This view”."""
    chips: list[Any] = [
        dimension_chip(
            str(index),
            atlas_link(model, views[one.matrix], one.side, index, key=key),
            touch_link(model, one.matrix, one.side, index),
            f"{one.side.value} {index} of {one.matrix}: {count} parameters of the region",
        )
        for index, count in list(zip(one.indices, one.counts, strict=True))[:n_shown]
    ]
    if len(one.indices) > n_shown:
        rest = ", ".join(map(str, one.indices[n_shown:]))
        chips.append(html.Span(f"and {len(one.indices) - n_shown} more", className="study-note", title=rest))
    return html.Div([html.Span(one.matrix, className="dim-matrix-name"), html.Div(chips, className="dim-chips")])


def _taken_card(manifest: Manifest, summary: StructuredRemovalSummary, place: int) -> html.Section:
    select = dmc.Select(
        id=condition_id(manifest.key),
        data=condition_options(summary),
        value=str(place),
        allowDeselect=False,
        size="xs",
        w=210,
        **{"aria-label": "Condition"},
    )
    return html.Section(
        [
            dmc.Group(
                [heading("Which dimensions were taken", "A number leads to the Atlas, the hand beside it to Touch."),
                 select],
                justify="space-between",
            ),
            html.Div(id=table_id("taken", manifest.key)),
        ],
        className="atlas-card study-card",
    )  # fmt: skip


def _heads_card(manifest: Manifest, summary: StructuredRemovalSummary) -> Any:
    if not summary.heads:
        return None
    return html.Section(
        [heading("Which heads hold the region", _HEADS_HINT), graph("heads", manifest.key, 260)],
        className="atlas-card study-card",
    )


_REGION_HINT = "A dimension ranks by how many parameters of this region it holds."
_COUNTS_HINT = "How many dimensions of each matrix are set to zero at once. The paper: 1, 3, 5, 10. Any N works."
_SNAPSHOTS_HINT = (
    "Also rank by the scores of the first so many samples, side by side with all of them (the paper: 10k and 100k). "
    "Scores that do not keep them are computed anew."
)
_HEADS_HINT = "Attention heads by the share of their parameters that the region holds. A click opens the Atlas there."
