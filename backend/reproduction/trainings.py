"""Tables 2 and 6 (remove, then train) and Figure 5 (train with the core region held)."""

from __future__ import annotations

import math
from functools import partial

from backend.contracts.reproduction import Judgement
from backend.contracts.requests import Hold, Optimizer, RegionRequest, Request, TrainingRequest
from backend.contracts.results import Manifest, TrainingSummary
from backend.contracts.training import TrainingEvaluation
from backend.contracts.vocabulary import Selection
from backend.published import table
from backend.reproduction.blocks import Block, Known, Labels, finite, times
from backend.reproduction.judging import NOTHING_YET, Judge, Rule, bounded, ratios
from backend.reproduction.setting import Setting
from backend.reproduction.spec import Spec

COLUMNS = ("Top & Freeze", "Bottom & Freeze", "Top & Unfreeze")
SHARES = {"0K": 0.0, "2K": 0.01, "5K": 0.025, "10K": 0.05, "20K": 0.1, "50K": 0.25, "200K": 1.0}
BATCH_SIZE = 8
RATE, LOW_RATE, HIGH_RATE = 1e-4, 1e-5, 1e-4
LOST, BACK, STAYS_LOST, AS_FAST = 100.0, 2.0, 5.0, 1.02
NOTHING_LOST = Judgement(holds=None, evidence="removing the top region lost nothing here")
FORGOTTEN = 1.01
NOTHING_FORGOTTEN = Judgement(holds=None, evidence="training everything made no other language worse here")
FIGURE_FRACTION, LIMIT = 0.05, 0.1
FROZEN, FULL, RANDOM, LIMITED = "Top 5 % frozen", "Everything trained", "Random 5 % frozen", "Top 5 % limited"
HIGH, LOW = "higher rate", "lower rate"


def points(setting: Setting) -> dict[str, int]:
    """The paper's numbers of samples, scaled to what there is, in whole batches; each label keeps its place."""
    n_samples = setting.conditions.training_samples or 1
    whole_batches = {label: math.ceil(share * n_samples / BATCH_SIZE) * BATCH_SIZE for label, share in SHARES.items()}
    return {label: min(n_samples, n) for label, n in whole_batches.items()}


def _training(setting: Setting, language: str, other: tuple[str, ...], **changes: object) -> TrainingRequest:
    n_samples = setting.conditions.training_samples or 1
    asked = {
        "model": setting.conditions.model,
        "dtype": setting.conditions.dtype,
        "language": language,
        "lines": setting.training_lines(),
        "n_samples": n_samples,
        "evaluation": setting.evaluation(tuple(dict.fromkeys((language, *other)))),
        "batch_size": BATCH_SIZE,
        "optimizer": Optimizer(learning_rate=RATE),
    }
    return TrainingRequest.model_validate(asked | changes)


def _pair(setting: Setting) -> tuple[str, str]:
    """Chinese and English, or what stands in for them."""
    target = setting.one("zh")
    return target, next(
        (code for code in ("en", *setting.available) if code in setting.available and code != target), target
    )


def _relearning(setting: Setting, known: Known, *, fraction: float) -> dict[str, Request]:
    target, other = _pair(setting)
    top, bottom = (
        RegionRequest(region=setting.region(fraction), selection=end) for end in (Selection.TOP, Selection.BOTTOM)
    )
    at = tuple(sorted({n for n in points(setting).values() if n}))
    train = partial(_training, setting, target, (other,), evaluate_at=at)
    return {
        COLUMNS[0]: train(remove=top, hold=Hold(region=top)),
        COLUMNS[1]: train(remove=bottom, hold=Hold(region=bottom)),
        COLUMNS[2]: train(remove=top),
    }


def _relearned(setting: Setting, known: Known) -> list[Block]:
    target, other = _pair(setting)
    series: dict[Labels, dict[str, float]] = {}
    for role, language in (("zh", target), ("en", other)):
        for label, n_samples in points(setting).items():
            cells = {
                name: value for name in COLUMNS if (value := _at(known.get(name), language, n_samples)) is not None
            }
            if cells:
                series[role, label] = cells
    named = "" if (target, other) == ("zh", "en") else f"; {target} for zh, {other} for en"
    title, rule = f"{setting.conditions.model}", setting.told + named
    return [Block(title, COLUMNS, series, step=COLUMNS[0], rule=rule)]


