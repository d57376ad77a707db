"""Ratios of perplexities between two stored results, from the losses of every sample that lie beside each."""

from __future__ import annotations

import math

from backend.artifacts.bootstrap import Ratio, Samples, compared_ratios
from backend.artifacts.results import ResultStore
from backend.contracts.compared_ratios import ComparedRatio, ComparedRatios
from backend.contracts.problems import KnownError
from backend.contracts.results import SAMPLES_FILE, RemovalSummary, SampleFile, SampleLosses


def ratios(store: ResultStore, left: str, right: str) -> ComparedRatios:
    """Right against left, condition by condition; what was not kept, or drawn over something else, is left out."""
    columns = _columns(store, left), _columns(store, right)
    found = []
    for condition in columns[0]:
        base, changed = (_file(store, side.get(condition)) for side in columns)
        if base is None or changed is None or base.resampled != changed.resampled:
            continue
        samples = [{language: _samples(one) for language, one in side.languages.items()} for side in (base, changed)]
        found += [_told(condition, language, ratio, base) for language, ratio in compared_ratios(*samples).items()]
    return ComparedRatios(ratios=tuple(found))


def _columns(store: ResultStore, key: str) -> dict[str, str]:
    """Keys of the perplexities that a result holds, by condition."""
    manifest = store.manifest(key)
    return dict(manifest.inputs) if isinstance(manifest.summary, RemovalSummary) else {"": key}


def _file(store: ResultStore, key: str | None) -> SampleFile | None:
    if key is None:
        return None
    try:
        return SampleFile.model_validate_json(store.file(key, SAMPLES_FILE).read_bytes())
    except (KnownError, OSError, ValueError):
        return None


def _samples(stored: SampleLosses) -> Samples:
    losses = tuple(math.nan if loss is None else loss for loss in stored.losses)
    return Samples(losses, stored.tokens, stored.n_bytes, stored.units)


def _told(condition: str, language: str, ratio: Ratio, file: SampleFile) -> ComparedRatio:
    ratio_, low, high, bits, bits_low, bits_high = (value if math.isfinite(value) else None for value in ratio)
    return ComparedRatio(
        condition=condition,
        language=language,
        ratio=ratio_,
        ratio_low=low,
        ratio_high=high,
        bits_added=bits,
        bits_added_low=bits_low,
        bits_added_high=bits_high,
        resampled=file.resampled,
    )
