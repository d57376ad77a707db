"""When a claim holds, does not hold, or is undecided: an interval against a margin, inside, outside or across.

Pure numbers; every rule of reproductions, pages and the terminal is made of these. No margin follows from a published
number: each says where it comes from.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from typing import NamedTuple

Z_95 = 1.959963984540054
LEVEL = 0.95


class Estimate(NamedTuple):
    """A number with its 95 % interval. Without one it decides nothing; `reason` says why there is none."""

    value: float
    low: float | None = None
    high: float | None = None
    reason: str = "no interval"

    @classmethod
    def exact(cls, value: float) -> Estimate:
        """A number that is judged by its point value."""
        return cls(value, value, value)


LOST_ESTIMATE = Estimate.exact(math.inf)
"""Perplexity beyond the vocabulary, or not finite: above any margin; two of the kind do not compare."""


class Margin(NamedTuple):
    """How far from 1 a ratio of perplexities may be, or must be, and why so far."""

    factor: float
    words: str
    why: str


SAME = Margin(1.05, "as it was", "0.07 bits a token; 5 % is the customary size of a difference that does not matter")
LITTLE = Margin(1.25, "hardly changed", "0.80 to 1.25 is the margin of bioequivalence, the best-known one for ratios")
MILD = Margin(2.0, "no significant harm", "one bit a token: the next token is half as likely")
LOST = Margin(
    10.0, "lost", "an order of magnitude, 3.3 bits a token; or beyond the vocabulary: worse than a blind guess"
)
MARGINS = (SAME, LITTLE, MILD, LOST)


def inside(one: Estimate, least: float = -math.inf, most: float = math.inf) -> bool | None:
    """Whether the interval lies within the bounds (True), beyond one of them (False), or across or on one (None)."""
    if one.low is None or one.high is None or math.isnan(one.low) or math.isnan(one.high):
        return None
    if one.high < least or one.low > most:
        return False
    return True if (least == -math.inf or one.low > least) and (most == math.inf or one.high < most) else None


def exceeds(one: Estimate, other: Estimate) -> bool | None:
    """Whether the interval of `one` lies above that of `other`; None where they meet, or where both are lost."""
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return None
    if one.low > other.high:
        return True
    return False if one.high < other.low else None


def all_of(states: Iterable[bool | None]) -> bool | None:
    """A claim about every one of several: it fails with one, holds with all, else is undecided; none: undecided."""
    found = list(states)
    if False in found:
        return False
    return True if found and None not in found else None


def median_of(draws: Sequence[Estimate]) -> Estimate:
    """Median over random draws with a 95 % interval of that median: order statistics by the binomial distribution.

    Of ten draws from the second least to the second largest, of fewer than six none. Lower ends are taken from the
    draws' lower ends and upper ends from the upper ones, so that the interval covers the draws and the text.
    """
    if not draws:
        return Estimate(math.nan, reason="no draws")
    value = statistics.median(one.value for one in draws)
    place = _order_statistic(len(draws))
    if place is None:
        return Estimate(value, reason=f"{len(draws)} random draws; six at least have an interval")
    lows = sorted(one.low for one in draws if one.low is not None)
    highs = sorted(one.high for one in draws if one.high is not None)
    if len(lows) < len(draws) or len(highs) < len(draws):
        return Estimate(value, reason=next(one.reason for one in draws if one.low is None or one.high is None))
    return Estimate(value, lows[place], highs[-1 - place])


def middle_of(values: Sequence[Estimate]) -> Estimate:
    """Median of several estimates, its interval from the median of their ends."""
    if not values:
        return Estimate(math.nan, reason="no numbers")
    middle = statistics.median(one.value for one in values)
    lows = [one.low for one in values if one.low is not None]
    highs = [one.high for one in values if one.high is not None]
    if len(lows) < len(values) or len(highs) < len(values):
        return Estimate(middle, reason=next(one.reason for one in values if one.low is None or one.high is None))
    return Estimate(middle, statistics.median(lows), statistics.median(highs))


def share(n_right: float, n: float) -> Estimate:
    """A share of `n` with Wilson's interval, which has a width at 0 and at 1 as well."""
    if n <= 0:
        return Estimate(math.nan, reason="no items")
    p, z2 = n_right / n, Z_95**2
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z_95 / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return Estimate(p, max(0.0, centre - half), min(1.0, centre + half))


def difference(one: Estimate, other: Estimate) -> Estimate:
    """Of two independent numbers, by the distances to their own ends (Newcombe 1998, method 10, for shares)."""
    value = one.value - other.value
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return Estimate(value, reason=one.reason if one.low is None else other.reason)
    below = math.hypot(one.value - one.low, other.high - other.value)
    above = math.hypot(one.high - one.value, other.value - other.low)
    return Estimate(value, value - below, value + above)


def quotient(one: Estimate, other: Estimate) -> Estimate:
    """One ratio over another, its interval from the far ends (wider than a paired one); lost over lost says nothing."""
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return Estimate(math.nan, reason=one.reason if one.low is None else other.reason)
    if other.high == math.inf:
        return Estimate(math.nan, reason="both are lost")
    if one.low == math.inf:
        return LOST_ESTIMATE
    return Estimate(one.value / other.value, one.low / other.high, one.high / other.low)


def over_seeds(over: Sequence[float], under: Sequence[float]) -> Estimate:
    """Ratio of what the same seeds gave, paired: the geometric mean, its interval by Student's t on the logarithms.

    Infinite stands for lost: with every seed it is lost, with some of them it has no interval.
    """
    n = len(over)
    if n != len(under) or n - 1 not in _T_95:
        return Estimate(math.nan, reason="one seed" if n == 1 else f"{n} seeds; three to ten have an interval")
    if math.inf in under or math.inf in over:
        all_lost = math.inf not in under and all(value == math.inf for value in over)
        return LOST_ESTIMATE if all_lost else Estimate(math.nan, reason="lost with some of the seeds")
    logs = [math.log(one / other) for one, other in zip(over, under, strict=True)]
    centre, half = statistics.fmean(logs), _T_95[n - 1] * statistics.stdev(logs) / math.sqrt(n)
    return Estimate(math.exp(centre), math.exp(centre - half), math.exp(centre + half))


_T_95 = {2: 4.3027, 3: 3.1824, 4: 2.7764, 5: 2.5706, 6: 2.4469, 7: 2.3646, 8: 2.3060, 9: 2.2622}
"""Student's t at 97.5 % by degrees of freedom."""


def _order_statistic(n: int) -> int | None:
    """The largest k with P(the median lies outside the k-th least to the k-th largest) <= 5 %, counted from 0."""
    outside, found = 0.0, None
    for k in range((n + 1) // 2):
        outside += math.comb(n, k) / 2**n
        if 2 * outside > 1 - LEVEL:
            break
        found = k
    return found