def _evaluations(stored: Manifest | None) -> tuple[TrainingEvaluation, ...]:
    return stored.summary.evaluations if stored and isinstance(stored.summary, TrainingSummary) else ()


def _at(stored: Manifest | None, language: str, n_samples: int) -> float | None:
    """After so many samples: the first evaluation that is not earlier."""
    found = [one for one in _evaluations(stored) if one.n_samples >= n_samples and language in one.perplexity]
    return finite(found[0].perplexity[language]) if found else None


def _row(
    label: str, language: str | None = None, *, over: str, at_least: float = 0.0, at_most: float = math.inf
) -> Judge:
    """`over` against Bottom & Freeze in one line of the table."""

    def judge(block: Block) -> Judgement:
        wanted = ratios(block, over, COLUMNS[1], lambda row: row[1] == label and language in (None, row[0]))
        return bounded(wanted, at_least=at_least, at_most=at_most)

    return judge


def _where_lost(judge: Judge) -> Judge:
    """What was never lost cannot come back, nor stay away: then nothing is judged."""

    def only_then(block: Block) -> Judgement:
        lost = _row("0K", over=COLUMNS[0], at_least=LOST)(block)
        return judge(block) if lost.holds is not False else NOTHING_LOST

    return only_then


RELEARNING = (
    Rule(
        "Removing the top region loses both languages, removing the bottom does not.",
        f"before training, Top / Bottom is at least {LOST:.0f} in both languages",
        _row("0K", over=COLUMNS[0], at_least=LOST),
    ),
    Rule(
        "With the top region frozen at zero, training brings back the language trained on.",
        f"at the end, Top & Freeze / Bottom & Freeze is at most {BACK:.0f} in Chinese",
        _where_lost(_row("200K", "zh", over=COLUMNS[0], at_most=BACK)),
    ),
    Rule(
        "... but not the other one.",
        f"at the end, Top & Freeze / Bottom & Freeze is at least {STAYS_LOST:.0f} in English",
        _where_lost(_row("200K", "en", over=COLUMNS[0], at_least=STAYS_LOST)),
    ),
    Rule(
        "Not frozen, the region is rebuilt in place and both languages come back.",
        f"at the end, Top & Unfreeze / Bottom & Freeze is at most {BACK:.0f} in both languages",
        _where_lost(_row("200K", over=COLUMNS[2], at_most=BACK)),
    ),
)


def _relearning_stand_ins(setting: Setting) -> tuple[str, ...]:
    told = ", ".join(f"{n} for {label}" for label, n in points(setting).items())
    return (
        f"Training samples: {told}; learning rate {RATE:g}, since so few steps at the paper's would change little.",
        f"{setting.conditions.corpus} stands in for Zhihu, Wechat and Falcon.",
    )


def _table(number: int, fraction: float) -> Spec:
    return Spec(
        name=f"table-{number}",
        title=f"Table {number}",
        question=f"Can a model without its top {fraction * 100:.0f} % learn language again?",
        labels=("language", "n_samples"),
        requests=partial(_relearning, fraction=fraction),
        measured=_relearned,
        rules=RELEARNING,
        stand_ins=_relearning_stand_ins,
    )


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
            optimizer = Optimizer(learning_rate=rate)
            found[f"{name}, {rate_name}"] = _training(setting, target, others, hold=holds[name], optimizer=optimizer)
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
            cells = {name: v for name in names if (v := _last(known.get(f"{name}, {rate_name}"), language)) is not None}
            before = _at(known.get(f"{FULL}, {rate_name}"), language, 0)
            if cells:
                series[(language,)] = ({} if before is None else {"Before": before}) | cells
        title = f"{setting.conditions.model}, learning rate {rate:g}"
        found.append(Block(title, ("Before", *names), series, step=f"{FULL}, {rate_name}", rule=setting.told))
    return found


def _last(stored: Manifest | None, language: str) -> float | None:
    evaluations = _evaluations(stored)
    return finite(evaluations[-1].perplexity[language]) if evaluations else None


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
        f"{setting.conditions.training_samples} samples stand in for 100,000; learning rates {LOW_RATE:g} and "
        f"{HIGH_RATE:g}: the paper's are not in the text.",
        f"Limited: the update of the top {FIGURE_FRACTION * 100:.0f} % is scaled by {LIMIT}.",
    ),
)
TABLE_2, TABLE_6 = (
    _table(number, part.fraction or 0.0) for number, part in ((n, table(f"table-{n}").parts[0]) for n in (2, 6))
)
