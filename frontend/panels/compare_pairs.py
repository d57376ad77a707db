"""Pairs of languages of several models, and how they differ from A, of the whole models or at one depth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.client import Client
from backend.contracts.results import ResultRow, SimilaritySummary
from frontend.figures.blank import blank
from frontend.figures.compare_pairs import MEASURES, Pairs, figure, height
from frontend.panels.compare_bar import choice_id
from frontend.results.compare import Compared
from frontend.shell import hint
from frontend.views.compare_pairs import WHOLE, pairs_shown

DATA = "compare-pairs-data"
FIGURE = "compare-pairs"


def panel(
    view: Compared, found: Sequence[ResultRow | None], maps: Sequence[SimilaritySummary | None], api: Client
) -> html.Section | None:
    """One map for each model and the differences below; nothing until A has one."""
    shown = pairs_shown(view, found, maps, api)
    if shown is None:
        return None
    measure, layer, layers = shown.measure, shown.layer, shown.layers
    size = height(shown.models, len(shown.languages))
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
    data = {
        "models": [one._asdict() for one in shown.models], "languages": list(shown.languages), "measure": measure,
    }  # fmt: skip
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
        return blank(height((), 0))
    models = [Pairs(one["name"], tuple(map(tuple, one["values"]))) for one in data["models"]]
    return figure(models, data["languages"], data["measure"], dark=scheme == "dark")


_PAIRS = (
    "Mean cosine of sentences in two languages: for each pair one number. LRDS and SADS are differences of such means."
)
_WORDS = {
    "same": "Sentence i of one language with sentence i of the other; 1 within a language.",
    "different": "Sentences that do not belong together, of two languages or of one.",
    "gap": "How much nearer two sentences are when they mean the same: what is shared across languages, pair by pair.",
}
