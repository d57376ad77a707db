"""Perplexity of some languages under one change of the weights: one column of a table (Tables 1, 3, 5, 7 to 16)."""

from __future__ import annotations

from pathlib import Path

from backend.contracts.jobs import Ticket
from backend.contracts.regions import CombinedRegionRequest, RegionQuestion, RegionRequest, leaves
from backend.contracts.requests import PerplexityRequest, region_of
from backend.contracts.results import PerplexitySummary
from backend.contracts.vocabulary import Phase
from workers.context import Context, Outcome
from workers.families import n_parameters
from workers.handlers import perplexities
from workers.handlers.changes import changed, seed_of, words_of
from workers.handlers.intervals import interval_rule, resampled_of, write_samples
from workers.handlers.scores import scored_views
from workers.handlers.texts import corpus_documents, corpus_texts, text_rules


def handle(ticket: Ticket, context: Context, folder: Path) -> Outcome:
    """Rows in the order of the request's languages; the weights are as before afterwards. Writes `samples.json`."""
    request = ticket.request
    assert isinstance(request, PerplexityRequest)
    spec = request.evaluation
    texts = corpus_texts(context.corpora, spec.lines, spec.languages)
    context.progress.phase(Phase.LOADING_MODEL)
    loaded = context.host.load(request.model, request.dtype)
    context.progress.phase(Phase.RUNNING)
    documents = corpus_documents(context.corpora, spec.lines, spec.languages)
    is_parallel = context.corpora.named(spec.lines.corpus).is_parallel
    evaluations = perplexities.evaluations(loaded, texts, spec, documents, is_parallel=is_parallel)
    with changed(loaded, request.change, ticket, context) as done:
        condition = words_of(request.change)
        measured = perplexities.measured_rows(loaded, evaluations, condition=condition, progress=context.progress)
    write_samples(folder, measured, resampled_of(evaluations))
    region = region_of(request.change) if request.change else None
    views = scored_views(loaded.views, outside_layers=_reaches_outside(region))
    return Outcome(
        summary=PerplexitySummary(
            rows=tuple(one.row for one in measured),
            n_changed=done.n_changed,
            n_total=n_parameters(views),
            note=done.note,
            dimensions=done.dimensions,
        ),
        model=request.model,
        seed=seed_of(request.change),
        rules=text_rules(loaded, spec)
        | interval_rule(resampled_of(evaluations))
        | ({"change": done.note} if done.note else {}),
        device=loaded.device,
        dtype=loaded.dtype,
    )


def _reaches_outside(region: RegionQuestion | None) -> bool:
    """Whether the region may hold embeddings, the final norm and the head."""
    match region:
        case RegionRequest():
            return region.region.scores.outside_layers
        case CombinedRegionRequest():
            return any(_reaches_outside(leaf) for leaf in leaves(region.expression))
    return False
