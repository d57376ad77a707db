"""A similarity result with everything that belongs to it: scores, map, pairs of languages, layers."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import dash_mantine_components as dmc
import numpy as np
from dash import dcc, html

from backend.client import Client
from backend.contracts.requests import SimilarityRequest
from backend.contracts.results import LayerScore, Manifest, SimilaritySummary
from frontend.figures.blank import blank
from frontend.figures.layer_scores import layer_scores
from frontend.figures.similarity import PairMeans, language_pairs, pair_means
from frontend.panels.languages_map import WHOLE, layer_name, matrix_of, similarity_map
from frontend.panels.languages_scores import downloads, guide, numbers
from frontend.panels.stored_results import empty
from frontend.provenance import copy_key, provenance_line

TILE = 512
"""Rows and columns of one exact tile."""
PAIRS = {"same": "The same sentence in both languages", "different": "Different sentences"}


def figure_id(name: Any, key: Any) -> dict[str, Any]:
    """Id of one figure (`layers`, `same`, `different`) of one result."""
    return {"type": "languages-figure", "name": name, "key": key}


def result(manifest: Manifest | None, layer: int, api: Client) -> Any:
    """The map with its scores, or the empty place."""
    if manifest is None:
        jobs = [job for job in api.jobs() if job.request.kind == "similarity"]
        return empty(
            "No languages have been compared on this model yet",
            "Choose languages on the left, then click “Compare”.",
            jobs[:8],
        )
    request, summary = manifest.request, manifest.summary
    assert isinstance(request, SimilarityRequest) and isinstance(summary, SimilaritySummary)
    sections = [
        _map_section(manifest, request, summary, shown_layer(summary, layer)),
        _layers_section(manifest, summary, api),
        _pairs_section(manifest, summary),
    ]
    return html.Div(sections, className="study-results")


def shown_layer(summary: SimilaritySummary, layer: int | None) -> int:
    """`layer` if the model has it, else the whole model."""
    return layer if layer is not None and any(score.layer == layer for score in summary.scores) else WHOLE


def score_of(summary: SimilaritySummary, layer: int) -> LayerScore:
    """Scores of one layer, or of the whole model."""
    wanted = None if layer == WHOLE else layer
    return next(score for score in summary.scores if score.layer == wanted)


def figure(name: str, key: str, layer: int, scheme: str | None, api: Client) -> Any:
    """One figure of a result, in the colours of the page."""
    summary = api.manifest(key).summary
    assert isinstance(summary, SimilaritySummary)
    dark = scheme == "dark"
    if name == "layers":
        return layer_scores(summary.scores, dark=dark, layer=None if layer == WHOLE else layer)
    means = pairs(key, matrix_of(shown_layer(summary, layer)), api)
    values = means.same_meaning if name == "same" else means.different_meaning
    return language_pairs(values, summary.languages, dark=dark, what=PAIRS[name].lower())


def pairs(key: str, matrix: str, api: Client) -> PairMeans:
    """Means by pair of languages; remembered, since a stored result never changes."""
    return _pairs(key, matrix, api)


@lru_cache(maxsize=128)
def _pairs(key: str, matrix: str, api: Client) -> PairMeans:
    summary = api.manifest(key).summary
    assert isinstance(summary, SimilaritySummary)
    size = len(summary.languages) * summary.n_lines
    return pair_means(_whole_map(key, matrix, size, api), len(summary.languages))


def _whole_map(key: str, matrix: str, size: int, api: Client) -> np.ndarray:
    """The map, float32 [size, size], put together from exact tiles."""
    whole_NN = np.empty((size, size), np.float32)
    for row in range(0, size, TILE):
        for column in range(0, size, TILE):
            stops = (min(size, row + TILE), min(size, column + TILE))
            values, _ = api.tile(
                key,
                matrix=matrix,
                reducer="similarity",
                row_start=row,
                row_stop=stops[0],
                column_start=column,
                column_stop=stops[1],
                max_rows=TILE,
                max_columns=TILE,
                format="f32",
            )
            whole_NN[row : stops[0], column : stops[1]] = values
    return whole_NN


def _map_section(
    manifest: Manifest, request: SimilarityRequest, summary: SimilaritySummary, layer: int
) -> html.Section:
    lines = request.lines
    facts = (
        (
            "sentences",
            f"{lines.corpus} {lines.start} to {lines.stop or 'end'}",
            "Lines, counted from 0, last left out.",
        ),
        ("BOS", "yes" if request.add_bos else "no", "Whether the token before the sentence is part of its mean."),
    )
    return html.Section(
        [
            dmc.Group(
                [
                    html.H2(
                        f"{len(summary.languages)} languages, {summary.n_lines} sentences", className="study-heading"
                    ),
                    copy_key(manifest.key),
                ],
                justify="space-between",
            ),
            similarity_map(manifest.key, request, summary, layer, scores(summary, layer)),
            guide(),
            provenance_line(manifest, facts),
        ],
        className="atlas-card study-card",
    )


def scores(summary: SimilaritySummary, layer: int) -> Any:
    """The two numbers of what the map shows."""
    return numbers(score_of(summary, layer), layer_name(layer))


def _layers_section(manifest: Manifest, summary: SimilaritySummary, api: Client) -> html.Section:
    head = [
        html.H2("Layer by layer", className="study-heading"),
        downloads(manifest.key, api.table(manifest.key, "tex")),
    ]
    note = "Click a point to see the map of its layer. Dotted: the whole model."
    return html.Section(
        [
            dmc.Group(head, justify="space-between"),
            html.P(note, className="study-note"),
            _graph("layers", manifest.key, 280),
        ],
        className="atlas-card",
    )


def _pairs_section(manifest: Manifest, summary: SimilaritySummary) -> html.Section:
    height = 60 + 27 * len(summary.languages)
    graphs = [html.Div([html.H3(title), _graph(name, manifest.key, height)]) for name, title in PAIRS.items()]
    note = (
        "Mean similarity of each pair of languages, for the layer shown above. LRDS compares the diagonal with the "
        "rest of the right picture; SADS compares the left with the right picture, off the diagonal."
    )
    return html.Section(
        [
            html.H2("Pairs of languages", className="study-heading"),
            html.P(note, className="study-note"),
            html.Div(graphs, className="languages-pairs"),
        ],
        className="atlas-card study-card",
    )


def _graph(name: str, key: str, height: int) -> dcc.Graph:
    return dcc.Graph(
        id=figure_id(name, key), figure=blank(height), config={"displayModeBar": False}, style={"height": height}
    )
