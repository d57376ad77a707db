"""Structured removals and sweeps in words: what was done, to what, and what was found."""

from __future__ import annotations

from collections.abc import Sequence

from backend.contracts.requests import DimensionSweep, ScalarSweep, SweepRequest
from backend.contracts.vocabulary import DimensionSetting, EditAction, Side
from frontend.choices.region_source import region_words
from frontend.figures.numbers import factor
from frontend.figures.sweep import FATAL, Measured, fatal, worst

ACTION_WORDS = {
    EditAction.RANDOM: "random",
    EditAction.ZERO: "zero",
    EditAction.SCALE: "times k",
    EditAction.SET: "set",
    EditAction.RESET: "reset",
}
SIDES = {Side.RESIDUAL: "residual", Side.HEAD: "head", Side.NEURON: "neuron"}


def setting_words(setting: DimensionSetting) -> str:
    """`head side of q, k, v, o; residual side of down`."""
    by_side: dict[Side, list[str]] = {}
    for kind, side in setting.sides.items():
        by_side.setdefault(side, []).append(kind.value.partition(".")[2])
    return "; ".join(f"{side.value} side of {', '.join(kinds)}" for side, kinds in by_side.items())


def action_words(request: SweepRequest) -> str:
    """`random`, `times 10`, `set to 0.5`..."""
    match request.action:
        case EditAction.SCALE:
            return f"times {request.factor:g}"
        case EditAction.SET:
            return f"set to {request.value:g}"
        case _:
            return ACTION_WORDS[request.action]


def sweep_title(request: SweepRequest) -> str:
    """`Residual dimensions, one at a time: random`."""
    assert isinstance(request.targets, DimensionSweep)
    kinds = ", ".join(kind.value for kind in request.targets.kinds)
    where = f" of {kinds}" if kinds else ""
    return f"{SIDES[request.targets.side].capitalize()} dimensions{where}, one at a time: {action_words(request)}"


def scan_title(request: SweepRequest) -> str:
    """`1.norm.input, one scalar at a time: times 10`."""
    assert isinstance(request.targets, ScalarSweep)
    return f"{request.targets.matrix}, one scalar at a time: {action_words(request)}"


def ranked_by(request: SweepRequest) -> str:
    """Where the dimensions come from."""
    targets = request.targets
    assert isinstance(targets, DimensionSweep)
    if targets.ranking is None:
        return "Dimensions as given"
    return f"Ranked by the {region_words(targets.ranking)}"


def sweep_verdict(points: Sequence[Measured]) -> str:
    """The finding in one sentence: the worst dimension against the random ones."""
    if not points:
        return "Nothing was perturbed."
    top = worst(points, 1)[0]
    drawn = [one.ratio for one in points if one.point.group == "random"]
    told = (
        f"Worst is {top.point.index}: {factor(top.ratio)} of the base. {len(fatal(points))} of {len(points)} double it."
    )
    if drawn and None not in drawn:
        told += f" Random dimensions give at most {factor(max(ratio for ratio in drawn if ratio))}."
    return told


def scan_verdict(points: Sequence[Measured]) -> str:
    """How many scalars alone ruin the model."""
    found = fatal(points)
    if not found:
        return f"None of {len(points):,} scalars alone multiplies the perplexity by {FATAL:g}."
    shown = ", ".join(f"{one.point.index} ({factor(one.ratio)})" for one in found[:5])
    more = f" and {len(found) - 5} more" if len(found) > 5 else ""
    return (
        f"{len(found)} of {len(points):,} scalars alone multiply the perplexity by {FATAL:g} and more: {shown}{more}."
    )
