"""A measured perplexity against that of the unchanged model, ready to be judged: reproductions and pages alike."""

from __future__ import annotations

import math

from backend.contracts.results.weights import PerplexityRow
from backend.contracts.verdicts import LOST_ESTIMATE, Estimate

UNKNOWN_LANGUAGE = Estimate(math.nan, reason="the unchanged model does not know this language")


def ratio_of(row: PerplexityRow, base: PerplexityRow) -> Estimate:
    """Ratio to the base of the same table. Beyond the vocabulary, or not a number: lost, above any margin."""
    if _is_lost(base):
        return UNKNOWN_LANGUAGE
    if _is_lost(row):
        return LOST_ESTIMATE
    if row.ratio is None:
        value = row.perplexity / base.perplexity if row.perplexity and base.perplexity else math.nan
        return Estimate(value, reason="a result of an older version, without intervals")
    if row.ratio_low is None or row.ratio_high is None:
        return Estimate(row.ratio, reason="no interval: one text alone")
    return Estimate(row.ratio, row.ratio_low, row.ratio_high)


def bits_of(row: PerplexityRow, base: PerplexityRow) -> Estimate:
    """Bits per byte above the base, which compare languages; lost as above."""
    ratio = ratio_of(row, base)
    if ratio in (LOST_ESTIMATE, UNKNOWN_LANGUAGE):
        return ratio
    if row.bits_added is None or row.bits_added_low is None or row.bits_added_high is None:
        added = bits_added(row, base)
        return Estimate(math.nan if added is None else added, reason=ratio.reason)
    return Estimate(row.bits_added, row.bits_added_low, row.bits_added_high)


def bits_added(row: PerplexityRow, base: PerplexityRow) -> float | None:
    """Bits per byte above the base: the change that does not depend on the tokenizer. None: not finite."""
    if row.bits_added is not None:
        return row.bits_added
    if row.bits_per_byte is None or base.bits_per_byte is None:
        return None
    return row.bits_per_byte - base.bits_per_byte


def _is_lost(row: PerplexityRow) -> bool:
    return row.perplexity is None or bool(row.n_vocabulary and row.perplexity > row.n_vocabulary)
