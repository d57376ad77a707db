"""Mean neuron activations of every sentence of one language (paper B, Eq. 5): read once, used by all of paper B."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

from safetensors.torch import save_file

from backend.contracts.jobs import Ticket
from backend.contracts.requests import ActivationsRequest
from backend.contracts.results import ActivationsSummary
from backend.contracts.vocabulary import Phase
from workers.analysis.activations import sentence_activations
from workers.analysis.batches import context_length, encode
from workers.context import Context, Outcome
from workers.handlers.neurons_read import ACTIVATIONS_FILE
from workers.handlers.texts import begins_with_bos, bos_rule, corpus_texts


def handle(ticket: Ticket, context: Context, folder: Path) -> Outcome:
    """Writes `activations.safetensors`: `layer.{i}`, float32 [sentences, neurons], not normalised."""
    request = ticket.request
    assert isinstance(request, ActivationsRequest)
    spec, language = request.activations, request.language
    texts = corpus_texts(context.corpora, spec.lines, (language,))[language]
    context.progress.phase(Phase.LOADING_MODEL)
    loaded = context.host.load(spec.model, spec.dtype)
    context.progress.phase(Phase.RUNNING)
    limit = context_length(loaded.model)
    bos = begins_with_bos(loaded, spec.bos)
    whole = [encode(loaded.tokenizer, text, bos=bos, eos=False) for text in texts]
    samples = [sample[:limit] for sample in whole]
    n_cut = sum(len(sample) < len(one) for sample, one in zip(samples, whole, strict=True))
    since = time.monotonic()
    activations_SLN = sentence_activations(
        loaded.model,
        loaded.family.down_projections(loaded.model),
        samples,
        track=partial(context.progress.track, note=language),
    )
    seconds = time.monotonic() - since
    context.progress.phase(Phase.WRITING)
    n_lines, n_layers, n_neurons = activations_SLN.shape
    layers = {f"layer.{layer}": activations_SLN[:, layer].contiguous() for layer in range(n_layers)}
    save_file(layers, folder / ACTIVATIONS_FILE)
    return Outcome(
        summary=ActivationsSummary(
            n_lines=n_lines,
            n_layers=n_layers,
            n_neurons=n_neurons,
            n_tokens=sum(map(len, samples)),
            seconds=seconds,
            n_cut=n_cut,
        ),
        model=spec.model,
        seed=None,
        rules={
            "bos": bos_rule(loaded, spec.bos),
            "neurons": "inputs of the down projection, mean over the tokens of a sentence",
            "cut": f"{n_cut} of {n_lines} sentences, at the context of {limit} tokens" if n_cut else "none",
        },
        device=loaded.device,
        dtype=loaded.dtype,
    )
