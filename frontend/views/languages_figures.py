"""Figures of the Languages page, with the order of languages and the other results that they need. No Dash here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from backend.client import Client
from backend.contracts.requests import SimilarityRequest
from backend.contracts.results import LanguageMeans, Manifest, ResultRow
from backend.contracts.vocabulary import Reducer
from frontend.choices.fields import bos_words
from frontend.choices.languages_view import (
    ALL,
    CLUSTERED,
    FAMILY,
    FREE,
    Layers,
    MapView,
    by_family,
    layers_text,
    layers_words,
)
from frontend.figures.heatmap import MOST_PIXELS, HeatAxis, heatmap
from frontend.figures.layer_scores import ScoredModel, layer_scores, scores_by_depth
from frontend.figures.sentences import joined
from frontend.figures.similarity import language_pairs
from frontend.figures.telling import tell, told
from frontend.language_names import name_of
from frontend.views.languages_maps import Maps, maps_of, summary_of


def shown_order(order: str, manifest: Manifest, maps: Maps, api: Client) -> list[str]:
    """The languages as the map shows them. By likeness goes by the whole model, so that layers can be compared."""
    languages = summary_of(manifest).languages
    if order == FAMILY:
        return by_family(languages)
    if order == CLUSTERED:
        place = maps.places.get(ALL) or next(iter(maps.places.values()))
        return list(api.language_means(*place).clustered)
    return list(languages)


def similarity_figure(
    place: tuple[str, str], order: Sequence[str], n_lines: int, view: MapView, *, dark: bool, api: Client
) -> go.Figure:
    """The map as the canvas shows it: in its order, its window, its scale of colours."""
    rows, columns = view.rows or (0, None), view.columns or (0, None)
    values, header = api.tile(
        place[0], matrix=place[1], reducer=Reducer.SIMILARITY.value, order=order,
        row_start=rows[0], row_stop=rows[1], column_start=columns[0], column_stop=columns[1],
        max_rows=MOST_PIXELS, max_columns=MOST_PIXELS,
    )  # fmt: skip
    groups = tuple((i * n_lines, (i + 1) * n_lines, name_of(code)) for i, code in enumerate(order))
    axis = HeatAxis("sentences by language", groups)
    title = f"Similarity of {len(order)} × {n_lines} sentences, {layers_words(view.layers).lower()}"
    limits = (float(values.min()), float(values.max())) if view.scale == FREE else (0.0, 1.0)
    figure = heatmap(
        values, header, reducer=Reducer.SIMILARITY, rows=axis, columns=axis, name="similarity", title=title,
        limits=limits, dark=dark,
    )  # fmt: skip
    named = f"Similarity map of {joined([name_of(code) for code in order])}, {layers_words(view.layers).lower()}"
    described = told(figure).description.replace(f"Heatmap of {title}", named)
    return tell(figure, name="similarity", title=title, description=described)


def curves(manifest: Manifest, beside: Sequence[str], layers: Layers, *, dark: bool, api: Client) -> go.Figure:
    """The curves of this result, alone by layer or with others by relative depth."""
    if not beside:
        return layer_scores(summary_of(maps_of(manifest, api).whole).scores, dark=dark, layers=layers)
    return scores_by_depth(scored(manifest, beside, api), dark=dark)


def means_of(place: tuple[str, str], order: Sequence[str], api: Client) -> dict[str, list[list[float]]]:
    """Means by pair of languages in the order shown: of the `same` sentence, of `different` ones."""
    means: LanguageMeans = api.language_means(*place)
    places = [means.languages.index(language) for language in order]
    both: dict[str, Any] = {"same": means.same_meaning, "different": means.different_meaning}
    return {name: [[values[row][column] for column in places] for row in places] for name, values in both.items()}


def pairs_figure(which: str, place: tuple[str, str], order: Sequence[str], *, dark: bool, api: Client) -> go.Figure:
    """Means by pair of languages of the map shown, in its order."""
    return language_pairs(means_of(place, order, api)[which], order, dark=dark, which=which)


def others_of(manifest: Manifest, api: Client) -> list[ResultRow]:
    """Whole results that can be laid beside this one, of any model."""
    rows = api.results(kind="similarity")
    return [row for row in rows if row.key != manifest.key and getattr(row.request, "layers", None) is None]


def scored(manifest: Manifest, beside: Sequence[str], api: Client) -> list[ScoredModel]:
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


def result_name(row: ResultRow) -> str:
    """What tells results of several models apart."""
    assert isinstance(row.request, SimilarityRequest)
    request = row.request
    text = f"{row.model} · {len(request.languages)} languages · lines {request.lines.start} to {request.lines.stop}"
    return text + bos_words(request.bos)


def within(view: MapView, maps: Maps, asked: Layers) -> MapView:
    """The view of a result that was `asked` for some layers; layers that the model does not have are the whole."""
    layers = None if view.is_whole else view.layers or asked
    is_inside = layers is None or layers[1] < maps.n_layers
    return view._replace(layers=layers if is_inside else None, is_whole=view.is_whole and asked is not None)


def place_of(view: MapView, maps: Maps) -> tuple[str, str] | None:
    """Where the map of the layers in view is stored."""
    return maps.places.get(layers_text(view.layers))
