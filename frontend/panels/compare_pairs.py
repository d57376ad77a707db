"""Pairs of languages of several models, and how they differ from A, of the whole models or at one depth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.client import Client
from backend.contracts.problems import KnownError
from backend.contracts.results import ResultRow, SimilaritySummary
from frontend.choices.compare import letter
from frontend.figures.blank import blank
from frontend.figures.compare_pairs import MEASURES, Pairs, figure, height, pairs
from frontend.panels.compare_bar import choice_id
from frontend.results.compare import Compared
from frontend.shell import hint

DATA = "compare-pairs-data"
FIGURE = "compare-pairs"
WHOLE = "whole"


def panel(
    view: Compared, found: Sequence[ResultRow | None], maps: Sequence[SimilaritySummary | None], api: Client
) -> html.Section | None:
    """One map for each model and the differences below; nothing until A has one."""
    first = maps[0] or next((one for one in maps if one), None)
    if first is None:
        return None
    measure = view.choice.pairs if view.choice.pairs in MEASURES else "same"
    layers = layers_of(first)
    layer = view.choice.layer if view.choice.layer in layers else None
    drawn = []
    for place, (name, row, summary) in enumerate(zip(view.choice.models, found, maps, strict=True)):
        matrix, told = _matrix(summary, first, layer)
        drawn.append(pairs(f"{letter(place)} · {name}{told}", _means(row, matrix, api), measure, first.languages))
    size = height(len(first.languages))
    graph = dcc.Graph(id=FIGURE, figure=blank(size), config={"displayModeBar": False}, style={"height": size})
    by_measure = dmc.SegmentedControl(
        id=choice_id("pairs", drawn=measure, usual="same"),
        data=[{"value": name, "label": words} for name, words in MEASURES.items()], value=measure, size="xs",
    )  # fmt: skip
    depths = [
        {"value": WHOLE, "label": "whole model"},
        *({"value": str(n), "label": f"layer {n} of A"} for n in layers),
    ]
    at = str(layer) if layer is not None else WHOLE
    by_layer = dmc.Select(
        id=choice_id("layer", drawn=at, usual=WHOLE), data=depths, value=at, allowDeselect=False, size="xs", w=150,
        **{"aria-label": "Layer"},
    )  # fmt: skip
    data = {"models": [one._asdict() for one in drawn], "languages": list(first.languages), "measure": measure}
    return html.Section(
        [
            html.Div(
                [html.H2(hint("Pairs of languages", _PAIRS), className="study-heading"), by_measure,
                 by_layer if layers else None],
                className="compare-fields",
            ),
            html.Div(_WORDS[measure], className="study-note"),
            dcc.Store(id=DATA, data=data),
            graph,
        ],
        className="atlas-card study-card",
    )  # fmt: skip


def redrawn(data: dict[str, Any] | None, scheme: str | None) -> Any:
    """The figure in the colours of the page."""
    if not data:
        return blank(height(0))
    models = [Pairs(one["name"], tuple(map(tuple, one["values"]))) for one in data["models"]]
    return figure(models, data["languages"], data["measure"], dark=scheme == "dark")


def layers_of(summary: SimilaritySummary) -> list[int]:
    """Layers whose maps are stored."""
    return [int(name.removeprefix("layer.")) for name in summary.maps if name.startswith("layer.")]


def at_depth(layer: int, n_layers: int, n_there: int) -> int:
    """The layer of another model that lies at the same relative depth."""
    return round(layer / (n_layers - 1) * (n_there - 1)) if n_layers > 1 else 0


def _matrix(summary: SimilaritySummary | None, first: SimilaritySummary, layer: int | None) -> tuple[str, str]:
    """Which map of a model is meant, and how that is told."""
    if layer is None or summary is None:
        return WHOLE, ""
    n_there = _n_layers(summary)
    there = at_depth(layer, _n_layers(first), n_there)
    return f"layer.{there}", f" · layer {there} of {n_there}"


def _n_layers(summary: SimilaritySummary) -> int:
    return 1 + max((score.layer for score in summary.scores if score.layer is not None), default=0)


def _means(row: ResultRow | None, matrix: str, api: Client) -> Any:
    try:
        return api.language_means(row.key, matrix=matrix) if row else None
    except KnownError:
        return None  # a map that was not kept: the figure says that it is not there


_PAIRS = (
    "Mean cosine of sentences in two languages: for each pair one number. LRDS and SADS are differences of such means."
)
_WORDS = {
    "same": "Sentence i of one language with sentence i of the other; 1 within a language.",
    "different": "Sentences that do not belong together, of two languages or of one.",
    "gap": "How much nearer two sentences are when they mean the same: what is shared across languages, pair by pair.",
}
