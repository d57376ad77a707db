"""A similarity result with everything that belongs to it: scores, map, layers, pairs of languages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.client import Client
from backend.contracts.results import LanguageMeans, Manifest, ResultRow
from frontend import follow
from frontend.choices.languages_view import (
    ALL,
    CLUSTERED,
    FAMILY,
    Layers,
    MapView,
    by_family,
    layers_text,
    layers_words,
)
from frontend.figures.blank import blank
from frontend.figures.layer_scores import ScoredModel, layer_scores, scores_by_depth
from frontend.figures.similarity import language_pairs
from frontend.panels.languages_curves import CurvesId, beside_select, result_name, scores_table
from frontend.panels.languages_layers import LayersId, controls, offer
from frontend.panels.languages_map import map_spec, similarity_map
from frontend.panels.languages_scores import downloads, guide, numbers
from frontend.panels.stored_results import empty
from frontend.provenance import copy_key, provenance_line
from frontend.results.languages_maps import Maps, maps_of, request_of, request_of_layers, summary_of

PAIRS = {"same": "The same sentence in both languages", "different": "Different sentences"}
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
            "Choose languages on the left, then click “Compare”.",
            jobs[:8],
        )
    maps = maps_of(manifest, api)
    view = view._replace(layers=_within(view.layers or request_of_layers(manifest), maps.n_layers))
    sections = [
        _map_section(manifest, maps, view, api),
        _layers_section(manifest, maps, view, api),
        _pairs_section(manifest),
    ]
    return html.Div(sections, className="study-results")


def spec_of(manifest: Manifest, maps: Maps) -> dict[str, Any]:
    """What languages.js draws from."""
    request = request_of(manifest, None)
    return map_spec(manifest.key, request, summary_of(manifest), places=maps.places, n_layers=maps.n_layers)


def scores(maps: Maps, layers: Layers) -> Any:
    """The two numbers of what the map shows."""
    return numbers(maps.scores.get(layers_text(layers)), layers_words(layers))


def shown_order(order: str, manifest: Manifest, maps: Maps, api: Client) -> list[str]:
    """The languages as the map shows them. By likeness goes by the whole model, so that layers can be compared."""
    languages = summary_of(manifest).languages
    if order == FAMILY:
        return by_family(languages)
    if order == CLUSTERED:
        place = maps.places.get(ALL) or next(iter(maps.places.values()))
        return list(api.language_means(*place).clustered)
    return list(languages)


def curves(manifest: Manifest, beside: Sequence[str], layers: Layers, *, dark: bool, api: Client) -> Any:
    """The curves of this result, alone by layer or with others by relative depth."""
    if not beside:
        return layer_scores(summary_of(maps_of(manifest, api).whole).scores, dark=dark, layers=layers)
    return scores_by_depth(list(_scored(manifest, beside, api)), dark=dark)


def table(manifest: Manifest, beside: Sequence[str], api: Client) -> Any:
    """The numbers behind the curves."""
    return scores_table({model.name: model.scores for model in _scored(manifest, beside, api)})


def pairs_figure(name: str, place: tuple[str, str], order: Sequence[str], *, dark: bool, api: Client) -> Any:
    """Means by pair of languages of the map shown, in its order."""
    means = api.language_means(*place)
    values = _reordered(means, means.same_meaning if name == "same" else means.different_meaning, order)
    return language_pairs(values, order, dark=dark, what=PAIRS[name].lower())


def others_of(manifest: Manifest, api: Client) -> list[ResultRow]:
    """Whole results that can be laid beside this one, of any model."""
    rows = api.results(kind="similarity")
    return [row for row in rows if row.key != manifest.key and getattr(row.request, "layers", None) is None]


def _within(layers: Layers, n_layers: int) -> Layers:
    """Layers of an address that the model does not have are the whole model."""
    return layers if layers is None or layers[1] < n_layers else None


def _scored(manifest: Manifest, beside: Sequence[str], api: Client) -> list[ScoredModel]:
    """This result first, each under the name that tells it apart: its model, else its question, else its key too."""
    rows = {row.key: row for row in api.results(kind="similarity")}
    shown = [maps_of(manifest, api).whole, *(api.manifest(key) for key in beside if key in rows)]
    models = [one.provenance.model for one in shown]
    if len(set(models)) == len(models):
        names = models
    else:
        questions = [result_name(rows[one.key]) for one in shown]
        names = [f"{name} ({one.key[:4]})" for name, one in zip(questions, shown, strict=True)]
    return [ScoredModel(name, summary_of(one).scores) for name, one in zip(names, shown, strict=True)]


def _reordered(means: LanguageMeans, values: Sequence[Sequence[float]], order: Sequence[str]) -> list[list[float]]:
    places = [means.languages.index(language) for language in order]
    return [[values[row][column] for column in places] for row in places]


def _map_section(manifest: Manifest, maps: Maps, view: MapView, api: Client) -> html.Section:
    request, summary = request_of(manifest, None), summary_of(manifest)
    lines = request.lines
    facts = (
        (
            "sentences",
            f"{lines.corpus} {lines.start} to {lines.stop or 'end'}",
            "Lines, counted from 0, last left out.",
        ),
        ("BOS", "yes" if request.add_bos else "no", "Whether the token before the sentence is part of its mean."),
    )
    heading = html.H2(f"{len(summary.languages)} languages, {summary.n_lines} sentences", className="study-heading")
    asked = offer(view.layers, is_stored=layers_text(view.layers) in maps.places)
    return html.Section(
        [
            dmc.Group([heading, copy_key(manifest.key)], justify="space-between"),
            _doubts(manifest),
            follow.slot(LAYERS_PREFIX),
            similarity_map(
                spec_of(manifest, maps),
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
        downloads(whole, api.table(whole, "tex")),
    ]
    note = (
        "LRDS and SADS of each layer alone, with 95 % bootstrap intervals over sentences. Click a point to see the map "
        "of its layer. Dotted: the whole model."
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
