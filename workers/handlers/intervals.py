"""Ratios of perplexities with their intervals: from what was just measured, or from what each column stored.

Every column of a table is measured on the same samples; their losses lie beside each perplexity (`samples.json`).
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from backend.artifacts.bootstrap import LEVEL, N_RESAMPLES, SEED, Ratio, Samples, paired_ratios
from backend.contracts.building import BASE
from backend.contracts.results import (
    SAMPLES_FILE,
    Manifest,
    PerplexityRow,
    PerplexitySummary,
    Resampled,
    SampleFile,
    SampleLosses,
)
from workers.context import Context
from workers.handlers.perplexities import Measured
from workers.handlers.texts import Evaluation


def write_samples(folder: Path, measured: Sequence[Measured], resampled: Resampled, name: str = SAMPLES_FILE) -> None:
    """Write `samples.json`, whole or not at all."""
    file = SampleFile(resampled=resampled, languages={one.row.language: _stored(one.samples) for one in measured})
    new = folder / f"{name}.part"
    new.write_text(file.model_dump_json(), encoding="utf-8")
    os.replace(new, folder / name)


def read_samples(file: Path) -> tuple[dict[str, Samples], Resampled]:
    """What was written so; raises OSError or ValueError."""
    found = SampleFile.model_validate_json(file.read_bytes())
    return {language: _samples(one) for language, one in found.languages.items()}, found.resampled


def against_base(context: Context, manifests: Mapping[str, Manifest]) -> dict[str, tuple[PerplexityRow, ...]]:
    """The rows of each column with ratios and intervals against the column `base`, whose own rows stay as they are."""
    base, resampled = _read(context, manifests[BASE])
    found = {BASE: _rows_of(manifests[BASE])}
    for name, manifest in manifests.items():
        if name != BASE:
            changed, _ = _read(context, manifest)
            found[name] = with_ratios(_rows_of(manifest), base, changed, resampled)
    return found


def measured_against(
    base: Sequence[Measured], changed: Sequence[Measured], resampled: Resampled
) -> tuple[PerplexityRow, ...]:
    """The same of what was measured in one job."""
    before, after = ({one.row.language: one.samples for one in side} for side in (base, changed))
    return with_ratios(tuple(one.row for one in changed), before, after, resampled)


def with_ratios(
    rows: Sequence[PerplexityRow], base: Mapping[str, Samples], changed: Mapping[str, Samples], resampled: Resampled
) -> tuple[PerplexityRow, ...]:
    """Rows with `ratio` and what belongs to it."""
    ratios = paired_ratios(base, changed)
    return tuple(row.model_copy(update=_fields(ratios[row.language], resampled)) for row in rows)


def resampled_of(evaluations: Mapping[str, Evaluation]) -> Resampled:
    """What the bootstrap of these texts draws, alike in all languages."""
    return next((one.resampled for one in evaluations.values()), "lines")


def interval_rule(resampled: Resampled) -> dict[str, str]:
    """For the result's provenance."""
    return {
        "interval": f"{LEVEL:.0%} percentile, paired bootstrap over {resampled}, the same ones in every language; "
        f"{N_RESAMPLES} resamples, seed {SEED}"
    }


def _fields(ratio: Ratio, resampled: Resampled) -> dict[str, float | str | None]:
    values = {
        "ratio": ratio.ratio,
        "ratio_low": ratio.low,
        "ratio_high": ratio.high,
        "bits_added": ratio.bits,
        "bits_added_low": ratio.bits_low,
        "bits_added_high": ratio.bits_high,
    }
    return {name: value if math.isfinite(value) else None for name, value in values.items()} | {"resampled": resampled}


def _rows_of(manifest: Manifest) -> tuple[PerplexityRow, ...]:
    assert isinstance(manifest.summary, PerplexitySummary)
    return manifest.summary.rows


def _read(context: Context, manifest: Manifest) -> tuple[dict[str, Samples], Resampled]:
    return read_samples(context.store.file(manifest.key, SAMPLES_FILE))


def _stored(samples: Samples) -> SampleLosses:
    return SampleLosses(
        losses=tuple(loss if math.isfinite(loss) else None for loss in samples.losses),
        tokens=tuple(samples.tokens),
        n_bytes=tuple(samples.n_bytes),
        units=tuple(samples.units),
    )


def _samples(stored: SampleLosses) -> Samples:
    losses = tuple(math.nan if loss is None else loss for loss in stored.losses)
    return Samples(losses, stored.tokens, stored.n_bytes, stored.units)
