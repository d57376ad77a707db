"""Pairs of languages of several models: which maps are meant, of the whole models or at one depth. No Dash here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from backend.client import Client
from backend.contracts.problems import KnownError
from backend.contracts.results import LanguageMeans, ResultRow, SimilaritySummary
from frontend.choices.compare import letter
from frontend.figures.compare_pairs import MEASURES, Pairs, pairs
from frontend.results.compare import Compared
from frontend.views.base import Cell, Table

WHOLE = "whole"


class PairsShown(NamedTuple):
    """What the choice means, complete."""

    measure: str
    layer: int | None
    """Of A; None is the whole model."""
    layers: list[int]
    """Of A, whose maps are stored."""
    languages: tuple[str, ...]
    models: list[Pairs]


def pairs_shown(
    view: Compared, found: Sequence[ResultRow | None], maps: Sequence[SimilaritySummary | None], api: Client
) -> PairsShown | None:
    """The maps of every model; None until one of them has a map."""
    first = maps[0] or next((one for one in maps if one), None)
    if first is None:
        return None
    measure = view.choice.pairs if view.choice.pairs in MEASURES else "same"
    layers = layers_of(first)
    layer = view.choice.layer if view.choice.layer in layers else None
    drawn = []
    for place, (name, row, summary) in enumerate(zip(view.choice.models, found, maps, strict=True)):
        matrix, told = _matrix(summary, first, layer)
        drawn.append(pairs(f"{letter(place)} · {name}{told}", _means(row, matrix, api), measure, first.languages))
    return PairsShown(measure, layer, layers, first.languages, drawn)


def pairs_table(shown: PairsShown) -> Table:
    """Every pair in every model, and its difference from A."""
    letters = [model.name[:1] for model in shown.models]
    columns = ("Language", "Other", *letters, *(f"{one} − A" for one in letters[1:]))
    rows: list[tuple[Cell, ...]] = []
    for i, one in enumerate(shown.languages):
        for j, other in enumerate(shown.languages[: i + 1]):
            values = [model.values[i][j] if model.values else None for model in shown.models]
            base = values[0]
            rows.append((one, other, *values, *(None if base is None or v is None else v - base for v in values[1:])))
    return Table("pairs", f"Pairs of languages: {MEASURES[shown.measure]}", columns, tuple(rows))


def layers_of(summary: SimilaritySummary) -> list[int]:
    """Layers whose maps are stored."""
    return [int(name.removeprefix("layer.")) for name in summary.maps if name.startswith("layer.")]


def at_depth(layer: int, n_layers: int, n_there: int) -> int:
    """The layer of another model that lies at the same relative depth."""
    return round(layer / (n_layers - 1) * (n_there - 1)) if n_layers > 1 else 0


def _matrix(summary: SimilaritySummary | None, first: SimilaritySummary, layer: int | None) -> tuple[str, str]:
    """Which map of a model is meant, and how that is told."""
    if layer is None or summary is None:
        return WHOLE, ""
    n_there = _n_layers(summary)
    there = at_depth(layer, _n_layers(first), n_there)
    return f"layer.{there}", f" · layer {there} of {n_there}"


def _n_layers(summary: SimilaritySummary) -> int:
    return 1 + max((score.layer for score in summary.scores if score.layer is not None), default=0)


def _means(row: ResultRow | None, matrix: str, api: Client) -> LanguageMeans | None:
    try:
        return api.language_means(row.key, matrix=matrix) if row else None
    except KnownError:
        return None  # a map that was not kept: the figure says that it is not there
