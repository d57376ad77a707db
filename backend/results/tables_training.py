"""Perplexities along a training as a table (paper A, Tables 2, 6). Knows summaries, not how to write."""

from __future__ import annotations

from backend.contracts.perplexity_words import RATIO, marked
from backend.contracts.requests import TrainingRequest
from backend.contracts.results import TrainingSummary
from backend.contracts.training import EvaluationRatio, TrainingEvaluation
from backend.results.perplexity_tables import Table, Unit, Value


def training(summary: TrainingSummary, request: TrainingRequest, unit: Unit = Unit.PERPLEXITY) -> Table:
    """Samples seen by languages, in the order of the request; then each ratio to the start with its interval."""
    languages = request.evaluation.languages
    has_ratios = any(one.ratios for one in summary.evaluations)
    rows = tuple(
        (
            one.n_samples,
            *(_value(one, language, unit) for language in languages),
            *(value for language in languages if has_ratios for value in _ratio(one, language)),
        )
        for one in summary.evaluations
    )
    details = (f"{language} {what}" for language in languages if has_ratios for what in RATIO)
    return Table(("Training samples", *languages, *details), rows, n_printed=1 + len(languages))


def _value(one: TrainingEvaluation, language: str, unit: Unit) -> Value:
    if unit is Unit.BITS_PER_BYTE:
        return one.bits_per_byte.get(language)
    return marked(one.perplexity.get(language), one.n_vocabulary)


def _ratio(one: TrainingEvaluation, language: str) -> tuple[Value, ...]:
    found = one.ratios.get(language, EvaluationRatio())
    return found.ratio, found.ratio_low, found.ratio_high, found.resampled or ""
