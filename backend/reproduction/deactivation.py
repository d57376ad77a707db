"""Tables 1 and 4 of paper B: the key neurons of one language are zeroed, perplexity of every language rises by..."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from functools import partial

from backend.contracts.reproduction import Judgement
from backend.contracts.requests import DeactivationRequest, Request
from backend.contracts.results import DeactivatedColumn, DeactivationSummary, PerplexityRow
from backend.contracts.verdicts import LITTLE, Estimate, all_of, inside, middle_of
from backend.reproduction.blocks import Block, Cells, Known, Labels, finite, number
from backend.reproduction.judging import MOST_NAMED, NOTHING_YET, Rule, largest, written
from backend.reproduction.parallel import OWN_QUESTION, key_neurons, languages, stand_in
from backend.reproduction.setting import Setting
from backend.reproduction.spec import Spec

STEP = "deactivation"
FULL, RANDOM, OFF = "Full model", "Random, as many", " off"
DRAWS = 10
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
    cells = _cells(stored.summary) if stored and isinstance(stored.summary, DeactivationSummary) else Cells()
    return [
        Block(
            setting.conditions.model,
            columns,
            series,
            printed=printed,
            step=STEP,
            rule=setting.told,
            estimates=cells.estimates,
            bits=cells.bits,
        )
    ]


def _cells(summary: DeactivationSummary) -> Cells:
    """Ratios to the full model with their intervals; of random neurons those of the median draw."""
    cells, base = Cells(), {row.language: row for row in summary.base}
    drawn: dict[str, list[PerplexityRow]] = {}
    for column in summary.columns:
        for row in column.rows:
            if column.draw is None:
                cells.add((row.language,), f"{column.language}{OFF}", row, base.get(row.language))
            elif row.language == column.language:
                drawn.setdefault(row.language, []).append(row)
    for code, rows in drawn.items():
        if code in base:
            cells.add_draws((code,), RANDOM, rows, base[code])
    return cells


def _series(summary: DeactivationSummary) -> dict[Labels, dict[str, float]]:
    series: dict[Labels, dict[str, float]] = {(row.language,): {FULL: finite(row.perplexity)} for row in summary.base}
    own = [column for column in summary.columns if column.draw is None]
    for column in own:
        for row, rise in _rises(summary, column).items():
            series[row][f"{column.language}{OFF}"] = rise
        draws = [one for one in summary.columns if one.language == column.language and one.draw is not None]
        found = [_rises(summary, draw).get((column.language,), math.nan) for draw in draws]
        if found and (column.language,) in series:
            series[column.language,][RANDOM] = statistics.median(found)
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


def _ratio(block: Block, language: str, column: str) -> Estimate:
    """Perplexity over that of the full model; published rises by their point values."""
    if block.origin == "published":
        return Estimate.exact(1 + block.series[language,][column] / 100)
    return block.estimates.get(((language,), column), Estimate(math.nan))


def _added(block: Block, language: str, column: str) -> Estimate:
    """What compares languages: bits per byte; published: bits per token."""
    if block.origin == "published":
        ratio = _ratio(block, language, column).value
        return Estimate.exact(math.log2(ratio) if ratio > 0 else math.nan)
    return block.bits.get(((language,), column), Estimate(math.nan))


def _own_column(block: Block) -> Judgement:
    def others(code: str) -> dict[str, Estimate]:
        return {one: _added(block, one, f"{code}{OFF}") for one in _deactivated(block) if one != code}

    return _judged(block, lambda code: _added(block, code, f"{code}{OFF}"), others)


def _own_row(block: Block) -> Judgement:
    def others(code: str) -> dict[str, Estimate]:
        return {f"{one}{OFF}": _ratio(block, code, f"{one}{OFF}") for one in _deactivated(block) if one != code}

    return _judged(block, lambda code: _ratio(block, code, f"{code}{OFF}"), others)


def _above_random(block: Block) -> Judgement:
    random = next((name for name in block.columns if name.startswith("Random")), "")

    def others(code: str) -> dict[str, Estimate]:
        return {"random": _ratio(block, code, random)} if random in block.series.get((code,), {}) else {}

    return _judged(block, lambda code: _ratio(block, code, f"{code}{OFF}"), others)


def _judged(block: Block, own: Callable[[str], Estimate], others: Callable[[str], dict[str, Estimate]]) -> Judgement:
    """Every language's own loss exceeds those of `others(language)`, intervals apart."""
    codes = _deactivated(block)
    if len(codes) < 2:
        return NOTHING_YET
    states = {code: largest(own(code), others(code)) for code in codes}
    told = f"{sum(state is True for state in states.values())} of {len(codes)} languages"
    for word, kind in (("not", False), ("undecided", None)):
        named = [code for code, state in states.items() if state is kind]
        more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
        told += f"; {word} {', '.join(named[:MOST_NAMED])}{more}" if named else ""
    return Judgement(holds=all_of(states.values()), evidence=told)


def _others_stay(block: Block) -> Judgement:
    codes = _deactivated(block)
    if len(codes) < 2:
        return NOTHING_YET
    on = middle_of([_ratio(block, code, f"{code}{OFF}") for code in codes])
    off = middle_of([_ratio(block, row, f"{code}{OFF}") for row in codes for code in codes if row != code])
    told = f"median {written(off)} off the diagonal, {written(on)} on it"
    if inside(on, least=LITTLE.factor) is not True:
        return Judgement(holds=None, evidence=f"{told}: too little was lost to compare with")
    return Judgement(holds=inside(off, most=LITTLE.factor), evidence=told)


ORDER = "an order needs no margin"
RULES = (
    Rule(
        "Without its key neurons the language itself suffers most.",
        "in every column the deactivated language loses most bits per byte, intervals apart (largest in its column)",
        _own_column,
        f"{ORDER}; published numbers: bits per token",
    ),
    Rule(
        "Other languages remain largely unchanged.",
        f"the median ratio off the diagonal lies below ×{LITTLE.factor:g}, where the median on it lies above",
        _others_stay,
        LITTLE.why,
    ),
    Rule(
        "It takes these neurons: random ones hurt less.",
        "the rise on the diagonal exceeds that of random neurons, intervals apart (here as many, the median of "
        f"{DRAWS} draws matched by layer; in the paper at least as many as any language has)",
        _above_random,
        ORDER,
    ),
    Rule(
        f"No other language's neurons hurt a language as much as its own ({OWN_QUESTION}).",
        "in every line the rise on the diagonal is the largest, intervals apart (largest in its row)",
        _own_row,
        ORDER,
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
