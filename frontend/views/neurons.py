"""The Neurons page without the page: counts, layers, overlap, one neuron, deactivation, regions of paper A."""

from __future__ import annotations

from collections.abc import Mapping

from backend.client import Client
from backend.contracts.results import (
    NeuronCard,
    NeuronList,
)
from frontend import urls
from frontend.choices.neurons import NeuronsView, neuron_text
from frontend.figures import neurons as drawn
from frontend.figures.neurons_words import most_sharing, overlap_figure, shared_groups, sklr, verdict
from frontend.language_names import name_of
from frontend.views.base import Passage, Picture, Table, View
from frontend.views.neurons_measured import Section, deactivation, held
from frontend.views.neurons_opened import (
    KINDS,
    Found,
    found,
    opened_by,
)
from frontend.views.parts import model_of, nothing, shown_of, stored_table

TITLE = "Which neurons belong to a language"
MOST_LISTED = 200
MOST_SHARED = 10_000


def view(query: Mapping[str, str], api: Client) -> View:
    """The key neurons that the address names or is built on, else the newest of the model."""
    model = model_of(query, api)
    shown = shown_of(query, api.results(kind="key_neurons", model=model), KINDS, api)
    if shown.request is None:
        return nothing("neurons", TITLE, f"No key neurons have been looked for in {model} yet.", model=model)
    key = shown.manifest.key if shown.manifest else shown.following
    opened = opened_by(shown.request, key, NeuronsView.of_query(query), api)
    if opened.manifest is None:
        return nothing("neurons", TITLE, "", shown, model=model)
    these, look = found(opened.manifest), opened.view
    parts = (
        _counts(these, api),
        _shared(these, look, api),
        _one_by_one(these, look, api),
        deactivation(these, look, api),
        held(these, look, api),
    )
    state: dict[str, object] = {"model": these.manifest.provenance.model, "result": these.key}
    for part in parts:
        state |= part.state
    return View(
        address=urls.link("neurons", **state),
        title=TITLE,
        lead=_lead(these),
        pictures=tuple(Picture(figure) for part in parts for figure in part.figures),
        tables=tuple(table for part in parts for table in part.tables),
        passages=tuple(passage for part in parts for passage in part.passages),
        sources=tuple(source for part in parts for source in part.sources),
        missing=tuple(request for part in parts for request in part.missing),
    )


def _lead(these: Found) -> str:
    size, request = sklr(these.summary), these.request
    return (
        f"Key neurons (z above {request.threshold:g}) of {len(these.summary.languages)} languages in "
        f"{these.manifest.provenance.model}: SKLR {size.size}, by chance {size.by_chance}. {verdict(these.summary)}"
    )


def _counts(these: Found, api: Client) -> Section:
    summary = these.summary
    figures = tuple(
        paint(summary, dark=False) for paint in (drawn.counts_by_language, drawn.counts_by_layer, drawn.layer_totals)
    )
    table = stored_table(these.manifest, api, name="counts", title="Key neurons by language and layer")
    groups = tuple(
        (" ".join(group.languages), group.n_neurons, group.null_mean, group.null_high, group.p)
        for group in shared_groups(summary)
    )
    columns = ("Shared by just", "Neurons", "By chance, mean", "By chance, most", "p of as many")
    shared = (Table("groups", "Groups of languages that share neurons", columns, groups),) if groups else ()
    return Section(figures=figures, tables=(table, *shared), sources=(these.manifest,))


def _shared(these: Found, look: NeuronsView, api: Client) -> Section:
    """Overlap of languages, where there can be any; the neurons of the pair that is chosen."""
    summary, n = these.summary, len(these.summary.languages)
    codes = summary.languages
    figures = (overlap_figure(summary, dark=False),) if most_sharing(n, these.request.threshold) >= 2 else ()
    rows = tuple(
        (codes[i], codes[j], summary.shared[i][i], summary.shared[j][j], summary.shared[i][j], summary.jaccard[i][j])
        for i in range(n)
        for j in range(i)
    )
    columns = ("Language", "Other", "Key neurons", "Of the other", "Shared", "Jaccard")
    tables = [Table("shared", "Key neurons that two languages share", columns, rows)]
    pair = look.pair if set(look.pair) <= set(codes) else ()
    if pair:
        both = api.neurons(these.key, pair[0], limit=MOST_SHARED)
        title = f"Neurons of {name_of(pair[0])} that are key in {name_of(pair[1])} too"
        tables.append(_listed("pair", title, both, other=pair[1]))
    return Section({"pair": pair}, figures, tuple(tables))


def _one_by_one(these: Found, look: NeuronsView, api: Client) -> Section:
    """The list of one language, and the card of one neuron."""
    summary = these.summary
    language = look.language if look.language in summary.languages else summary.languages[0]
    layer = look.layer if look.layer is not None and look.layer < summary.n_layers else None
    rows = api.neurons(these.key, language, layer=layer, limit=MOST_LISTED)
    where = "" if layer is None else f" in layer {layer}"
    tables = [_listed("neurons", f"Key neurons of {name_of(language)}{where}, largest z first", rows)]
    state: dict[str, object] = {"language": None if language == summary.languages[0] else language, "layer": layer}
    neuron = look.neuron
    if neuron is None or neuron[0] >= summary.n_layers or neuron[1] >= summary.n_neurons:
        return Section(state, tables=tuple(tables))
    card = api.neuron(these.key, layer=neuron[0], index=neuron[1])
    return Section(
        state | {"neuron": neuron_text(neuron)},
        (drawn.neuron_bars(card, these.request.threshold, dark=False),),
        (*tables, *_card_tables(card)),
        tuple(
            Passage(
                f"sentence-{number}",
                f"{name_of(one.language)}, line {one.line}: mean activation {one.activation:.4g}",
                one.text,
                one.language,
            )
            for number, one in enumerate(card.sentences, 1)
        ),
    )


def _listed(name: str, title: str, found_: NeuronList, other: str | None = None) -> Table:
    rows = tuple(
        (row.layer, row.index, row.z, row.mean_activation, " ".join(row.others) or None)
        for row in found_.neurons
        if other is None or other in row.others
    )
    return Table(name, title, ("Layer", "Neuron", "z", "Mean activation", "Key also in"), rows)


def _card_tables(card: NeuronCard) -> tuple[Table, ...]:
    which = f"Layer {card.layer}, neuron {card.index}"
    languages = tuple((one.language, one.z, one.mean_activation, one.is_key) for one in card.languages)
    regions = tuple((one.label, one.key, one.selected, one.total, one.density_of_region) for one in card.regions)
    tables = [Table("neuron", f"{which} by language", ("Language", "z", "Mean activation", "Key"), languages)]
    if regions:
        columns = ("Region", "Result", "Weights held", "Weights", "Density of the region in the layer")
        tables.append(Table("neuron-regions", f"Regions that hold weights of {which.lower()}", columns, regions))
    return tuple(tables)
