"""A similarity result with everything that belongs to it: scores, map, layers, pairs of languages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.client import Client
from backend.contracts.results import Manifest
from frontend import follow
from frontend.choices.languages_view import Layers, MapView, layers_text, layers_words, pinned_pair
from frontend.figures.blank import blank
from frontend.figures.similarity import PAIRS
from frontend.panels.languages_curves import CurvesId, beside_select, scores_table
from frontend.panels.languages_layers import LayersId, controls, offer
from frontend.panels.languages_map import map_spec, similarity_map
from frontend.panels.languages_scores import guide, numbers
from frontend.panels.stored_results import empty
from frontend.provenance import copy_key, provenance_line
from frontend.table_files import table_files
from frontend.views.languages_figures import others_of, scored, shown_order, within
from frontend.views.languages_maps import Maps, maps_of, request_of, request_of_layers, summary_of

LAYERS_PREFIX = "languages-layers"
"""Of the job that makes the map of other layers, followed above the map."""


def figure_id(name: Any, key: Any) -> dict[str, Any]:
    """Id of one figure (`layers`, `same`, `different`) of one result."""
    return {"type": "languages-figure", "name": name, "key": key}


def result(manifest: Manifest | None, view: MapView, api: Client) -> Any:
    """The map with its scores, or the empty place. A result of some layers opens on these."""
    if manifest is None:
        jobs = [job for job in api.jobs() if job.request.kind == "similarity"]
        return empty(
            "No languages have been compared on this model yet",
            "Choose languages in the form, then click “Compare”.",
            jobs[:8],
            api.results(kind="similarity"),
        )
    maps = maps_of(manifest, api)
    view = within(view, maps, request_of_layers(manifest))
    sections = [
        _map_section(manifest, maps, view, api),
        _layers_section(manifest, maps, view, api),
        _pairs_section(manifest),
    ]
    return html.Div(sections, className="study-results")


def spec_of(manifest: Manifest, maps: Maps, view: MapView | None = None) -> dict[str, Any]:
    """What languages.js draws from; the window and the pinned pairs of `view` are where it begins."""
    look = view or MapView()
    request = request_of(manifest, None)
    spec = map_spec(
        manifest.key, request, summary_of(manifest), places=maps.places, n_layers=maps.n_layers, scores=maps.scores
    )
    asked = request_of_layers(manifest)
    return spec | {
        "rows": look.rows,
        "columns": look.columns,
        "pinned": [pinned_pair(pair) for pair in look.pinned],
        "asked": asked and layers_text(asked),
    }


def scores(maps: Maps, layers: Layers) -> Any:
    """The two numbers of what the map shows."""
    return numbers(maps.scores.get(layers_text(layers)), layers_words(layers))


def table(manifest: Manifest, beside: Sequence[str], api: Client) -> Any:
    """The numbers behind the curves."""
    return scores_table({model.name: model.scores for model in scored(manifest, beside, api)})


def _map_section(manifest: Manifest, maps: Maps, view: MapView, api: Client) -> html.Section:
    request, summary = request_of(manifest, None), summary_of(manifest)
    lines = request.lines
    facts = (
        (
            "sentences",
            f"{lines.corpus} {lines.start} to {lines.stop or 'end'}",
            "Lines, counted from 0, last left out.",
        ),
        ("BOS", request.bos.value, "Whether the token before the sentence is part of its mean."),
    )
    heading = html.H2(f"{len(summary.languages)} languages, {summary.n_lines} sentences", className="study-heading")
    asked = offer(view.layers, is_stored=layers_text(view.layers) in maps.places)
    return html.Section(
        [
            dmc.Group([heading, copy_key(manifest.key)], justify="space-between"),
            _doubts(manifest),
            follow.slot(LAYERS_PREFIX),
            similarity_map(
                spec_of(manifest, maps, view),
                shown_order(view.order, manifest, maps, api),
                controls=controls(view, maps.n_layers),
                scores=scores(maps, view.layers),
                offer=html.Div(asked, id=LayersId.OFFER),
            ),
            guide(),
            provenance_line(manifest, facts),
        ],
        className="atlas-card study-card",
    )


def _doubts(manifest: Manifest) -> Any:
    """Sentences that were compared all the same, and better known."""
    rules = manifest.provenance.rules
    told = [
        f"Repeated within a language, and counted as different meanings: {rules['repeated']}."
        if "repeated" in rules
        else "",
        f"Longer than the model's context, so only their beginning was read: {rules['cut']}." if "cut" in rules else "",
    ]
    lines = [html.Div(line) for line in told if line]
    return dmc.Alert(lines, title="Some sentences are not what they seem", color="yellow") if lines else None


def _layers_section(manifest: Manifest, maps: Maps, view: MapView, api: Client) -> html.Section:
    whole = maps.whole.key
    head = [
        html.H2("Layer by layer", className="study-heading"),
        table_files(whole, "similarity", api.table(whole, "tex")),
    ]
    note = (
        "LRDS and SADS of each layer alone, with 95 % bootstrap intervals over texts and languages. Click a point to "
        "see the map of its layer. Dotted: the whole model."
    )
    return html.Section(
        [
            dmc.Group(head, justify="space-between"),
            html.P(note, className="study-note"),
            beside_select(others_of(maps.whole, api), view.beside),
            _graph("layers", manifest.key, 350 if view.beside else 280),
            html.Div(table(manifest, view.beside, api), id=CurvesId.TABLE),
        ],
        className="atlas-card study-card",
    )


def _pairs_section(manifest: Manifest) -> html.Section:
    height = 60 + 27 * len(summary_of(manifest).languages)
    graphs = [html.Div([html.H3(title), _graph(name, manifest.key, height)]) for name, title in PAIRS.items()]
    note = (
        "Mean similarity of each pair of languages, for the layers shown above. LRDS compares the diagonal with the "
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
    return dcc.Graph(id=figure_id(name, key), figure=blank(height), config={"displayModeBar": False})
