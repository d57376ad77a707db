"""Similarity map, LRDS and SADS of parallel text (paper B, Eq. 5-9), whole and per layer."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from safetensors.torch import save_file
from torch import Tensor

from backend.contracts.jobs import Ticket
from backend.contracts.requests import SimilarityRequest
from backend.contracts.results import LayerScore, SimilaritySummary
from backend.contracts.vocabulary import Phase
from workers.analysis.activations import sentence_activations
from workers.analysis.batches import context_length, encode
from workers.analysis.similarity import lrds, sads, similarity_map
from workers.context import Context, Outcome
from workers.handlers.texts import bos_rule, corpus_texts


def handle(ticket: Ticket, context: Context, folder: Path) -> Outcome:
    """Writes `similarity.safetensors`: `whole` and `layer.{i}`, float32 [N, N], language by language."""
    request = ticket.request
    assert isinstance(request, SimilarityRequest)
    texts = corpus_texts(context.corpora, request.lines, request.languages)
    context.progress.phase(Phase.LOADING_MODEL)
    loaded = context.host.load(request.model, request.dtype)
    context.progress.phase(Phase.RUNNING)
    limit = context_length(loaded.model)
    samples = [
        encode(loaded.tokenizer, text, bos=request.add_bos, eos=False, max_tokens=limit)
        for language in request.languages
        for text in texts[language]
    ]
    activations_SLN = sentence_activations(
        loaded.model,
        loaded.family.down_projections(loaded.model),
        samples,
        track=partial(context.progress.track, note="reading neurons"),
    )
    n_languages = len(request.languages)
    maps, scores = {"whole": similarity_map(activations_SLN)}, []
    layers = range(activations_SLN.shape[1])
    for layer in context.progress.track(layers, len(layers), "layers", "comparing sentences"):
        maps[f"layer.{layer}"] = similarity_map(activations_SLN, [layer])
    for name, similarity_SS in maps.items():
        scores.append(_scores(name, similarity_SS, n_languages))
    context.progress.phase(Phase.WRITING)
    save_file(
        {name: similarity_SS.contiguous() for name, similarity_SS in maps.items()}, folder / "similarity.safetensors"
    )
    return Outcome(
        summary=SimilaritySummary(
            languages=request.languages, n_lines=len(samples) // n_languages, scores=tuple(scores)
        ),
        model=request.model,
        seed=None,
        rules={
            "bos": bos_rule(loaded) if request.add_bos else "none",
            "neurons": "inputs of the down projection, mean over the tokens of a sentence, layers joined",
        },
        device=loaded.device,
        dtype=loaded.dtype,
    )


def _scores(name: str, similarity_SS: Tensor, n_languages: int) -> LayerScore:
    layer = None if name == "whole" else int(name.removeprefix("layer."))
    return LayerScore(layer=layer, lrds=lrds(similarity_SS, n_languages), sads=sads(similarity_SS, n_languages))
