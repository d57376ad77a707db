"""Perplexities along a training as a table (paper A, Tables 2, 6). Knows summaries, not how to write."""

from __future__ import annotations

from backend.contracts.perplexity_words import marked
from backend.contracts.requests import TrainingRequest
from backend.contracts.results import TrainingSummary
from backend.results.perplexity_tables import Table, Unit


def training(summary: TrainingSummary, request: TrainingRequest, unit: Unit = Unit.PERPLEXITY) -> Table:
    """Samples seen by languages, in the order of the request."""
    languages = request.evaluation.languages
    rows = tuple(
        (
            one.n_samples,
            *(
                marked(one.perplexity.get(language), one.n_vocabulary)
                if unit is Unit.PERPLEXITY
                else one.bits_per_byte.get(language)
                for language in languages
            ),
        )
        for one in summary.evaluations
    )
    return Table(("Training samples", *languages), rows, n_printed=1 + len(languages))
