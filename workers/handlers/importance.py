"""Importance of every parameter on one language (paper A, Eq. 4)."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

from safetensors.torch import save_file

from backend.contracts.jobs import Ticket
from backend.contracts.requests import ImportanceRequest
from backend.contracts.results import ImportanceSummary
from backend.contracts.vocabulary import Phase
from workers.analysis.importance import score
from workers.context import Context, Outcome
from workers.handlers.scores import SCORES_FILE, scored_views
from workers.handlers.texts import bos_rule, corpus_texts, scoring_samples


def handle(ticket: Ticket, context: Context, folder: Path) -> Outcome:
    """Writes `scores.safetensors`: float32 by matrix name, canonical shapes."""
    request = ticket.request
    assert isinstance(request, ImportanceRequest)
    spec, language = request.scores, request.language
    texts = corpus_texts(context.corpora, spec.lines, (language,))[language]
    context.progress.phase(Phase.LOADING_MODEL)
    loaded = context.host.load(spec.model, spec.dtype)
    context.progress.phase(Phase.RUNNING)
    since = time.monotonic()
    found = score(
        loaded.model,
        scored_views(loaded.views, outside_layers=spec.outside_layers),
        scoring_samples(loaded, texts, max_tokens=spec.max_tokens),
        mode=spec.mode.value,
        track=partial(context.progress.track, note=language),
    )
    seconds = time.monotonic() - since
    context.progress.phase(Phase.WRITING)
    save_file(found.scores, folder / SCORES_FILE)
    return Outcome(
        summary=ImportanceSummary(
            n_samples=found.n_samples, n_tokens=found.n_tokens, mean_loss=found.mean_loss, seconds=seconds
        ),
        model=spec.model,
        seed=None,
        rules={
            "bos": bos_rule(loaded),
            "sample": f"BOS + text + EOS, cut at {spec.max_tokens} tokens and the context, padding out of the loss",
            "batch_weight": "each batch counts by its mean-token loss; batches are bucketed by length, 1024 tokens",
        },
        device=loaded.device,
        dtype=loaded.dtype,
    )
