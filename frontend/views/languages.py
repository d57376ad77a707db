"""The Languages page without the page: the map, the curves, the pairs of languages, the pinned sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from backend.client import Client
from backend.contracts.requests import SimilarityRequest
from backend.contracts.results import Manifest
from backend.contracts.vocabulary import Reducer
from frontend import urls
from frontend.choices.languages_view import MapView, layers_text, layers_words, pinned_pair
from frontend.figures.similarity import PAIRS
from frontend.language_names import name_of
from frontend.views.base import Cell, Passage, Picture, Table, View
from frontend.views.languages_figures import (
    curves,
    means_of,
    others_of,
    pairs_figure,
    place_of,
    scored,
    shown_order,
    similarity_figure,
    within,
)
from frontend.views.languages_maps import Maps, maps_of, request_of, request_of_layers, summary_of
from frontend.views.parts import model_of, nothing, shown_of, stored_table

TITLE = "How alike languages look inside the model"
Place = tuple[str, str]


def view(query: Mapping[str, str], api: Client) -> View:
    """The similarity result that the address names, else the newest of the model, looked at as the address says."""
    model = model_of(query, api)
    shown = shown_of(query, api.results(kind="similarity", model=model), (SimilarityRequest,), api)
    if shown.manifest is None:
        return nothing("languages", TITLE, f"No languages have been compared on {model} yet.", shown, model=model)
    manifest = shown.manifest
    maps = maps_of(manifest, api)
    look = within(MapView.of_query(query), maps, request_of_layers(manifest))
    known = {row.key for row in others_of(manifest, api)} if look.beside else set()
    look = look._replace(beside=tuple(key for key in look.beside if key in known))
    order, place = shown_order(look.order, manifest, maps, api), place_of(look, maps)
    pinned = _pinned(look, manifest, order, place, api) if place else ()
    return View(
        address=_address(manifest, look),
        title=TITLE,
        lead=_lead(manifest, maps, look),
        pictures=tuple(Picture(figure) for figure in _figures(manifest, look, order, place, api)),
        tables=_tables(manifest, maps, look, order, place, api) + _pinned_table(pinned),
        passages=_passages(pinned),
        sources=_sources(manifest, maps, look, place, api),
        missing=() if place else (request_of(manifest, look.layers),),
    )


def _address(manifest: Manifest, look: MapView) -> str:
    state = look.address()
    if look.layers == request_of_layers(manifest) and not look.is_whole:
        state["layers"] = None  # what the result itself opens on
    return urls.link("languages", model=manifest.provenance.model, result=manifest.key, **state)


def _lead(manifest: Manifest, maps: Maps, look: MapView) -> str:
    summary, lines = summary_of(manifest), request_of(manifest, None).lines
    text = (
        f"{len(summary.languages)} languages, {summary.n_lines} sentences each ({lines.corpus} from line "
        f"{lines.start}), read by {manifest.provenance.model}"
    )
    score = maps.scores.get(layers_text(look.layers))
    words = layers_words(look.layers).lower()
    return f"{text}; {words}: LRDS {score.lrds:.4f}, SADS {score.sads:.4f}." if score else f"{text}; {words}."


def _figures(
    manifest: Manifest, look: MapView, order: Sequence[str], place: Place | None, api: Client
) -> list[go.Figure]:
    figures = [curves(manifest, look.beside, look.layers, dark=False, api=api)]
    if place is None:
        return figures
    n_lines = summary_of(manifest).n_lines
    pairs = [pairs_figure(which, place, order, dark=False, api=api) for which in PAIRS]
    return [similarity_figure(place, order, n_lines, look, dark=False, api=api), *figures, *pairs]


def _tables(
    manifest: Manifest, maps: Maps, look: MapView, order: Sequence[str], place: Place | None, api: Client
) -> tuple[Table, ...]:
    tables = [stored_table(maps.whole, api, name="scores", title="LRDS and SADS by layer")]
    if look.beside:
        columns = ("Result", "Layer", "LRDS", "LRDS low", "LRDS high", "SADS", "SADS low", "SADS high")
        none = (None, None)
        rows: list[tuple[Cell, ...]] = [
            (
                one.name, "whole model" if score.layer is None else score.layer,
                score.lrds, *(score.lrds_interval or none), score.sads, *(score.sads_interval or none),
            )
            for one in scored(manifest, look.beside, api)
            for score in one.scores
        ]  # fmt: skip
        tables.append(Table("scores-beside", "LRDS and SADS of all results laid beside", columns, tuple(rows)))
    return (*tables, *([_pairs_table(place, order, look, api)] if place else []))


def _pairs_table(place: Place, order: Sequence[str], look: MapView, api: Client) -> Table:
    means = means_of(place, order, api)
    rows: list[tuple[Cell, ...]] = [
        (one, other, means["same"][i][j], means["different"][i][j])
        for i, one in enumerate(order)
        for j, other in enumerate(order[: i + 1])
    ]
    title = f"Mean similarity of pairs of languages, {layers_words(look.layers).lower()}"
    return Table("pairs", title, ("Language", "Other", "The same sentence", "Different sentences"), tuple(rows))


class _Sentence(NamedTuple):
    language: str
    line: int
    text: str


class _Pin(NamedTuple):
    """Two sentences that are kept beside the map."""

    ends: tuple[_Sentence, _Sentence]
    similarity: float


def _pinned(look: MapView, manifest: Manifest, order: Sequence[str], place: Place, api: Client) -> tuple[_Pin, ...]:
    lines, n_lines = request_of(manifest, None).lines, summary_of(manifest).n_lines
    found = []
    for pair in map(pinned_pair, look.pinned):
        ends = [(code, line) for code, line in pair or () if code in order and 0 <= line - lines.start < n_lines]
        if len(ends) != 2:
            continue
        row, column = (order.index(code) * n_lines + line - lines.start for code, line in ends)
        values, _ = api.tile(
            place[0], matrix=place[1], reducer=Reducer.SIMILARITY.value, order=order,
            row_start=row, row_stop=row + 1, column_start=column, column_stop=column + 1,
        )  # fmt: skip
        texts = [api.corpus_lines(lines.corpus, line, line + 1, (code,)).lines[code][0] for code, line in ends]
        a, b = (_Sentence(code, line, text) for (code, line), text in zip(ends, texts, strict=True))
        found.append(_Pin((a, b), float(values[0, 0])))
    return tuple(found)


def _pinned_table(pinned: Sequence[_Pin]) -> tuple[Table, ...]:
    if not pinned:
        return ()
    columns = ("Language", "Line", "Other", "Line of the other", "Similarity")
    rows = tuple((a.language, a.line, b.language, b.line, value) for (a, b), value in pinned)
    return (Table("pinned", "Pinned pairs of sentences", columns, rows),)


def _passages(pinned: Sequence[_Pin]) -> tuple[Passage, ...]:
    return tuple(
        Passage(
            f"pair-{number}-{side}",
            f"{name_of(code)}, line {line}, in a pair of similarity {value:.4f}",
            text,
            code,
        )
        for number, (ends, value) in enumerate(pinned, 1)
        for side, (code, line, text) in zip("ab", ends, strict=True)
    )


def _sources(manifest: Manifest, maps: Maps, look: MapView, place: Place | None, api: Client) -> tuple[Manifest, ...]:
    found = {manifest.key: manifest, maps.whole.key: maps.whole}
    for key in ((place[0],) if place else ()) + look.beside:
        found.setdefault(key, api.manifest(key))
    return tuple(found.values())
