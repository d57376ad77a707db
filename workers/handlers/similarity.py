"""Similarity map, LRDS and SADS of parallel text (paper B, Eq. 5-9), from stored activations. Loads no model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from backend.artifacts.repetition import repeats
from backend.contracts.jobs import Ticket
from backend.contracts.problems import KnownError
from backend.contracts.requests import SimilarityRequest
from backend.contracts.results import LayerScore, SimilaritySummary
from backend.contracts.vocabulary import Phase
from workers.analysis.development import Scores, pairs_of_map, scores, sentence_pairs
from workers.analysis.development_intervals import Drawn, draw, ends, scores_of_map, scores_of_vectors
from workers.analysis.errors import AnalysisError
from workers.context import Context, Outcome
from workers.handlers.neurons_read import StoredActivations, stored_activations
from workers.handlers.texts import corpus_documents, corpus_texts

SMALL_MAP = 2000
"""Rows up to which the map of every layer is stored; a larger one is asked for layer by layer (`layers`)."""
BOOTSTRAP_SEED = 0


def handle(ticket: Ticket, context: Context, folder: Path) -> Outcome:
    """Writes `similarity.safetensors`: `whole` and, of a small map, `layer.{i}`; float32 [N, N]."""
    request = ticket.request
    assert isinstance(request, SimilarityRequest)
    context.progress.phase(Phase.RUNNING)
    stored = stored_activations(ticket, context, request.languages)
    layers = _layers(request, stored)
    n_samples = len(request.languages) * stored.n_lines
    units, resampled = _units(request, stored.n_lines, context)
    drawn = draw(units, len(request.languages), n_resamples=request.n_bootstrap, seed=BOOTSTRAP_SEED)
    maps, found, gram_SS = {}, [], torch.zeros(n_samples, n_samples)
    # The map of several layers joined is the sum of their products, divided by the norms at the end (Eq. 6, 7).
    for layer in context.progress.track(layers, len(layers), "layers", "comparing sentences"):
        vectors_SN = _finite(stored.layer(layer).flatten(0, 1), layer)
        gram_SS.addmm_(vectors_SN, vectors_SN.T)
        norms_S1 = vectors_SN.norm(dim=1, keepdim=True)
        unit_SN = vectors_SN / norms_S1.clamp_min(torch.finfo(torch.float32).tiny)
        found.append(_score(layer, unit_SN, drawn))
        if n_samples <= SMALL_MAP:
            maps[f"layer.{layer}"] = (unit_SN @ unit_SN.T).clamp_(-1, 1)
    whole_SS = _normalised(gram_SS)
    maps["whole"] = whole_SS
    whole = _whole_score(whole_SS, drawn)
    context.progress.phase(Phase.WRITING)
    save_file({name: map_SS.contiguous() for name, map_SS in maps.items()}, folder / "similarity.safetensors")
    entry = context.models.ready(request.model)
    return Outcome(
        summary=SimilaritySummary(
            languages=request.languages,
            n_lines=stored.n_lines,
            scores=(whole, *found),
            resampled=resampled if request.n_bootstrap else "",
            maps=("whole", *(name for name in maps if name != "whole")),
        ),
        model=entry.name,
        seed=BOOTSTRAP_SEED if request.n_bootstrap else None,
        rules={
            "bos": context.store.manifest(ticket.inputs[request.languages[0]]).provenance.rules["bos"],
            "neurons": "inputs of the down projection, mean over the tokens of a sentence, layers joined",
            "intervals": f"95 % percentile bootstrap over {resampled}, {request.n_bootstrap} resamples; one of a "
            "single language or sentence is left out",
            **_doubtful(request, stored, context),
        },
        device="cpu",
        dtype="float32",
    )


def _doubtful(request: SimilarityRequest, stored: StoredActivations, context: Context) -> dict[str, str]:
    """What is compared all the same, and better known: repeated sentences by line, how many were cut."""
    texts = corpus_texts(context.corpora, request.lines, request.languages)
    start = request.lines.start
    twice = {
        language: ", ".join(f"{start + first} and {start + again}" for first, again in repeats(texts[language]))
        for language in request.languages
    }
    told = {
        "repeated": "; ".join(f"{language}: lines {lines}" for language, lines in twice.items() if lines),
        "cut": ", ".join(f"{language}: {n_cut}" for language, n_cut in stored.n_cut.items()),
    }
    return {name: words for name, words in told.items() if words}


def _layers(request: SimilarityRequest, stored: StoredActivations) -> Sequence[int]:
    if request.layers is None:
        return range(stored.n_layers)
    if request.layers.last >= stored.n_layers:
        raise KnownError(
            "layer_out_of_range",
            f"layers {request.layers.first} to {request.layers.last} are not all in {request.model}",
            hint=f"It has layers 0 to {stored.n_layers - 1}.",
            field="layers",
        )
    return range(request.layers.first, request.layers.last + 1)


def _normalised(gram_SS: Tensor) -> Tensor:
    norms_S = gram_SS.diagonal().sqrt().clamp_min(torch.finfo(torch.float32).tiny)
    return gram_SS.div_(norms_S[:, None]).div_(norms_S[None]).clamp_(-1, 1)


def _units(request: SimilarityRequest, n_lines: int, context: Context) -> tuple[list[str], str]:
    """The document of each line, the same in all languages since lines are parallel; else each line is its own."""
    documents = corpus_documents(context.corpora, request.lines, request.languages)
    if documents is None:
        return [str(place) for place in range(n_lines)], "sentences and languages"
    return list(documents[request.languages[0]]), "documents and languages"


def _score(layer: int | None, unit_SN: Tensor, drawn: Drawn) -> LayerScore:
    unit_GKN = unit_SN.unflatten(0, (drawn.languages.shape[1], -1))
    return _with_interval(layer, scores(sentence_pairs(unit_GKN)), scores_of_vectors(unit_GKN, drawn))


def _whole_score(whole_SS: Tensor, drawn: Drawn) -> LayerScore:
    found = scores(pairs_of_map(whole_SS, drawn.languages.shape[1]))
    return _with_interval(None, found, scores_of_map(whole_SS, drawn))


def _with_interval(layer: int | None, found: Scores, resampled: Scores) -> LayerScore:
    interval = ends(resampled)
    if interval is None:
        return LayerScore(layer=layer, lrds=float(found.lrds), sads=float(found.sads))
    low, high = interval
    return LayerScore(
        layer=layer,
        lrds=float(found.lrds),
        sads=float(found.sads),
        lrds_interval=(float(low.lrds), float(high.lrds)),
        sads_interval=(float(low.sads), float(high.sads)),
    )


def _finite(vectors_SN: Tensor, layer: int) -> Tensor:
    if not bool(torch.isfinite(vectors_SN).all()):
        raise AnalysisError(
            "not_finite",
            f"an activation of layer {layer} is NaN or infinite",
            hint="Open the model in float32 or check its weights.",
        )
    return vectors_SN
