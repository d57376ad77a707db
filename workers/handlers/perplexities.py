"""Perplexity of every language as rows of a table, with progress that names condition and language."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from functools import partial

from backend.contracts.results import PerplexityRow
from workers.analysis.batches import Track
from workers.analysis.perplexity import bits_per_byte, measure
from workers.handlers.texts import Evaluation
from workers.model_host import Loaded
from workers.progress import Progress, stoppable

BASE = "base"
"""The condition of the unchanged weights."""


def rows(
    loaded: Loaded, evaluations: Mapping[str, Evaluation], *, condition: str, progress: Progress | None
) -> tuple[PerplexityRow, ...]:
    """One row per language, in the mapping's order. `base` is measured once while the model stays loaded.

    Without `progress` nothing is told (somebody else counts), but the job may be stopped here all the same.
    """
    return tuple(
        (_base if condition == BASE else _row)(
            loaded,
            language,
            found,
            partial(progress.track, note=f"{condition} · {language}") if progress else stoppable,
        )
        for language, found in evaluations.items()
    )


def _base(loaded: Loaded, language: str, evaluation: Evaluation, track: Track) -> PerplexityRow:
    question = (language, hashlib.sha256(repr(evaluation.samples).encode()).digest())
    return loaded.base_rows.get(question) or loaded.base_rows.keep(question, _row(loaded, language, evaluation, track))


def _row(loaded: Loaded, language: str, evaluation: Evaluation, track: Track) -> PerplexityRow:
    found = measure(loaded.model, evaluation.samples, track=track)
    finite = math.isfinite(found.nll)
    return PerplexityRow(
        language=language,
        n_samples=found.n_samples,
        n_tokens=found.n_tokens,
        n_bytes=evaluation.n_bytes,
        nll=found.nll if finite else None,
        perplexity=found.perplexity if finite and math.isfinite(found.perplexity) else None,
        bits_per_byte=bits_per_byte(found.nll, n_bytes=evaluation.n_bytes) if finite else None,
    )
