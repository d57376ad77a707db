"""Continue prompts with the unchanged model (paper A, Figure 4, the base column)."""

from __future__ import annotations

from pathlib import Path

from backend.contracts.jobs import Ticket
from backend.contracts.requests import GenerationRequest
from backend.contracts.results import GenerationSummary
from backend.contracts.vocabulary import Phase, Sampling
from workers.context import Context, Outcome
from workers.handlers.continuations import continuations, generation_rules


def handle(ticket: Ticket, context: Context, folder: Path) -> Outcome:
    """One text per prompt, its tokens told while they come. Writes no file."""
    del folder
    request = ticket.request
    assert isinstance(request, GenerationRequest)
    context.progress.phase(Phase.LOADING_MODEL)
    loaded = context.host.load(request.model, request.dtype)
    context.progress.phase(Phase.RUNNING)
    texts = continuations(loaded, request.prompts, request.settings, side="base", progress=context.progress)
    return Outcome(
        summary=GenerationSummary(base=texts),
        model=request.model,
        seed=request.settings.seed if request.settings.sampling is Sampling.SAMPLED else None,
        rules=generation_rules(loaded, request.settings),
        device=loaded.device,
        dtype=loaded.dtype,
    )
