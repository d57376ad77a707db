"""Key neurons of every language (paper B, Eq. 10-14), from stored activations. Loads no model."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path

from safetensors.torch import save_file
from torch import Tensor

from backend.contracts.jobs import Ticket
from backend.contracts.requests import KeyNeuronsRequest
from backend.contracts.results import KeyNeuronsSummary
from backend.contracts.vocabulary import Phase
from workers.analysis.key_neurons import key_neurons, overlap
from workers.context import Context, Outcome
from workers.handlers.neurons_read import NEURONS_FILE, stored_activations


def handle(ticket: Ticket, context: Context, folder: Path) -> Outcome:
    """Writes `neurons.safetensors`: `z`, float32 [languages, layers, neurons of a layer]."""
    request = ticket.request
    assert isinstance(request, KeyNeuronsRequest)
    context.progress.phase(Phase.RUNNING)
    stored = stored_activations(ticket, context, request.languages)
    found = key_neurons(
        stored.layer,
        stored.n_layers,
        threshold=request.threshold,
        n_permutations=request.n_permutations,
        seed=request.seed,
        track=partial(context.progress.track, note="scoring neurons"),
    )
    context.progress.phase(Phase.WRITING)
    save_file({"z": found.z.contiguous()}, folder / NEURONS_FILE)
    is_key_GLN = found.z > request.threshold
    shared_GG, jaccard_GG = overlap(is_key_GLN.flatten(1))
    null_known = len(found.null) > 0
    entry = context.models.ready(request.activations.model)
    return Outcome(
        summary=KeyNeuronsSummary(
            languages=request.languages,
            n_layers=stored.n_layers,
            n_neurons=stored.n_neurons,
            counts=_rows(is_key_GLN.sum(-1)),
            null_mean=tuple(found.null.mean(0).tolist()) if null_known else (None,) * len(request.languages),
            null_high=tuple(found.null.amax(0).tolist()) if null_known else (None,) * len(request.languages),
            sklr=int(is_key_GLN.sum()),
            sklr_null=float(found.null.sum(1).mean()) if null_known else None,
            shared=_rows(shared_GG),
            jaccard=tuple(tuple(None if math.isnan(value) else value for value in row) for row in jaccard_GG.tolist()),
        ),
        model=entry.name,
        seed=request.seed if request.n_permutations else None,
        rules={
            "key": f"z over languages above {request.threshold:g}, population standard deviation",
            "null": f"{request.n_permutations} shuffles of the languages of each sentence's translations",
        },
        device="cpu",
        dtype="float32",
    )


def _rows(counts: Tensor) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(row) for row in counts.tolist())
