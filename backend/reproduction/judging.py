"""Whether a claim of the paper holds for a block of numbers: an interval against a margin, never equality.

A judge takes a block and gives `(holds, evidence)`; None where the interval lies across the margin, or is not there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from backend.contracts.reproduction import Claim, Judgement
from backend.contracts.verdicts import Estimate, Margin, all_of, exceeds, inside
from backend.reproduction.blocks import Block, Labels, times

Judge = Callable[[Block], Judgement]
NOTHING_YET = Judgement(holds=None, evidence="not enough numbers", is_judged=False)
NOT_PRINTED = Judgement(holds=None, evidence="the paper prints no numbers", is_judged=False)
SEE = Judgement(holds=None, evidence="see for yourself", is_judged=False)
BY_POINT = "by the point values"
MOST_NAMED = 4


class Rule(NamedTuple):
    """A claim of the paper, how it is judged in words, and the same as a function."""

    text: str
    rule: str
    judge: Judge
    why: str = ""
    """Where the margin comes from."""

    @property
    def words(self) -> str:
        """The rule with the reason of its margin."""
        return f"{self.rule} ({self.why})" if self.why else self.rule


def by_eye(text: str) -> Rule:
    """A claim about a picture or a text."""
    return Rule(text, "judged by looking at it", lambda _: SEE)


def claim(rule: Rule, blocks: Sequence[Block]) -> Claim:
    """The rule on the paper's own blocks and on the measured ones; all of a kind must hold."""
    sides = {
        origin: _all([(block.title, rule.judge(block)) for block in blocks if block.origin == origin], nothing)
        for origin, nothing in (("published", NOT_PRINTED), ("measured", SEE))
    }
    published = sides["published"]
    if published.is_judged:
        published = published.model_copy(update={"evidence": f"{published.evidence}; {BY_POINT}"})
    return Claim(text=rule.text, rule=rule.words, published=published, measured=sides["measured"])


def ratios(
    block: Block, over: str, under: str = "Base", only: Callable[[Labels], bool] = lambda _: True
) -> dict[Labels, Estimate]:
    """`over / under` of every row that has both, with its interval where the block has one."""
    rows = (row for row, cells in block.series.items() if only(row) and over in cells and under in cells)
    return {row: block.ratio(row, over, under) for row in rows}


def bounded(values: Mapping[Labels, Estimate], *, least: float = -math.inf, most: float = math.inf) -> Judgement:
    """Every number lies within the bounds; the evidence counts, and names what is outside or undecided."""
    if not values:
        return NOTHING_YET
    states = {row: inside(one, least, most) for row, one in values.items()}
    found = [one.value for one in values.values() if not math.isnan(one.value)] or [math.nan]
    low, high = min(found), max(found)
    ends = ["lost" if one == math.inf else times(one) for one in dict.fromkeys((low, high)) if not math.isnan(one)]
    told = ", ".join(
        [f"{sum(state is True for state in states.values())} of {len(values)}", *[" to ".join(ends)][: len(ends)]]
    )
    named = [
        _exceptions(word, {row: values[row] for row, state in states.items() if state is kind})
        for word, kind in (("not", False), ("undecided", None))
    ]
    return Judgement(holds=all_of(states.values()), evidence=told + "".join(named))


def lost(over: str, under: str = "Base", *, margin: Margin, only: Callable[[Labels], bool] = lambda _: True) -> Judge:
    """Every row rises by more than the margin."""
    return lambda block: bounded(ratios(block, over, under, only), least=margin.factor)


def same(over: str, under: str = "Base", *, margin: Margin, only: Callable[[Labels], bool] = lambda _: True) -> Judge:
    """Every row is equivalent: within the margin, up and down."""
    return lambda block: bounded(ratios(block, over, under, only), least=1 / margin.factor, most=margin.factor)


def at_most(
    over: str, under: str = "Base", *, margin: Margin, only: Callable[[Labels], bool] = lambda _: True
) -> Judge:
    """No row rises by more than the margin."""
    return lambda block: bounded(ratios(block, over, under, only), most=margin.factor)


def largest(own: Estimate, others: Mapping[str, Estimate]) -> bool | None:
    """The interval of `own` lies above that of every other."""
    return all_of(exceeds(own, other) for other in others.values())


def written(one: Estimate) -> str:
    """`×1.04 [×1.01, ×1.08]`; `lost`; the reason where there is no interval."""
    if one.value == math.inf:
        return "lost"
    if one.low is None or one.high is None:
        return one.reason if math.isnan(one.value) else f"{times(one.value)} ({one.reason})"
    return times(one.value) if one.low == one.high else f"{times(one.value)} [{times(one.low)}, {times(one.high)}]"


def _exceptions(word: str, outside: Mapping[Labels, Estimate]) -> str:
    if not outside:
        return ""
    reasons = {one.reason for one in outside.values() if one.low is None}
    if word == "undecided" and len(reasons) == 1 and all(one.low is None for one in outside.values()):
        return f"; undecided: {reasons.pop()}"
    named = [f"{' '.join(row)} {written(value)}" for row, value in list(outside.items())[:MOST_NAMED]]
    more = f" and {len(outside) - MOST_NAMED} more" if len(outside) > MOST_NAMED else ""
    return f"; {word} {', '.join(named)}{more}"


def _all(judged: Sequence[tuple[str, Judgement]], nothing: Judgement) -> Judgement:
    if not judged:
        return nothing
    decided = [(title, one) for title, one in judged if one.is_judged]
    if not decided:
        return next((one for _, one in judged if one != NOTHING_YET), NOTHING_YET)
    told = "; ".join(one.evidence if len(decided) == 1 else f"{title}: {one.evidence}" for title, one in decided)
    return Judgement(holds=all_of(one.holds for _, one in decided), evidence=told)
