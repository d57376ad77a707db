"""Perplexity of every language as rows of a table, with progress that names condition and language.

What does not depend on the condition is done once while a model stays loaded: the texts are tokenised, the unchanged
model is measured.
"""

from __future__ import annotations

import hashlib
import math
from array import array
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from backend.artifacts.bootstrap import Samples
from backend.contracts.building import BASE as BASE
from backend.contracts.requests import EvaluationSpec
from backend.contracts.results import PerplexityRow
from backend.contracts.vocabulary import PerplexityRule
from workers.analysis.batches import Track
from workers.analysis.perplexity import bits_per_byte, measure
from workers.handlers.texts import Evaluation, evaluation
from workers.model_host import Loaded
from workers.progress import Progress, stoppable

REMEMBERED_TOKENS = 200_000
"""A longer text is tokenised again for each condition: 800 kB each, however many are remembered."""
_BATCH_TOKENS_CPU, _BATCH_TOKENS_GPU = 1024, 16_384
"""A processor is busy with few rows; a GPU is not."""


class Measured(NamedTuple):
    """One language under one condition."""

    row: PerplexityRow
    samples: Samples


def evaluations(
    loaded: Loaded,
    texts: Mapping[str, Sequence[str]],
    spec: EvaluationSpec,
    documents: Mapping[str, Sequence[str]] | None = None,
    *,
    is_parallel: bool = False,
) -> dict[str, Evaluation]:
    """What perplexity is measured on, by language; texts that were seen lately are not tokenised again.

    `documents`: of each text, by language (`texts.corpus_documents`). `is_parallel`: line N says the same in all.
    """
    read = {language: _remembered(loaded, lines, spec) for language, lines in texts.items()}
    is_aligned = is_parallel and len({tuple(one.places) for one in read.values()}) == 1
    is_aligned &= not any(one.is_cut for one in read.values())
    known = {language: one._replace(is_aligned=is_aligned) for language, one in read.items()}
    if spec.rule is PerplexityRule.WINDOWS_2048:
        return {one: found._replace(units=_numbers(found), resampled="windows") for one, found in known.items()}
    if documents is None:
        return {one: found._replace(units=_numbers(found)) for one, found in known.items()}
    return {
        one: found._replace(units=[documents[one][place] for place in found.places], resampled="documents")
        for one, found in known.items()
    }


def rows(
    loaded: Loaded, evaluations: Mapping[str, Evaluation], *, condition: str, progress: Progress | None
) -> tuple[PerplexityRow, ...]:
    """The rows of `measured_rows`."""
    return tuple(one.row for one in measured_rows(loaded, evaluations, condition=condition, progress=progress))


def measured_rows(
    loaded: Loaded, evaluations: Mapping[str, Evaluation], *, condition: str, progress: Progress | None
) -> tuple[Measured, ...]:
    """One language after the other, in the mapping's order. `base` is measured once while the model stays loaded.

    Without `progress` nothing is told (a sweep counts its points), but the job may be stopped here all the same.
    """
    measured = _base if condition == BASE else _row
    found = []
    for number, (language, one) in enumerate(evaluations.items(), start=1):
        place = f" · {number} of {len(evaluations)}" if len(evaluations) > 1 else ""
        track = partial(progress.track, note=f"{condition} · {language}{place}") if progress else stoppable
        known = measured(loaded, language, one, track)
        row = known.row.model_copy(update={"is_aligned": one.is_aligned})
        found.append(Measured(row, known.samples._replace(units=one.units)))
    return tuple(found)


def _numbers(evaluation: Evaluation) -> list[str]:
    return [str(place) for place in evaluation.places]


def _remembered(loaded: Loaded, texts: Sequence[str], spec: EvaluationSpec) -> Evaluation:
    question = (spec.rule, spec.max_tokens_per_language, spec.bos, _digest(text.encode() + b"\0" for text in texts))
    known = loaded.evaluations.get(question)
    if known is None:
        known = evaluation(loaded, texts, spec)
        if sum(map(len, known.samples)) <= REMEMBERED_TOKENS:
            compact = known._replace(samples=[array("i", sample) for sample in known.samples])
            return loaded.evaluations.keep(question, compact)
    return known


def _base(loaded: Loaded, language: str, evaluation: Evaluation, track: Track) -> Measured:
    question = (language, _digest(array("i", (*sample, -1)).tobytes() for sample in evaluation.samples))
    return loaded.base_rows.get(question) or loaded.base_rows.keep(question, _row(loaded, language, evaluation, track))


def _row(loaded: Loaded, language: str, evaluation: Evaluation, track: Track) -> Measured:
    budget = _BATCH_TOKENS_CPU if loaded.device == "cpu" else _BATCH_TOKENS_GPU
    found = measure(loaded.model, evaluation.samples, max_tokens_per_batch=budget, track=track)
    finite = math.isfinite(found.nll)
    row = PerplexityRow(
        language=language,
        n_samples=found.n_samples,
        n_tokens=found.n_tokens,
        n_bytes=evaluation.n_bytes,
        nll=found.nll if finite else None,
        perplexity=found.perplexity if finite and math.isfinite(found.perplexity) else None,
        bits_per_byte=bits_per_byte(found.nll, n_bytes=evaluation.n_bytes) if finite else None,
        n_vocabulary=loaded.model.get_output_embeddings().weight.shape[0],
    )
    return Measured(row, Samples(found.losses, found.tokens, evaluation.bytes_of_each, evaluation.units))


def _digest(parts: Iterable[bytes]) -> bytes:
    state = hashlib.sha256()
    for part in parts:
        state.update(part)
    return state.digest()
