"""Paired bootstrap of ratios of perplexities: how sure is "so many times as much" on a text of so few documents.

Two conditions are measured on the same samples. Whole units (documents, or lines where none are known) are drawn with
replacement, the same ones for every language and both conditions, and the ratio of the corpus perplexities is taken
of each draw. Knows numbers, no models. Shapes: S samples, U units, R resamples, L languages.
Source: B. Efron and R. Tibshirani, An Introduction to the Bootstrap, 1993, chapters 8 (units) and 13 (percentiles).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

N_RESAMPLES = 2000
SEED = 0
LEVEL = 0.95
_MOST_CELLS = 1 << 22
"""Draws that are held at a time: 32 MiB, however long the text is."""


class Samples(NamedTuple):
    """One language's samples under one condition."""

    losses: Sequence[float]
    """[S] Summed negative log-likelihood of each sample, in nats."""
    tokens: Sequence[int]
    """[S] Predicted tokens of each sample."""
    n_bytes: Sequence[int]
    """[S] UTF-8 bytes of the predicted tokens."""
    units: Sequence[str]
    """[S] The document, or the line, that each sample belongs to; equal in all languages where it is the same."""


class Ratio(NamedTuple):
    """Changed against base, on the same samples, with the ends of the percentile interval.

    Not a number where a loss is not; the ends also where there are fewer than two units to draw from.
    """

    ratio: float
    """exp((nll_changed - nll_base) / n_tokens): how many times as large the perplexity is."""
    low: float
    high: float
    bits: float
    """(nll_changed - nll_base) / (ln 2 * n_bytes): bits per byte added, which compares languages and tokenizers."""
    bits_low: float
    bits_high: float


def paired_ratios(
    base: Mapping[str, Samples],
    changed: Mapping[str, Samples],
    *,
    n_resamples: int = N_RESAMPLES,
    seed: int = SEED,
    level: float = LEVEL,
) -> dict[str, Ratio]:
    """Ratio and interval of every language that both conditions have, units drawn jointly over languages.

    Percentile interval of `level`; the protocol asks for 1,000 resamples or more. Raises `ValueError` when the
    samples of a language are not the same under both conditions.
    """
    shared = [language for language in base if language in changed]
    if not shared:
        return {}
    units = sorted({unit for language in shared for unit in base[language].units})
    place = {unit: number for number, unit in enumerate(units)}
    sums_LU3 = np.stack([_by_unit(base[language], changed[language], place) for language in shared])
    drawn_LR3 = _drawn(sums_LU3, n_resamples, seed)
    tail = (1 - level) / 2
    return {
        language: _ratio(by_unit_U3, drawn_R3, tail)
        for language, by_unit_U3, drawn_R3 in zip(shared, sums_LU3, drawn_LR3, strict=True)
    }


def compared_ratios(
    base: Mapping[str, Samples],
    changed: Mapping[str, Samples],
    *,
    n_resamples: int = N_RESAMPLES,
    seed: int = SEED,
    level: float = LEVEL,
) -> dict[str, Ratio]:
    """The same of two models, which may cut the text into different tokens: exp(nll_b / n_b - nll_a / n_a).

    Only languages of which both have read the same units; a budget of tokens may have ended one of them earlier.
    Bits per byte compare across tokenizers, the ratio of perplexities does not.
    """
    shared = [one for one in base if one in changed and set(base[one].units) == set(changed[one].units)]
    if not shared:
        return {}
    units = sorted({unit for language in shared for unit in base[language].units})
    place = {unit: number for number, unit in enumerate(units)}
    sums_LU6 = np.stack([_both_by_unit(base[language], changed[language], place) for language in shared])
    drawn_LR6 = _drawn(sums_LU6, n_resamples, seed)
    tail = (1 - level) / 2
    return {
        language: _compared(by_unit_U6, drawn_R6, tail)
        for language, by_unit_U6, drawn_R6 in zip(shared, sums_LU6, drawn_LR6, strict=True)
    }


def _drawn(sums_LUK: NDArray[np.float64], n_resamples: int, seed: int) -> NDArray[np.float64]:
    """[L, R, K] Sums of each resample; the units are drawn once for all languages (L) and sums (K)."""
    n_languages, n_units, n_sums = sums_LUK.shape
    # What is not finite has no ratio; as 0 it does not spoil the product of the others.
    flat_UM = np.nan_to_num(sums_LUK.transpose(1, 0, 2).reshape(n_units, -1), nan=0, posinf=0, neginf=0)
    drawn_RM = np.concatenate([weights_BU @ flat_UM for weights_BU in _weights(n_units, n_resamples, seed)])
    return drawn_RM.reshape(n_resamples, n_languages, n_sums).transpose(1, 0, 2)


