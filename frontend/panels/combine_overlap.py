"""How stored regions overlap: which ones, the matrix of Jaccard indices, and one pair matrix by matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.contracts.formulas import region_label
from backend.contracts.regions import RegionRequest
from backend.contracts.results import Overlap, OverlapByMatrix, ResultRow
from frontend import urls
from frontend.choices.scores import ESTIMATORS, estimator_key
from frontend.figures.numbers import percent, significant
from frontend.figures.overlap import overlap_by_matrix, overlap_matrix
from frontend.heat_table import heat_table
from frontend.language_names import name_of
from frontend.shell import hint, icon
from frontend.stored_regions import as_region


class OverlapId(StrEnum):
    """Ids of the overlap."""

    REGIONS = "overlap-regions"
    MATRIX = "overlap-matrix"
    PAIR = "overlap-pair"
    SHOWN = "overlap-shown"
    """Store, keys of the pair that is shown."""
    ADD = "overlap-add"
    LANGUAGE = "overlap-language"
    ESTIMATOR = "overlap-estimator"
    SHARE = "overlap-share"
    MODEL = "overlap-model"


MOST_REGIONS = 24
FILTERS = (OverlapId.LANGUAGE, OverlapId.ESTIMATOR, OverlapId.SHARE, OverlapId.MODEL)


def section(
    rows: Sequence[ResultRow],
    options: Sequence[Mapping[str, Any]],
    chosen: Sequence[str],
    pair: Sequence[str],
    drawn: tuple[Any, Any],
) -> html.Section:
    """The whole part of the page; `drawn` are the matrix of the chosen regions and the pair."""
    picker = dmc.MultiSelect(
        id=OverlapId.REGIONS,
        data=list(options),
        value=list(chosen),
        searchable=True,
        clearable=True,
        hidePickedOptions=True,
        maxValues=MOST_REGIONS,
        placeholder="" if chosen else "Regions to compare" if options else "No region is stored yet",
        size="xs",
        **{"aria-label": "Regions to compare"},
    )
    return html.Section(
        [
            html.H2(hint("How regions overlap", _OVERLAP_HINT), className="study-heading"),
            _filters(rows),
            picker,
            dcc.Store(id=OverlapId.SHOWN, data=list(pair)),
            html.Div(drawn[0], id=OverlapId.MATRIX, className="overlap-matrix"),
            html.Div(drawn[1], id=OverlapId.PAIR),
        ],
        className="atlas-card study-card",
        id="overlap",
    )  # fmt: skip


def matching(rows: Sequence[ResultRow], wanted: Sequence[str | None]) -> list[str]:
    """Keys of the stored regions that have the wanted language, estimator, share and model, tops beside tops.

    None asks for nothing.
    """
    found = [row for row in rows if all(want in (None, "") or want in facts for want, facts in _facts(row, wanted))]
    return [row.key for row in sorted(found, key=lambda row: region_label(as_region(row.request)), reverse=True)]


def matrix(overlap: Overlap | None, pair: Sequence[str] = ()) -> Any:
    """The matrix of Jaccard indices, or what to choose first."""
    if overlap is None:
        return html.Div(
            "Choose two stored regions or more: their Jaccard index is written in each cell.", className="study-note"
        )
    table = overlap_matrix(overlap)
    note = (
        "Jaccard index: parameters in both over parameters in either. The strongest shade is "
        f"{significant(table.largest, 2)}. Hover tells what chance would give; click a cell to see where the two meet."
    )
    drawn = heat_table(table, clickable=True, numbered=True, marked=tuple(pair))
    return [drawn, html.Div(note, className="study-note")]


def by_matrix(view: OverlapByMatrix, names: tuple[str, str], models: tuple[str, str]) -> html.Div:
    """One pair, layers by kinds, with both regions a click away."""
    links = [
        dcc.Link(
            [icon("atlas", 15), f"{name} in the Atlas"],
            href=urls.open_result("region", key, model),
            className="study-download is-strong",
        )
        for name, key, model in zip(names, (view.left, view.right), models, strict=True)
    ]
    title = html.H3([names[0], html.Span(" and ", className="study-note"), names[1]], className="study-heading")
    return html.Div(
        [
            dmc.Group([title, dmc.Group(links, gap=4)], justify="space-between"),
            html.Div("Jaccard index in every matrix: layers by kinds.", className="study-note"),
            heat_table(overlap_by_matrix(view, names)),
        ],
        className="study-card overlap-pair",
    )


def filter_options(rows: Sequence[ResultRow]) -> list[list[dict[str, str]]]:
    """Options of `FILTERS` in their order: whatever the stored regions differ in."""
    ranked = [row.request.region for row in rows if isinstance(row.request, RegionRequest)]
    languages = sorted({language for spec in ranked for language in spec.languages}, key=name_of)
    choices = (
        {code: name_of(code) for code in languages},
        {name: ESTIMATORS[name].label for name in sorted({estimator_key(spec.scores) for spec in ranked})},
        {f"{share:g}": percent(share) for share in sorted({spec.fraction for spec in ranked})},
        {row.model: row.model for row in rows},
    )
    return [[{"value": value, "label": label} for value, label in options.items()] for options in choices]


def _filters(rows: Sequence[ResultRow]) -> dmc.Group:
    words = ("any language", "any estimator", "any share", "any model")
    selects = [_filter(*one) for one in zip(FILTERS, words, filter_options(rows), strict=True)]
    add = dmc.Button("Add those that match", id=OverlapId.ADD, size="xs", variant="default")
    return dmc.Group([*selects, add], gap="xs")


def _filter(filter_id: str, words: str, data: list[dict[str, str]]) -> dmc.Select:
    return dmc.Select(
        id=filter_id, data=data, placeholder=words, clearable=True, size="xs", w=160, **{"aria-label": words}
    )


def _facts(row: ResultRow, wanted: Sequence[str | None]) -> list[tuple[str | None, tuple[str, ...]]]:
    language, estimator, share, model = wanted
    ranked = row.request.region if isinstance(row.request, RegionRequest) else None
    return [
        (language, ranked.languages if ranked else ()),
        (estimator, (estimator_key(ranked.scores),) if ranked else ()),
        (share, (f"{ranked.fraction:g}",) if ranked else ()),
        (model, (row.model,)),
    ]


_OVERLAP_HINT = (
    "Do two languages, estimators, shares or models use the same parameters? Regions of different models can be "
    "compared when their matrices have the same shapes, as checkpoints of one training have."
)
