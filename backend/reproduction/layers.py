"""First, middle and last layers, and whether a column of numbers differs between them."""

from __future__ import annotations

import statistics
from typing import NamedTuple

from backend.contracts.reproduction import Judgement
from backend.reproduction.blocks import Block
from backend.reproduction.judging import NOTHING_YET, Judge

SHARE = 0.25
LEAST_LAYERS = 4
OUTER = "in the first quarter of the layers, and in the last,"


class Parts(NamedTuple):
    """Means of one quantity."""

    first: float
    middle: float
    last: float


def parts(block: Block, column: str) -> Parts | None:
    """Of a block with one row per layer; None where there are fewer than four."""
    values = [block.series[row][column] for row in sorted(block.series, key=lambda row: int(row[0]))]
    if len(values) < LEAST_LAYERS:
        return None
    n_outer = round(SHARE * len(values))
    return Parts(
        statistics.fmean(values[:n_outer]),
        statistics.fmean(values[n_outer:-n_outer]),
        statistics.fmean(values[-n_outer:]),
    )


def compared(column: str, *, outer_is_larger: bool) -> Judge:
    """The first and the last layers, each by itself, against the middle ones."""

    def judge(block: Block) -> Judgement:
        found = parts(block, column)
        if found is None:
            return NOTHING_YET
        told = f"first {found.first:.3g}, middle {found.middle:.3g}, last {found.last:.3g}"
        sides = (found.first, found.last)
        holds = min(sides) > found.middle if outer_is_larger else max(sides) < found.middle
        return Judgement(holds=holds, evidence=told)

    return judge
