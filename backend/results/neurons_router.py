"""Neurons of a stored `key_neurons` result."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from backend.contracts.base import Key, Language
from backend.contracts.results import NeuronCard, NeuronList
from backend.dependencies import CorporaOf, ModelsOf, StoreOf
from backend.openapi import Responses, problems
from backend.results.neurons import NeuronViews

router = APIRouter()
KeyPath = Annotated[Key, Path(description="Key of a `key_neurons` result.")]
Index = Annotated[int, Query(ge=0, le=2**31)]
_JSON: Responses = {200: {"description": "Indices by layer.", "content": {"application/json": {}}}}


@router.get("/results/{key}/neurons", responses=problems(404, 409))
def list_neurons(
    key: KeyPath,
    language: Language,
    store: StoreOf,
    models: ModelsOf,
    corpora: CorporaOf,
    layer: Index | None = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 100,
) -> NeuronList:
    """Key neurons of one language, the largest z first."""
    return NeuronViews(store, models, corpora).listed(key, language, layer=layer, limit=limit)


@router.get("/results/{key}/neuron", responses=problems(404, 409))
def read_neuron(
    key: KeyPath,
    layer: Index,
    index: Index,
    store: StoreOf,
    models: ModelsOf,
    corpora: CorporaOf,
    n_sentences: Annotated[int, Query(ge=0, le=100)] = 8,
) -> NeuronCard:
    """One neuron: z in every language, the sentences that drive it, its weights, the regions it lies in."""
    return NeuronViews(store, models, corpora).card(key, layer, index, n_sentences=n_sentences)


@router.get("/results/{key}/neurons.json", response_class=Response, responses={**_JSON, **problems(404, 409)})
def download_mask(
    key: KeyPath,
    store: StoreOf,
    models: ModelsOf,
    corpora: CorporaOf,
    language: Annotated[tuple[Language, ...], Query(min_length=1, max_length=100)],
) -> Response:
    """The key neurons of one language, `{"LAYER": [index, ...]}`; an import_region request reads it back.

    Several languages: the neurons that just these share.
    """
    views = NeuronViews(store, models, corpora)
    text = views.mask(key, language[0]) if len(language) == 1 else views.shared_mask(key, language)
    disposition = {"Content-Disposition": f'inline; filename="{key}-{"-".join(language)}.json"'}
    return Response(text, media_type="application/json", headers=disposition)
