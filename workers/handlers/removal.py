"""The removal table (paper A, Tables 1, 14-16): perplexity without the top, bottom and random regions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from backend.contracts.jobs import Ticket
from backend.contracts.requests import RemovalRequest
from backend.contracts.results import Condition, RemovalSummary
from backend.contracts.vocabulary import Phase, Selection
from workers.analysis.removal import removed
from workers.context import Context, Outcome
from workers.families import n_parameters
from workers.handlers import perplexities
from workers.handlers.region import region_rules, selected
from workers.handlers.scores import scored_views, summed_scores
from workers.handlers.texts import corpus_texts, evaluation, text_rules
from workers.progress import shield


def handle(ticket: Ticket, context: Context, folder: Path) -> Outcome:
    """Base, top, bottom, random 1 to n; the weights are as before after each. Writes no file."""
    del folder
    request = ticket.request
    assert isinstance(request, RemovalRequest)
    spec, measured = request.region, request.evaluation
    texts = corpus_texts(context.corpora, measured.lines, measured.languages)
    context.progress.phase(Phase.LOADING_MODEL)
    loaded = context.host.load(spec.scores.model, spec.scores.dtype)
    context.progress.phase(Phase.RUNNING)
    views = scored_views(loaded.views, outside_layers=spec.scores.outside_layers)
    scores = summed_scores(ticket, context, views, languages=spec.languages)
    evaluations = {language: evaluation(loaded, lines, measured) for language, lines in texts.items()}
    base = perplexities.rows(loaded, evaluations, condition="base", progress=context.progress)
    conditions = [Condition(name="base", n_removed=0, rows=base)]
    for name, selection, seed in _draws(request):
        masks = selected(scores, spec, selection, seed=seed)
        with removed(loaded.model, views, masks, guard=shield) as n_removed:
            rows = perplexities.rows(loaded, evaluations, condition=name, progress=context.progress)
        conditions.append(Condition(name=name, n_removed=n_removed, rows=rows))
    return Outcome(
        summary=RemovalSummary(conditions=tuple(conditions), fraction=spec.fraction, n_total=n_parameters(views)),
        model=spec.scores.model,
        seed=request.seed,
        rules=text_rules(loaded, measured)
        | region_rules(spec)
        | {"removal": "the region's parameters are set to 0", "random": "draw n has the seed of the request + n - 1"},
        device=loaded.device,
        dtype=loaded.dtype,
    )


def _draws(request: RemovalRequest) -> Iterator[tuple[str, Selection, int]]:
    """(name, selection, seed) of every column beside the base."""
    yield "top", Selection.TOP, request.seed
    yield "bottom", Selection.BOTTOM, request.seed
    for draw in range(request.random_draws):
        yield f"random {draw + 1}", Selection.RANDOM, request.seed + draw
