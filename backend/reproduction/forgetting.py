"""Figure 5: the model trains on Arabic with its core region frozen, limited or free; what other languages lose."""

from __future__ import annotations

from functools import partial

from backend.contracts.reproduction import Judgement
from backend.contracts.requests import Hold, RegionRequest, Request
from backend.contracts.training import rate_told
from backend.contracts.vocabulary import Selection
from backend.reproduction.blocks import Block, Known, Labels, times
from backend.reproduction.judging import NOTHING_YET, Rule, bounded, ratios
from backend.reproduction.setting import Setting
from backend.reproduction.spec import Spec
from backend.reproduction.trainings import at, last, training

LOW_RATE, HIGH_RATE = 1e-5, 1e-4
AS_FAST = 1.02
FORGOTTEN = 1.01
NOTHING_FORGOTTEN = Judgement(holds=None, evidence="training everything made no other language worse here")
FIGURE_FRACTION, LIMIT = 0.05, 0.1
FROZEN, FULL, RANDOM, LIMITED = "Top 5 % frozen", "Everything trained", "Random 5 % frozen", "Top 5 % limited"
HIGH, LOW = "higher rate", "lower rate"


def _figure(setting: Setting, known: Known) -> dict[str, Request]:
    target, others = _figure_languages(setting)
    top = RegionRequest(region=setting.region(FIGURE_FRACTION))
    random = RegionRequest(region=setting.region(FIGURE_FRACTION), selection=Selection.RANDOM)
    holds = {
        FROZEN: Hold(region=top),
        FULL: None,
        RANDOM: Hold(region=random),
        LIMITED: Hold(region=top, how="limit", factor=LIMIT),
    }
    found: dict[str, Request] = {}
    for rate_name, rate in ((HIGH, HIGH_RATE), (LOW, LOW_RATE)):
        for name in holds if rate_name == HIGH else (FROZEN, FULL):
            found[f"{name}, {rate_name}"] = training(setting, target, others, hold=holds[name], learning_rate=rate)
    return found


def _figure_languages(setting: Setting) -> tuple[str, tuple[str, ...]]:
    target = setting.one("ar")
    others = tuple(code for code in ("en", "zh") if code in setting.available) or setting.available[1:3]
    return target, others


def _figure_blocks(setting: Setting, known: Known) -> list[Block]:
    target, others = _figure_languages(setting)
    found = []
    for rate_name, rate, names in ((HIGH, HIGH_RATE, (FROZEN, FULL, RANDOM, LIMITED)), (LOW, LOW_RATE, (FROZEN, FULL))):
        series: dict[Labels, dict[str, float]] = {}
        for language in dict.fromkeys((target, *others)):
            cells = {name: v for name in names if (v := last(known.get(f"{name}, {rate_name}"), language)) is not None}
            before = at(known.get(f"{FULL}, {rate_name}"), language, 0)
            if cells:
                series[(language,)] = ({} if before is None else {"Before": before}) | cells
        title = f"{setting.conditions.model}, learning rate {rate_told(rate)}"
        found.append(Block(title, ("Before", *names), series, step=f"{FULL}, {rate_name}", rule=setting.told))
    return found


def _is_high(block: Block) -> bool:
    return block.origin == "published" or RANDOM in block.columns


def _target(block: Block) -> Labels:
    return ("ar",) if ("ar",) in block.series else next(iter(block.series), ())


def _as_fast(block: Block) -> Judgement:
    if not _is_high(block):
        return NOTHING_YET
    target = _target(block)
    return bounded(ratios(block, FROZEN, FULL, lambda row: row == target), at_most=AS_FAST)


def _forgets_less(block: Block, *, against: str) -> Judgement:
    if not _is_high(block):
        return NOTHING_YET
    target = _target(block)
    found = ratios(block, FROZEN, against, lambda row: row != target)
    if not found:
        return NOTHING_YET
    forgotten = ratios(block, FULL, "Before", lambda row: row != target)
    if forgotten and max(forgotten.values()) < FORGOTTEN:
        return NOTHING_FORGOTTEN
    told = ", ".join(f"{row[0]} {times(value)}" for row, value in found.items())
    return Judgement(holds=all(value < 1 for value in found.values()), evidence=told)


FIGURE_5 = Spec(
    name="figure-5",
    title="Figure 5",
    question="Does freezing the core region keep other languages while one is learned?",
    labels=("language",),
    requests=_figure,
    measured=_figure_blocks,
    rules=(
        Rule(
            "With the core region frozen the target is learned as well as with everything trained.",
            f"at the higher rate, frozen / everything is at most {AS_FAST} in the language trained on",
            _as_fast,
        ),
        Rule(
            "Other languages are forgotten less.",
            "at the higher rate, frozen / everything is below 1 in every other language",
            partial(_forgets_less, against=FULL),
        ),
        Rule(
            "It is the core region that does it, not the number of frozen parameters (our control).",
            "at the higher rate, top frozen / random frozen is below 1 in every other language",
            partial(_forgets_less, against=RANDOM),
        ),
    ),
    stand_ins=lambda setting: (
        f"{setting.conditions.training_samples} samples stand in for 100,000; learning rates {rate_told(LOW_RATE)} and "
        f"{rate_told(HIGH_RATE)}: the paper's are not in the text.",
        f"Limited: the update of the top {FIGURE_FRACTION * 100:.0f} % is scaled by {LIMIT}.",
    ),
)
