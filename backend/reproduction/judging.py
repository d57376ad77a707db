"""Whether a claim of the paper holds for a block of numbers: orders and ratios, never equality.

A judge takes a block and gives `(holds, evidence)`; None where the numbers are not there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from backend.contracts.reproduction import Claim, Judgement
from backend.reproduction.blocks import Block, Labels, times

Judge = Callable[[Block], Judgement]
NOTHING_YET = Judgement(holds=None, evidence="not enough numbers")
NOT_PRINTED = Judgement(holds=None, evidence="the paper prints no numbers")
SEE = Judgement(holds=None, evidence="see for yourself")
MOST_NAMED = 4


class Rule(NamedTuple):
    """A claim of the paper, how it is judged in words, and the same as a function."""

    text: str
    rule: str
    judge: Judge


def by_eye(text: str) -> Rule:
    """A claim about a picture or a text."""
    return Rule(text, "judged by looking at it", lambda _: SEE)


def claim(rule: Rule, blocks: Sequence[Block]) -> Claim:
    """The rule on the paper's own blocks and on the measured ones; all of a kind must hold."""
    sides = {
        origin: _all([(block.title, rule.judge(block)) for block in blocks if block.origin == origin], nothing)
        for origin, nothing in (("published", NOT_PRINTED), ("measured", SEE))
    }
    return Claim(text=rule.text, rule=rule.rule, published=sides["published"], measured=sides["measured"])


def ratios(block: Block, over: str, under: str, only: Callable[[Labels], bool] = lambda _: True) -> dict[Labels, float]:
    """`over / under` of every row that has both; infinite when the first is, left out when the second is."""
    below = block.column(under)
    return {
        row: value / below[row]
        for row, value in block.column(over).items()
        if only(row) and row in below and math.isfinite(below[row]) and below[row] > 0
    }


def bounded(values: Mapping[Labels, float], *, at_least: float = 0.0, at_most: float = math.inf) -> Judgement:
    """Every ratio lies within the bounds; the evidence counts and names the exceptions."""
    if not values:
        return NOTHING_YET
    outside = {row: value for row, value in values.items() if not at_least <= value <= at_most or math.isnan(value)}
    low, high = min(values.values()), max(values.values())
    span = times(low) if low == high else f"{times(low)} to {times(high)}"
    told = f"{len(values) - len(outside)} of {len(values)}, {span}"
    return Judgement(holds=not outside, evidence=told + _exceptions(outside))


def within(over: str, under: str, *, at_least: float = 0.0, at_most: float = math.inf) -> Judge:
    """Judge of `over / under` in every row."""
    return lambda block: bounded(ratios(block, over, under), at_least=at_least, at_most=at_most)


def ordered(larger: str, smaller: str) -> Judge:
    """`larger` exceeds `smaller` in every row."""
    return lambda block: bounded(ratios(block, larger, smaller), at_least=math.nextafter(1.0, 2.0))


def _exceptions(outside: Mapping[Labels, float]) -> str:
    if not outside:
        return ""
    named = [f"{' '.join(row)} {times(value)}" for row, value in list(outside.items())[:MOST_NAMED]]
    more = f" and {len(outside) - MOST_NAMED} more" if len(outside) > MOST_NAMED else ""
    return f"; not {', '.join(named)}{more}"


def _all(judged: Sequence[tuple[str, Judgement]], nothing: Judgement) -> Judgement:
    if not judged:
        return nothing
    decided = [(title, one) for title, one in judged if one.holds is not None]
    if not decided:
        return next((one for _, one in judged if one != NOTHING_YET), NOTHING_YET)
    told = "; ".join(one.evidence if len(decided) == 1 else f"{title}: {one.evidence}" for title, one in decided)
    return Judgement(holds=all(one.holds for _, one in decided), evidence=told)
