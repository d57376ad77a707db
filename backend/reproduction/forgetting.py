"""Figure 5: the model trains on Arabic with its core region frozen, limited or free; what other languages lose."""

from __future__ import annotations

from functools import partial

from backend.contracts.reproduction import Judgement
from backend.contracts.requests import Hold, RegionRequest, Request
from backend.contracts.training import rate_told
from backend.contracts.verdicts import SAME, all_of, inside
from backend.contracts.vocabulary import Selection
from backend.reproduction.blocks import Block, Known, Labels
from backend.reproduction.judging import NOTHING_YET, Rule, bounded, ratios, written
from backend.reproduction.setting import Setting
from backend.reproduction.spec import Spec
from backend.reproduction.trainings import LEAST_SEEDS, Trained, at, last, of_seed, seeds_told, training

LOW_RATE, HIGH_RATE = 1e-5, 1e-4
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
            for seed in setting.seeds:
                found[of_seed(f"{name}, {rate_name}", seed)] = training(
                    setting, target, others, hold=holds[name], learning_rate=rate, seed=seed
                )
    return found


def _figure_languages(setting: Setting) -> tuple[str, tuple[str, ...]]:
    target = setting.one("ar")
    others = tuple(code for code in ("en", "zh") if code in setting.available) or setting.available[1:3]
    return target, others


def _figure_blocks(setting: Setting, known: Known) -> list[Block]:
    target, others = _figure_languages(setting)
    found = []
    for rate_name, rate, names in ((HIGH, HIGH_RATE, (FROZEN, FULL, RANDOM, LIMITED)), (LOW, LOW_RATE, (FROZEN, FULL))):
        cells = Trained(setting.shape.vocabulary_size)
        for language in dict.fromkeys((target, *others)):
            before = at(known.get(f"{FULL}, {rate_name}"), language, 0)
            cells.add_before((language,), "Before", before, n_seeds=len(setting.seeds))
            for name in names:
                runs = [known.get(of_seed(f"{name}, {rate_name}", seed)) for seed in setting.seeds]
                cells.add_trained((language,), name, [last(run, language) for run in runs])
        title = f"{setting.conditions.model}, learning rate {rate_told(rate)}"
        shown = ("Before", *names)
        found.append(
            Block(title, shown, step=f"{FULL}, {rate_name}", rule=setting.told, seeds=cells.seeds, **cells.parts)
        )
    return found


def _is_high(block: Block) -> bool:
    return block.origin == "published" or RANDOM in block.columns


def _target(block: Block) -> Labels:
    return ("ar",) if ("ar",) in block.series else next(iter(block.series), ())


def _as_well(block: Block) -> Judgement:
    """Not worse by the margin, and both learned something at all."""
    target = _target(block)
    if not _is_high(block) or not {FROZEN, FULL} <= set(block.series.get(target, {})):
        return NOTHING_YET
    found = block.ratio(target, FROZEN, FULL)
    holds, told = inside(found, most=SAME.factor), f"{written(found)}"
    if "Before" not in block.series[target]:
        return Judgement(holds=None, evidence=f"{told}; whether both learned is not printed")
    learned = [block.ratio(target, name, "Before") for name in (FROZEN, FULL)]
    told += f"; of before: frozen {written(learned[0])}, everything {written(learned[1])}"
    did_learn = all_of(inside(one, most=1.0) for one in learned)
    if did_learn is not True:
        return Judgement(holds=None, evidence=f"{told}: whether both learned is not shown")
    return Judgement(holds=holds, evidence=told)


def _forgets_less(block: Block, *, against: str) -> Judgement:
    if not _is_high(block):
        return NOTHING_YET
    target = _target(block)
    found = ratios(block, FROZEN, against, lambda row: row != target)
    if not found:
        return NOTHING_YET
    forgotten = ratios(block, FULL, "Before", lambda row: row != target)
    if forgotten and max(one.value for one in forgotten.values()) <= 1:
        return NOTHING_FORGOTTEN
    return bounded(found, most=1.0)


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
            f"at the higher rate, frozen / everything lies below ×{SAME.factor:g} in the language trained on, and both "
            f"below what it was before; over {LEAST_SEEDS} seeds or more",
            _as_well,
            SAME.why,
        ),
        Rule(
            "Other languages are forgotten less.",
            "at the higher rate, frozen / everything lies below 1 in every other language, over "
            f"{LEAST_SEEDS} seeds or more",
            partial(_forgets_less, against=FULL),
            "an order needs no margin",
        ),
        Rule(
            "It is the core region that does it, not the number of frozen parameters (our control).",
            "at the higher rate, top frozen / random frozen lies below 1 in every other language, over "
            f"{LEAST_SEEDS} seeds or more",
            partial(_forgets_less, against=RANDOM),
            "an order needs no margin",
        ),
    ),
    stand_ins=lambda setting: (
        f"{setting.conditions.training_samples} samples stand in for 100,000; learning rates {rate_told(LOW_RATE)} and "
        f"{rate_told(HIGH_RATE)}: the paper's are not in the text.",
        seeds_told(setting),
        f"Limited: the update of the top {FIGURE_FRACTION * 100:.0f} % is scaled by {LIMIT}.",
    ),
)