def _both_by_unit(base: Samples, changed: Samples, place: Mapping[str, int]) -> NDArray[np.float64]:
    """[U, 6] Nats, predicted tokens and bytes of each unit: of the base, then of the other."""
    columns = []
    for one in (base, changed):
        index_S = np.array([place[unit] for unit in one.units], dtype=np.int64)
        columns += [
            np.bincount(index_S, weights=np.asarray(values, dtype=np.float64), minlength=len(place))
            for values in (one.losses, one.tokens, one.n_bytes)
        ]
    return np.stack(columns, axis=1)


def _compared(by_unit_U6: NDArray[np.float64], drawn_R6: NDArray[np.float64], tail: float) -> Ratio:
    whole = by_unit_U6.sum(0)
    if not np.isfinite(whole).all() or not (whole[1] and whole[4]):
        return Ratio(*(math.nan,) * 6)
    usable_R6 = drawn_R6[(drawn_R6[:, 1] > 0) & (drawn_R6[:, 4] > 0)]
    can_be_drawn = np.count_nonzero(by_unit_U6[:, 1]) > 1 and len(usable_R6)

    def of(below: int) -> tuple[float, float, float]:
        if not (whole[below] and whole[3 + below]):
            return math.nan, math.nan, math.nan
        value = float(whole[3] / whole[3 + below] - whole[0] / whole[below])
        if not can_be_drawn:
            return value, math.nan, math.nan
        drawn_R = usable_R6[:, 3] / usable_R6[:, 3 + below] - usable_R6[:, 0] / usable_R6[:, below]
        low, high = np.quantile(drawn_R, [tail, 1 - tail])
        return value, float(low), float(high)

    return Ratio(*(_exp(value) for value in of(1)), *(value / math.log(2) for value in of(2)))


def _by_unit(base: Samples, changed: Samples, place: Mapping[str, int]) -> NDArray[np.float64]:
    """[U, 3] Nats added, predicted tokens and bytes of each unit."""
    if (tuple(base.tokens), tuple(base.units)) != (tuple(changed.tokens), tuple(changed.units)):
        raise ValueError("the two conditions were not measured on the same samples")
    with np.errstate(invalid="ignore"):
        added_S = np.asarray(changed.losses, dtype=np.float64) - np.asarray(base.losses, dtype=np.float64)
    index_S = np.array([place[unit] for unit in base.units], dtype=np.int64)
    columns = [
        np.bincount(index_S, weights=np.asarray(values, dtype=np.float64), minlength=len(place))
        for values in (added_S, base.tokens, base.n_bytes)
    ]
    return np.stack(columns, axis=1)


def _ratio(by_unit_U3: NDArray[np.float64], drawn_R3: NDArray[np.float64], tail: float) -> Ratio:
    added, n_tokens, n_bytes = by_unit_U3.sum(0)
    if not math.isfinite(added) or not n_tokens:
        return Ratio(*(math.nan,) * 6)
    can_be_drawn = np.count_nonzero(by_unit_U3[:, 1]) > 1
    low, high = _ends(drawn_R3[:, 0], drawn_R3[:, 1], tail) if can_be_drawn else (math.nan, math.nan)
    bits = (
        (value / math.log(2) for value in _ends(drawn_R3[:, 0], drawn_R3[:, 2], tail)) if can_be_drawn else (low, high)
    )
    return Ratio(_exp(added / n_tokens), _exp(low), _exp(high), _divided(added, n_bytes) / math.log(2), *bits)


def _ends(above_R: NDArray[np.float64], below_R: NDArray[np.float64], tail: float) -> tuple[float, float]:
    drawn_R = below_R > 0  # a resample may miss every unit of a language
    if not drawn_R.any():
        return math.nan, math.nan
    low, high = np.quantile(above_R[drawn_R] / below_R[drawn_R], [tail, 1 - tail])
    return float(low), float(high)


def _divided(above: float, below: float) -> float:
    return float(above / below) if below else math.nan


def _exp(value: float) -> float:
    return math.inf if value > 700 else math.exp(value)


def _weights(n_units: int, n_resamples: int, seed: int) -> Iterator[NDArray[np.float64]]:
    """[B, U] How often each unit is in each resample of as many units, some resamples at a time."""
    generator = np.random.default_rng(seed)
    step = max(1, _MOST_CELLS // n_units)
    for start in range(0, n_resamples, step):
        n_rows = min(step, n_resamples - start)
        drawn_BU = generator.integers(0, n_units, size=(n_rows, n_units))
        drawn_BU += np.arange(n_rows)[:, None] * n_units
        yield np.bincount(drawn_BU.ravel(), minlength=drawn_BU.size).reshape(drawn_BU.shape).astype(np.float64)
