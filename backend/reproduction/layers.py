"""First, middle and last layers, and whether a column of numbers differs between them."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from typing import NamedTuple

from backend.contracts.reproduction import Judgement
from backend.contracts.verdicts import Estimate, all_of, exceeds
from backend.reproduction.blocks import Block
from backend.reproduction.judging import NOTHING_YET, Judge

SHARE = 0.25
LEAST_LAYERS = 4
OUTER = "in the first quarter of the layers, and in the last,"
WHY = "an order needs no margin; the ends of a mean are the means of the layers' ends"


class LayerParts(NamedTuple):
    """One quantity by place."""

    first: Estimate
    middle: Estimate
    last: Estimate


def thirds(values: Sequence[float]) -> tuple[Sequence[float], Sequence[float], Sequence[float]]:
    """The first quarter, what lies between, and the last quarter."""
    n_outer = round(SHARE * len(values))
    return values[:n_outer], values[n_outer:-n_outer], values[-n_outer:]


def parts(block: Block, column: str) -> LayerParts | None:
    """Means of a block with one row per layer; None where there are fewer than four."""
    rows = [block.series[row] for row in sorted(block.series, key=lambda row: int(row[0]))]
    if len(rows) < LEAST_LAYERS:
        return None
    means = [_means([row[column] for row in rows])]
    ends = (f"{column} from", f"{column} to")
    if all(set(ends) <= set(row) for row in rows):
        means += [_means([row[end] for row in rows]) for end in ends]
    return LayerParts(*(Estimate(*found) for found in zip(*means, strict=True)))


def compared(column: str, *, outer_is_larger: bool) -> Judge:
    """The first and the last layers, each by itself, against the middle ones."""
    return lambda block: judged(parts(block, column), outer_is_larger=outer_is_larger)


def judged(
    found: LayerParts | None, *, outer_is_larger: bool, written: Callable[[float], str] = lambda value: f"{value:.3g}"
) -> Judgement:
    """Both ends against the middle, by intervals."""
    if found is None:
        return NOTHING_YET
    told = ", ".join(f"{name} {_told(one, written)}" for name, one in zip(found._fields, found, strict=True))
    pairs = [(side, found.middle) if outer_is_larger else (found.middle, side) for side in (found.first, found.last)]
    lacking = "" if found.middle.low is not None else f": {found.middle.reason}"
    return Judgement(holds=all_of(exceeds(one, other) for one, other in pairs), evidence=told + lacking)


def _means(values: Sequence[float]) -> tuple[float, float, float]:
    first, middle, last = (statistics.fmean(part) for part in thirds(values))
    return first, middle, last


def _told(one: Estimate, written: Callable[[float], str]) -> str:
    if one.low is None or one.high is None:
        return written(one.value)
    return f"{written(one.value)} [{written(one.low)}, {written(one.high)}]"
