"""Tables 2 and 6: a region is removed, then the model trains on Chinese with the region frozen or free."""

from __future__ import annotations

import math
from functools import partial

from backend.contracts.reproduction import Judgement
from backend.contracts.requests import WITH_NORMS, Hold, RegionRequest, Request
from backend.contracts.specs import ALL_KINDS, MATRICES
from backend.contracts.training import rate_told
from backend.contracts.verdicts import LOST, MILD
from backend.contracts.vocabulary import Selection
from backend.published import table
from backend.reproduction.blocks import Block, Known
from backend.reproduction.judging import NOTHING_YET, Judge, Rule, bounded, ratios
from backend.reproduction.setting import Setting
from backend.reproduction.spec import Spec
from backend.reproduction.trainings import BATCH_SIZE, LEAST_SEEDS, Trained, at, of_seed, seeds_told, training

COLUMNS = ("Top & Freeze", "Bottom & Freeze", "Top & Unfreeze")
SHOWN = (*COLUMNS, *(name + WITH_NORMS for name in COLUMNS))
"""Judged are the columns of matrices alone; those with norms stand beside them (docs/adr/0009)."""
SHARES = {"0K": 0.0, "2K": 0.01, "5K": 0.025, "10K": 0.05, "20K": 0.1, "50K": 0.25, "200K": 1.0}
RATE = 1e-4
NOTHING_LOST = Judgement(holds=None, evidence="removing the top region lost nothing here")


def points(setting: Setting) -> dict[str, int]:
    """The paper's numbers of samples, scaled to what there is, in whole batches; each label keeps its place."""
    n_samples = setting.conditions.training_samples or 1
    whole_batches = {label: math.ceil(share * n_samples / BATCH_SIZE) * BATCH_SIZE for label, share in SHARES.items()}
    return {label: min(n_samples, n) for label, n in whole_batches.items()}


def _pair(setting: Setting) -> tuple[str, str]:
    """Chinese and English, or what stands in for them."""
    target = setting.one("zh")
    return target, next(
        (code for code in ("en", *setting.available) if code in setting.available and code != target), target
    )


def _relearning(setting: Setting, known: Known, *, fraction: float) -> dict[str, Request]:
    target, other = _pair(setting)
    measured_at = tuple(sorted({n for n in points(setting).values() if n}))
    train = partial(training, setting, target, (other,), learning_rate=RATE, evaluate_at=measured_at)
    found: dict[str, Request] = {}
    for ending, kinds in (("", MATRICES), (WITH_NORMS, ALL_KINDS)):
        spec = setting.region(fraction).model_copy(update={"kinds": kinds})
        top, bottom = (RegionRequest(region=spec, selection=end) for end in (Selection.TOP, Selection.BOTTOM))
        for seed in setting.seeds:
            found[of_seed(COLUMNS[0] + ending, seed)] = train(remove=top, hold=Hold(region=top), seed=seed)
            found[of_seed(COLUMNS[1] + ending, seed)] = train(remove=bottom, hold=Hold(region=bottom), seed=seed)
            found[of_seed(COLUMNS[2] + ending, seed)] = train(remove=top, seed=seed)
    return found


def _relearned(setting: Setting, known: Known) -> list[Block]:
    target, other = _pair(setting)
    cells = Trained(setting.shape.vocabulary_size)
    for role, language in (("zh", target), ("en", other)):
        for label, n_samples in points(setting).items():
            for name in SHOWN:
                values = [at(known.get(of_seed(name, seed)), language, n_samples) for seed in setting.seeds]
                if n_samples:
                    cells.add_trained((role, label), name, values)
                else:
                    cells.add_before((role, label), name, values[0])
    named = "" if (target, other) == ("zh", "en") else f"; {target} for zh, {other} for en"
    title, rule = f"{setting.conditions.model}", setting.told + named
    return [Block(title, SHOWN, step=COLUMNS[0], rule=rule, seeds=cells.seeds, **cells.parts)]


def _row(
    label: str, language: str | None = None, *, over: str, least: float = -math.inf, most: float = math.inf
) -> Judge:
    """`over` against Bottom & Freeze in one line of the table."""

    def judge(block: Block) -> Judgement:
        wanted = ratios(block, over, COLUMNS[1], lambda row: row[1] == label and language in (None, row[0]))
        return bounded(wanted, least=least, most=most)

    return judge


_BEFORE = _row("0K", over=COLUMNS[0], least=LOST.factor)
_BACK = _row("200K", "zh", over=COLUMNS[0], most=MILD.factor)
_OTHER_LOST = _row("200K", "en", over=COLUMNS[0], least=LOST.factor)


def _where_lost(judge: Judge) -> Judge:
    """What was never lost cannot come back, nor stay away: then nothing is decided."""

    def only_then(block: Block) -> Judgement:
        return judge(block) if _BEFORE(block).holds is not False else NOTHING_LOST

    return only_then


def _one_and_not_the_other(block: Block) -> Judgement:
    """That one did not come back says something where the other one did."""
    back, other = _BACK(block), _OTHER_LOST(block)
    if not back.is_judged or not other.is_judged:
        return NOTHING_YET
    told = f"Chinese: {back.evidence}; English: {other.evidence}"
    if back.holds is not True:
        reason = "Chinese itself did not come back" if back.holds is False else "whether Chinese came back is undecided"
        return Judgement(holds=None, evidence=f"{reason} ({told})")
    return Judgement(holds=other.holds, evidence=told)


RELEARNING = (
    Rule(
        "Removing the top region loses both languages, removing the bottom does not.",
        f"before training, Top / Bottom lies above ×{LOST.factor:g} in both languages",
        _BEFORE,
        LOST.why,
    ),
    Rule(
        "With the top region frozen at zero, training brings back the language trained on.",
        f"at the end, Top & Freeze / Bottom & Freeze lies below ×{MILD.factor:g} in Chinese, over {LEAST_SEEDS} seeds "
        "or more",
        _where_lost(_BACK),
        MILD.why,
    ),
    Rule(
        "... but not the other one.",
        f"Chinese came back by the rule above, and at the end Top & Freeze / Bottom & Freeze lies above "
        f"×{LOST.factor:g} in English",
        _where_lost(_one_and_not_the_other),
        LOST.why,
    ),
    Rule(
        "Not frozen, the region is rebuilt in place and both languages come back.",
        f"at the end, Top & Unfreeze / Bottom & Freeze lies below ×{MILD.factor:g} in both languages, over "
        f"{LEAST_SEEDS} seeds or more",
        _where_lost(_row("200K", over=COLUMNS[2], most=MILD.factor)),
        MILD.why,
    ),
)


def _relearning_stand_ins(setting: Setting) -> tuple[str, ...]:
    told = ", ".join(f"{n} for {label}" for label, n in points(setting).items())
    return (
        f"Training samples: {told}; learning rate {rate_told(RATE)}, since so few steps at the paper's would "
        "change little.",
        seeds_told(setting),
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


TABLE_2, TABLE_6 = (
    _table(number, part.fraction or 0.0) for number, part in ((n, table(f"table-{n}").parts[0]) for n in (2, 6))
)
