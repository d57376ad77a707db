"""Tables 1 and 4 of paper B: the key neurons of one language are zeroed, perplexity of every language rises by..."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from functools import partial

from backend.contracts.reproduction import Judgement
from backend.contracts.requests import DeactivationRequest, Request
from backend.contracts.results import DeactivatedColumn, DeactivationSummary
from backend.reproduction.blocks import Block, Known, Labels, finite, mean, number
from backend.reproduction.judging import MOST_NAMED, NOTHING_YET, Rule
from backend.reproduction.parallel import OWN_QUESTION, key_neurons, languages, stand_in
from backend.reproduction.setting import Setting
from backend.reproduction.spec import Spec

STEP = "deactivation"
FULL, RANDOM, OFF = "Full model", "Random, as many", " off"
DRAWS = 10
LITTLE, SHARE, HURT = 15.0, 0.2, 1.0
"""Per cent; of the median on the diagonal; per cent below which nothing was lost that others could keep.

The paper's medians off the diagonal are 5 % of 47 % and 9 % of 145 %.
"""
COUNTS: tuple[Labels, Labels] = (("neurons",), ("share",))


def request(setting: Setting) -> DeactivationRequest:
    """Every language's neurons off, with controls of the same size; perplexity on held-out lines."""
    evaluation = setting.evaluation(languages(setting))
    return DeactivationRequest(neurons=key_neurons(setting), evaluation=evaluation, random_draws=DRAWS)


def _requests(setting: Setting, _: Known) -> dict[str, Request]:
    return {STEP: request(setting)}


def _measured(setting: Setting, known: Known) -> list[Block]:
    codes = languages(setting)
    columns = (FULL, RANDOM, *(f"{code}{OFF}" for code in codes))
    stored = known.get(STEP)
    series: dict[Labels, dict[str, float]] = {}
    if stored and isinstance(stored.summary, DeactivationSummary):
        series = _series(stored.summary)
    printed = {
        (row, name): _printed(row, name, value) for row, cells in series.items() for name, value in cells.items()
    }
    title = setting.conditions.model
    return [Block(title, columns, series, printed=printed, step=STEP, rule=setting.told)]


def _series(summary: DeactivationSummary) -> dict[Labels, dict[str, float]]:
    series: dict[Labels, dict[str, float]] = {(row.language,): {FULL: finite(row.perplexity)} for row in summary.base}
    own = [column for column in summary.columns if column.draw is None]
    for column in own:
        for row, rise in _rises(summary, column).items():
            series[row][f"{column.language}{OFF}"] = rise
        draws = [one for one in summary.columns if one.language == column.language and one.draw is not None]
        found = [_rises(summary, draw).get((column.language,), math.nan) for draw in draws]
        if found and (column.language,) in series:
            series[column.language,][RANDOM] = mean(found)
    series[COUNTS[0]] = {f"{column.language}{OFF}": float(column.n_neurons) for column in own}
    series[COUNTS[1]] = {f"{one.language}{OFF}": 100 * one.n_neurons / summary.n_neurons_total for one in own}
    return series


def _rises(summary: DeactivationSummary, column: DeactivatedColumn) -> dict[Labels, float]:
    """In per cent of the full model's perplexity; infinite as soon as that of the column is."""
    base = {row.language: row.perplexity for row in summary.base}
    return {
        (row.language,): 100 * (finite(row.perplexity) / full - 1)
        for row in column.rows
        if (full := base.get(row.language))
    }


def _printed(row: Labels, name: str, value: float) -> str:
    if name == FULL or not math.isfinite(value):
        return number(value)
    if row == COUNTS[0]:
        return f"{value:.0f}"
    return f"{round(value, 1) + 0.0:.1f}%"  # no -0.0


def _deactivated(block: Block) -> list[str]:
    return [
        code
        for name in block.columns
        if name.endswith(OFF) and name in block.series.get((code := name[: -len(OFF)],), {})
    ]


