"""The maps and scores there are of one question: of the whole model, of single layers, of ranges of layers.

A range, and a layer of a large map, is a result of its own: the same request with `layers`. Here they meet.
"""

from __future__ import annotations

from typing import NamedTuple

from backend.client import Client
from backend.contracts.requests import LayerRange, SimilarityRequest
from backend.contracts.results import LayerScore, Manifest, SimilaritySummary
from frontend.choices.languages_view import Layers, layers_text


class Maps(NamedTuple):
    """By `layers_text`: `all`, `3`, `3-9`."""

    whole: Manifest
    """The result of all layers; where there is none, the one that was opened."""
    n_layers: int
    places: dict[str, tuple[str, str]]
    """(key of the result, name of the map in it)."""
    scores: dict[str, LayerScore]


def maps_of(manifest: Manifest, api: Client) -> Maps:
    """Everything that is stored of the question of `manifest`, on the same weights."""
    question = request_of(manifest, None)
    rows = api.results(kind="similarity", model=question.model)
    others = [row.key for row in rows if row.key != manifest.key and _asks(row.request, question)]
    related = [manifest, *(other for key in others if _same_weights(other := api.manifest(key), manifest))]
    # The scores of single layers are the same in each; the whole model's result tells them all.
    related.sort(key=lambda one: request_of_layers(one) is not None)
    places: dict[str, tuple[str, str]] = {}
    scores: dict[str, LayerScore] = {}
    for one in related:
        layers, summary = request_of_layers(one), summary_of(one)
        scores = {layers_text(_single(score, layers)): score for score in summary.scores} | scores
        places = {layers_text(_layers_of(name, layers)): (one.key, name) for name in _names(summary)} | places
    return Maps(related[0], _n_layers(related[0], api), places, scores)


def request_of(manifest: Manifest, layers: Layers) -> SimilarityRequest:
    """The question of a result about other layers."""
    assert isinstance(manifest.request, SimilarityRequest)
    span = None if layers is None else LayerRange(first=layers[0], last=layers[1])
    return manifest.request.model_copy(update={"layers": span})


def request_of_layers(manifest: Manifest) -> Layers:
    """The layers a result was restricted to."""
    assert isinstance(manifest.request, SimilarityRequest)
    span = manifest.request.layers
    return None if span is None else (span.first, span.last)


def summary_of(manifest: Manifest) -> SimilaritySummary:
    """Of a similarity result."""
    assert isinstance(manifest.summary, SimilaritySummary)
    return manifest.summary


def _asks(request: object, question: SimilarityRequest) -> bool:
    return isinstance(request, SimilarityRequest) and request.model_copy(update={"layers": None}) == question


def _same_weights(one: Manifest, other: Manifest) -> bool:
    return one.provenance.weights_hash == other.provenance.weights_hash


def _single(score: LayerScore, joined: Layers) -> Layers:
    return joined if score.layer is None else (score.layer, score.layer)


def _layers_of(name: str, joined: Layers) -> Layers:
    if name == "whole":
        return joined
    layer = int(name.removeprefix("layer."))
    return layer, layer


def _names(summary: SimilaritySummary) -> tuple[str, ...]:
    """Results of earlier versions stored the map of every layer and said nothing."""
    return summary.maps or tuple("whole" if one.layer is None else f"layer.{one.layer}" for one in summary.scores)


def _n_layers(manifest: Manifest, api: Client) -> int:
    told = 1 + max((score.layer for score in summary_of(manifest).scores if score.layer is not None), default=0)
    if request_of_layers(manifest) is None:
        return told
    return next((model.n_layers for model in api.models() if model.name == manifest.provenance.model), told)
