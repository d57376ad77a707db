"""The similarity map and the pair of sentences beside it. Drawn in the browser by languages.js."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.contracts.requests import SimilarityRequest
from backend.contracts.results import SimilaritySummary
from frontend import theme
from frontend.language_names import name_of
from frontend.shell import hint


class MapId(StrEnum):
    """Ids of the map."""

    SPEC = "languages-map-spec"
    """Store: what languages.js needs to draw the map."""
    MAP = "languages-map"
    LAYER = "languages-layer"
    SCORES = "languages-scores"
    WHOLE = "languages-whole"
    HOVERED = "languages-hovered"
    PINNED = "languages-pinned"


WHOLE = -1
"""Value of the slider that stands for the whole model, left of layer 0."""


def matrix_of(layer: int) -> str:
    """Name of the map of one layer, or of the whole model, in the result."""
    return "whole" if layer == WHOLE else f"layer.{layer}"


def layer_name(layer: int) -> str:
    """What the slider stands on, in words."""
    return "Whole model" if layer == WHOLE else f"Layer {layer}"


def similarity_map(
    key: str, request: SimilarityRequest, summary: SimilaritySummary, layer: int, scores: Any
) -> html.Div:
    """The map with its slider; on its right its scores, the pair under the pointer and the pinned ones."""
    return html.Div(
        [
            dcc.Store(id=MapId.SPEC, data=spec(key, request, summary)),
            html.Div(
                [_layer_control(summary, layer), html.Div(id=MapId.MAP, className="languages-map")],
                className="languages-left",
            ),
            html.Div(
                [
                    html.Div(scores, id=MapId.SCORES),
                    html.Div(id=MapId.HOVERED, className="pair is-hovered", **{"aria-live": "off"}),
                    html.Div(id=MapId.PINNED, className="pairs"),
                ],
                className="languages-right",
            ),
        ],
        className="languages-columns",
    )


def spec(key: str, request: SimilarityRequest, summary: SimilaritySummary) -> dict[str, Any]:
    """Keys and names only: pixels and sentences are fetched by the browser."""
    return {
        "key": key,
        "corpus": request.lines.corpus,
        "start": request.lines.start,
        "n_lines": summary.n_lines,
        "languages": [
            {
                "code": code,
                "name": name_of(code),
                "direction": theme.text_direction(code),
                "colour": theme.language_colour(code),
            }
            for code in summary.languages
        ],
        "colours": theme.SEQUENTIAL,
    }


def _layer_control(summary: SimilaritySummary, layer: int) -> html.Div:
    last = max((score.layer for score in summary.scores if score.layer is not None), default=WHOLE)
    marks = [{"value": WHOLE, "label": "all"}, {"value": 0, "label": "0"}, {"value": last, "label": str(last)}]
    slider = dmc.Slider(
        id=MapId.LAYER,
        value=layer,
        min=WHOLE,
        max=last,
        step=1,
        marks=marks,
        label=None,
        updatemode="drag",
        size="sm",
        className="languages-slider",
    )
    return html.Div(
        [html.Div(hint("Layer", _LAYER_HINT), className="languages-layer-name"), slider],
        className="languages-layer",
    )


_LAYER_HINT = "All: the neurons of all layers as one vector. A number: the neurons of that layer alone, counted from 0."