def _rise(block: Block, language: str, deactivated: str) -> float:
    return block.series[language,][f"{deactivated}{OFF}"]


def _own_column(block: Block) -> Judgement:
    def worst(code: str) -> float:
        return max((_rise(block, one, code) for one in _deactivated(block) if one != code), default=-math.inf)

    return _judged(block, worst)


def _own_row(block: Block) -> Judgement:
    def worst(code: str) -> float:
        return max((_rise(block, code, one) for one in _deactivated(block) if one != code), default=-math.inf)

    return _judged(block, worst)


def _above_random(block: Block) -> Judgement:
    random = next((name for name in block.columns if name.startswith("Random")), "")
    return _judged(block, lambda code: block.series[code,].get(random, math.inf))


def _judged(block: Block, other: Callable[[str], float]) -> Judgement:
    """Every language's own rise exceeds `other(language)`."""
    codes = _deactivated(block)
    if len(codes) < 2:
        return NOTHING_YET
    beaten = {code: (_rise(block, code, code), other(code)) for code in codes}
    outside = [f"{code} {own:.3g}% against {against:.3g}%" for code, (own, against) in beaten.items() if own <= against]
    told = f"{len(codes) - len(outside)} of {len(codes)} languages"
    named = f"; not {', '.join(outside[:MOST_NAMED])}" if outside else ""
    more = f" and {len(outside) - MOST_NAMED} more" if len(outside) > MOST_NAMED else ""
    return Judgement(holds=not outside, evidence=told + named + more)


def _others_stay(block: Block) -> Judgement:
    codes = _deactivated(block)
    if len(codes) < 2:
        return NOTHING_YET
    on = statistics.median(_rise(block, code, code) for code in codes)
    off = statistics.median(_rise(block, row, code) for row in codes for code in codes if row != code)
    told = f"median {off:.3g}% off the diagonal, {on:.3g}% on it"
    if on < HURT:
        return Judgement(holds=None, evidence=f"{told}: too little to compare with")
    return Judgement(holds=off <= LITTLE and off <= SHARE * on, evidence=told)


RULES = (
    Rule(
        "Without its key neurons the language itself suffers most.",
        "in every column the rise of the deactivated language is the largest (largest in its column)",
        _own_column,
    ),
    Rule(
        "Other languages remain largely unchanged.",
        f"the median rise off the diagonal is at most {LITTLE:.0f} %, and at most {SHARE:.0%} of the median on it, "
        f"which is {HURT:g} % at least",
        _others_stay,
    ),
    Rule(
        "It takes these neurons: random ones hurt less.",
        "the rise on the diagonal exceeds that of random neurons (here as many, the mean of three draws; in the paper "
        "at least as many as any language has)",
        _above_random,
    ),
    Rule(
        f"No other language's neurons hurt a language as much as its own ({OWN_QUESTION}).",
        "in every line the rise on the diagonal is the largest (largest in its row)",
        _own_row,
    ),
)


def _stand_ins(setting: Setting, *, model: str) -> tuple[str, ...]:
    return (
        f"{setting.conditions.model} stands in for {model}.",
        stand_in(setting),
        f"Held-out {setting.told} stand in for XL-Sum.",
        f"Cells are the rise of perplexity in per cent; in the column {RANDOM!r} every language has as many random "
        "neurons off as it has key neurons.",
    )


def _spec(table: int, model: str, question: str) -> Spec:
    return Spec(
        name=f"b-table-{table}",
        title=f"Table {table} of paper B",
        question=question,
        labels=("language",),
        requests=_requests,
        measured=_measured,
        rules=RULES,
        stand_ins=partial(_stand_ins, model=model),
        paper="B",
        options=("sentences", "lines"),
    )


TABLE_1 = _spec(1, "BLOOM-7B1", "What is lost when the key neurons of one language are turned off?")
TABLE_4 = _spec(4, "LLaMA-2-7B", "The same beside the numbers of LLaMA-2-7B.")
