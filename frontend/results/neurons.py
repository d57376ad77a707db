"""Key neurons with everything that hangs from them: counts, overlap, list, card, deactivation, regions."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.client import Client
from backend.contracts.results import Manifest
from frontend.choices.neurons import NeuronsView
from frontend.figures import neurons as drawn
from frontend.figures.blank import blank
from frontend.figures.neurons_regions import by_layer
from frontend.panels import neurons_card, neurons_counts, neurons_groups, neurons_list
from frontend.panels.neurons_form import NULL_HINT, SPLIT_HINT, Z_HINT
from frontend.panels.stored_results import empty
from frontend.provenance import copy_key, provenance_line
from frontend.results import neurons_deactivation, neurons_regions
from frontend.shell import hint
from frontend.table_files import table_files
from frontend.views.neurons_opened import Found, found

SHOWN = "neurons-shown"
"""Store, {key, neuron} of what is on the page."""


_PLACES = {
    "neurons-counts": "Counts",
    "neurons-layers": "Layers",
    "neurons-groups": "Groups",
    "neurons-shared": "Shared",
    "neurons-each": "One by one",
    "neurons-off": "Turned off",
    "neurons-held": "Regions of paper A",
}


def figure_id(name: Any, key: Any) -> dict[str, Any]:
    """Id of one figure: `languages`, `layers`, `totals`, `z`, `curve`; `key` says of what, parts joined by `/`."""
    return {"type": "neurons-figure", "name": name, "key": key}


def result(manifest: Manifest | None, view: NeuronsView, api: Client) -> Any:
    """All sections of a result, or the empty place."""
    if manifest is None:
        jobs = [job for job in api.jobs() if job.request.kind in ("key_neurons", "activations")]
        return empty(
            "No key neurons have been looked for in this model yet",
            "Choose six languages or more in the form, then click “Find key neurons”.",
            jobs[:8],
            api.results(kind="key_neurons"),
        )
    these = found(manifest)
    return html.Div(
        [
            dcc.Store(id=SHOWN, data={"key": these.key, "neuron": list(view.neuron) if view.neuron else None}),
            _places(),
            _counts_section(these, api),
            _layers_section(these),
            _groups_section(these),
            _overlap_section(these, view, api),
            _neurons_section(these, view, api),
            neurons_deactivation.section(these.request, these.summary, view, api),
            neurons_regions.section(these.request, view, api, graph=graph),
        ],
        className="study-results",
    )


def figure(name: str, key: str, scheme: str | None, api: Client) -> Any:
    """One figure, in the colours of the page."""
    dark = scheme == "dark"
    first, *rest = key.split("/")
    if name == "curve":
        summary: Any = api.manifest(first).summary
        return by_layer(summary, rest[0], summary.regions[int(rest[1])], dark=dark)
    these = found(api.manifest(first))
    if name == "z":
        card = api.neuron(first, layer=int(rest[0]), index=int(rest[1]), n_sentences=0)
        return drawn.neuron_bars(card, these.request.threshold, dark=dark)
    paint = {"languages": drawn.counts_by_language, "layers": drawn.counts_by_layer, "totals": drawn.layer_totals}
    return paint[name](these.summary, dark=dark)


def graph(name: str, key: str, height: int) -> dcc.Graph:
    """The place of a figure."""
    return dcc.Graph(
        id=figure_id(name, key), figure=blank(height), config={"displayModeBar": False}, style={"height": height}
    )


def listed(key: str, language: str, layer: int | None, neuron: tuple[int, int] | None, api: Client) -> Any:
    """The list of one language."""
    rows = api.neurons(key, language, layer=layer, limit=neurons_list.MOST_LISTED)
    return neurons_list.listing(rows, neuron)


def card(key: str, neuron: tuple[int, int] | None, model: str, n_languages: int, api: Client) -> Any:
    """One neuron, or what to click."""
    if neuron is None:
        return neurons_card.nothing()
    layer, index = neuron
    of_it = api.neuron(key, layer=layer, index=index)
    return neurons_card.card(model, of_it, graph("z", f"{key}/{layer}/{index}", 64 + 24 * n_languages))


def shared(key: str, pair: tuple[str, ...], api: Client) -> Any:
    """The neurons of two languages."""
    if not pair:
        return None
    found = api.neurons(key, pair[0], limit=10_000)
    return neurons_counts.shared(found, pair[1], neurons_list.neuron_said, neurons_list.CHOSEN)


def _places() -> html.Nav:
    """What is on this long page, a click away."""
    links = [html.A(words, href=f"#{place}", className="neurons-place") for place, words in _PLACES.items()]
    return html.Nav(links, className="neurons-places", **{"aria-label": "On this page"})


def _counts_section(these: Found, api: Client) -> html.Section:
    request, summary = these.request, these.summary
    lines = request.activations.lines
    facts = (
        (
            "sentences",
            f"{lines.corpus} {lines.start} to {lines.stop or 'end'}",
            "Lines, counted from 0, last left out.",
        ),
        ("z above", f"{request.threshold:g}", Z_HINT),
        ("shuffles", str(request.n_permutations), NULL_HINT),
        ("BOS", request.activations.bos.value, "Whether the token before the sentence counts."),
    )
    head = dmc.Group(
        [
            html.H2(
                [hint("Key neurons", Z_HINT), f" of {len(summary.languages)} languages"], className="study-heading"
            ),
            dmc.Group(
                [table_files(these.key, "neurons", api.table(these.key, "tex")), copy_key(these.key)],
                gap=4,
            ),
        ],
        justify="space-between",
    )
    bars = graph("languages", these.key, 84 + 30 * len(summary.languages))
    columns = html.Div(
        [neurons_counts.numbers(summary), html.Div(bars, className="neurons-bars")], className="neurons-top"
    )
    words = neurons_counts.words(summary)
    return html.Section(
        [head, words, columns, neurons_groups.lists(summary), provenance_line(these.manifest, facts)],
        className="atlas-card study-card",
        id="neurons-counts",
    )


def _layers_section(these: Found) -> html.Section:
    n = len(these.summary.languages)
    note = (
        f"Each layer has {these.summary.n_neurons:,} neurons. The paper finds key neurons mostly in the first and the "
        "last layers."
    )
    graphs = [
        html.Div([html.H3("By language"), graph("layers", these.key, 74 + 27 * n)]),
        html.Div([html.H3("All languages, stacked"), graph("totals", these.key, 300)]),
    ]
    return html.Section(
        [
            html.H2("Layer by layer", className="study-heading"),
            html.P(note, className="study-note"),
            html.Div(graphs, className="languages-pairs"),
        ],
        className="atlas-card study-card",
        id="neurons-layers",
    )


def _groups_section(these: Found) -> html.Section:
    return html.Section(
        [
            html.H2(hint("Groups of languages that share neurons", SPLIT_HINT), className="study-heading"),
            *neurons_groups.groups(these.key, these.summary, these.request.separation),
        ],
        className="atlas-card study-card",
        id="neurons-groups",
    )


def _overlap_section(these: Found, view: NeuronsView, api: Client) -> html.Section:
    known = view.pair if set(view.pair) <= set(these.summary.languages) else ()
    return html.Section(
        [
            html.H2("Which languages share neurons", className="study-heading"),
            dcc.Store(id=neurons_counts.PAIR_CELL),
            html.Div(neurons_counts.overlap(these.summary, these.request.threshold, known), id=neurons_counts.OVERLAP),
            html.Div(shared(these.key, known, api), id=neurons_counts.PAIR),
        ],
        className="atlas-card study-card",
        id="neurons-shared",
    )


def _neurons_section(these: Found, view: NeuronsView, api: Client) -> html.Section:
    summary = these.summary
    language = view.language if view.language in summary.languages else summary.languages[0]
    layer = view.layer if view.layer is not None and view.layer < summary.n_layers else None
    head = dmc.Group(
        [
            html.H2("Neurons one by one", className="study-heading"),
            neurons_list.controls(summary.languages, language, layer, summary.n_layers),
        ],
        justify="space-between",
    )
    left = html.Div(
        [
            html.Div(listed(these.key, language, layer, view.neuron, api), id=neurons_list.LISTED),
            html.Div(neurons_list.mask_links(these.key, language), id=neurons_list.MASK),
        ],
        className="neurons-left",
    )
    inside = view.neuron and view.neuron[0] < summary.n_layers and view.neuron[1] < summary.n_neurons
    shown = card(
        these.key, view.neuron if inside else None, these.request.activations.model, len(summary.languages), api
    )
    right = html.Div(shown, id=neurons_card.CARD)
    columns = html.Div([left, right], className="neurons-columns")
    chosen = dcc.Store(id=neurons_list.CHOSEN)
    return html.Section([head, chosen, columns], className="atlas-card study-card", id="neurons-each")
