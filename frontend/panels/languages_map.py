"""The similarity map and the pair of sentences beside it. Drawn in the browser by languages.js."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from dash import dcc, html

from backend.contracts.requests import SimilarityRequest
from backend.contracts.results import LayerScore, SimilaritySummary
from frontend import theme
from frontend.choices.languages_view import layers_of, layers_words
from frontend.language_names import name_of

HINT = "Wheel to zoom · drag to move · click keeps a pair · or arrow keys, Enter"


class MapId(StrEnum):
    """Ids of the map."""

    SPEC = "languages-map-spec"
    """Store: what languages.js needs to draw the map."""
    SHOWN_ORDER = "languages-map-order"
    """Store: language codes in the order shown."""
    MAP = "languages-map"
    SCORES = "languages-scores"
    HOVERED = "languages-hovered"
    PINNED = "languages-pinned"


def similarity_map(spec: dict[str, Any], order: Sequence[str], *, controls: Any, scores: Any, offer: Any) -> html.Div:
    """The map below its controls; on its right its scores, the pair under the pointer and the pinned ones."""
    return html.Div(
        [
            dcc.Store(id=MapId.SPEC, data=spec),
            dcc.Store(id=MapId.SHOWN_ORDER, data=list(order)),
            html.Div(
                [
                    controls,
                    html.Div(
                        [html.Div(id=MapId.MAP, className="languages-map"), offer],
                        className="languages-place",
                    ),
                ],
                className="languages-left",
            ),
            html.Div(
                [
                    html.Div(scores, id=MapId.SCORES),
                    html.Div(id=MapId.HOVERED, className="pair is-hovered", **{"aria-live": "polite"}),
                    html.Div(id=MapId.PINNED, className="pairs"),
                ],
                className="languages-right",
            ),
        ],
        className="languages-columns",
    )


def map_spec(
    key: str,
    request: SimilarityRequest,
    summary: SimilaritySummary,
    *,
    places: dict[str, tuple[str, str]],
    n_layers: int,
    scores: Mapping[str, LayerScore],
) -> dict[str, Any]:
    """Keys and names only: pixels and sentences are fetched by the browser. `told`: each map in a sentence."""
    size = f"{len(summary.languages)} languages by {summary.n_lines} sentences"
    return {
        "key": key,
        "maps": {name: list(place) for name, place in places.items()},
        "n_layers": n_layers,
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
        "told": {name: _told(size, name, scores.get(name)) for name in places},
        "colours": theme.SEQUENTIAL,
        "hint": HINT,
    }


def _told(size: str, layers: str, score: LayerScore | None) -> str:
    """The text alternative of the map."""
    known = f": LRDS {score.lrds:.4f}, SADS {score.sads:.4f}" if score else ""
    return f"Similarity map of {size}, {layers_words(layers_of(layers)).lower()}{known}."
