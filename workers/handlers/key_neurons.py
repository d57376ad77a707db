"""Key neurons of every language (paper B, Eq. 10-14), from stored activations. Loads no model."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path

from safetensors.torch import save_file
from torch import Tensor

from backend.contracts.jobs import Ticket
from backend.contracts.requests import KeyNeuronsRequest
from backend.contracts.results import KeyNeuronsSummary, NeuronGroup
from backend.contracts.vocabulary import Phase
from workers.analysis.key_neurons import KeyNeurons, key_neurons, overlap
from workers.analysis.neuron_chance import p_values
from workers.context import Context, Outcome
from workers.handlers.neurons_read import NEURONS_FILE, stored_activations

MOST_GROUPS = 100


def handle(ticket: Ticket, context: Context, folder: Path) -> Outcome:
    """Writes `neurons.safetensors`: `z`, and by neuron the best split of the languages."""
    request = ticket.request
    assert isinstance(request, KeyNeuronsRequest)
    context.progress.phase(Phase.RUNNING)
    stored = stored_activations(ticket, context, request.languages)
    found = key_neurons(
        stored.layer,
        stored.n_layers,
        threshold=request.threshold,
        separation=request.separation,
        n_permutations=request.n_permutations,
        n_splits=request.n_splits,
        seed=request.seed,
        track=partial(context.progress.track, note="scoring neurons"),
    )
    context.progress.phase(Phase.WRITING)
    arrays = {"z": found.z.contiguous(), "explained": found.explained, "group_size": found.group_size}
    save_file(arrays, folder / NEURONS_FILE)
    entry = context.models.ready(request.activations.model)
    return Outcome(
        summary=_summary(request, found, stored.n_neurons),
        model=entry.name,
        seed=request.seed if request.n_permutations else None,
        rules={
            "key": f"z over languages above {request.threshold:g}, population standard deviation",
            "null": f"{request.n_permutations} shuffles of the languages of each sentence's translations",
            "groups": f"the best split explains {request.separation:g} of the variance over languages or more",
            "halves": f"{request.n_splits} random halves of the sentences",
        },
        device="cpu",
        dtype="float32",
    )


def _summary(request: KeyNeuronsRequest, found: KeyNeurons, n_neurons: int) -> KeyNeuronsSummary:
    is_key_GLN = found.z > request.threshold
    counts_G = is_key_GLN.sum((1, 2)).float()
    shared_GG, jaccard_GG = overlap(is_key_GLN.flatten(1))
    known, unknown = len(found.null) > 0, (None,) * len(request.languages)
    p_more, p_fewer = map(_known, p_values(found.null, counts_G)) if known else (unknown, unknown)
    return KeyNeuronsSummary(
        languages=request.languages,
        n_layers=found.z.shape[1],
        n_neurons=n_neurons,
        counts=_rows(is_key_GLN.sum(-1)),
        null_mean=tuple(found.null.mean(0).tolist()) if known else unknown,
        null_high=tuple(found.null.amax(0).tolist()) if known else unknown,
        sklr=int(is_key_GLN.sum()),
        sklr_null=float(found.null.sum(1).mean()) if known else None,
        shared=_rows(shared_GG),
        jaccard=tuple(map(_known, jaccard_GG)),
        p_more=p_more,
        p_fewer=p_fewer,
        half_overlap=_known(found.half_overlap),
        half_chance=_known(found.half_chance),
        n_split=int((found.explained >= request.separation).sum()),
        n_split_null=float(found.null_split.mean()) if known else None,
        groups=tuple(
            NeuronGroup(
                languages=tuple(request.languages[place] for place in group.languages),
                n_neurons=group.n_neurons,
                null_mean=group.null_mean,
                null_high=group.null_high,
                p=group.p,
            )
            for group in found.groups[:MOST_GROUPS]
        ),
    )


def _known(values: Tensor) -> tuple[float | None, ...]:
    return tuple(None if math.isnan(value) else value for value in values.tolist())


def _rows(counts: Tensor) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(row) for row in counts.tolist())
