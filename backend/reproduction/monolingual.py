"""Tables 5 and 9 to 13: the region of one language alone is zeroed (Eq. 5)."""

from __future__ import annotations

from functools import partial

from backend.contracts.regions import CombinedRegionRequest, Difference, NamedRegion, RankedLeaf, RegionRequest
from backend.contracts.reproduction import Judgement
from backend.contracts.requests import WITH_NORMS, RegionSpec, RemovalRequest, Request
from backend.contracts.results import RemovalSummary
from backend.contracts.vocabulary import Selection
from backend.published import table
from backend.reproduction.blocks import Block, Known, by_language, joined, times
from backend.reproduction.judging import NOTHING_YET, Rule, bounded, ratios, within
from backend.reproduction.setting import Setting
from backend.reproduction.spec import Spec

FRACTION = 0.01
COLUMNS = ("Base", "Top", "Bottom")
SHOWN = (*COLUMNS, *(name + WITH_NORMS for name in COLUMNS[1:]))
"""Judged are the columns of matrices alone; those with norms stand beside them (docs/adr/0009)."""
TABLES = {"ru": 5, "ar": 9, "es": 10, "zh": 11, "ko": 12, "vi": 13}
NAMES = {"ru": "Russian", "ar": "Arabic", "es": "Spanish", "zh": "Chinese", "ko": "Korean", "vi": "Vietnamese"}
RELATIVES = {"ru": ("uk",), "ar": ("fa",), "es": ("it", "pt"), "zh": ("ja",), "ko": ("ja",), "vi": ()}
"""Languages that the tables show to suffer with one: same family, script or loans."""
STEPS = ("removal 10K", "removal 100K")
HURT, UNTOUCHED, HARMLESS = 1.2, 1.25, 1.05


def alone(spec: RegionSpec, language: str, others: tuple[str, ...], selection: Selection) -> CombinedRegionRequest:
    """Eq. 5 for the top or the bottom: of `language`, minus the tops and bottoms of the others."""

    def leaf(code: str, end: Selection) -> RankedLeaf:
        region = spec.model_copy(update={"languages": (code,)})
        return RankedLeaf(region=RegionRequest(region=region, selection=end))

    taken_out = [leaf(code, end) for code in sorted(others) for end in (Selection.TOP, Selection.BOTTOM)]
    return CombinedRegionRequest(
        title=f"{language} only, {selection.value}",
        expression=Difference(of=(leaf(language, selection), *taken_out)),
    )


def _requests(setting: Setting, known: Known, *, language: str) -> dict[str, Request]:
    setting.require(language)
    printed = tuple(row.labels[0] for row in table(f"table-{TABLES[language]}").parts[0].rows)
    evaluation = setting.evaluation(setting.languages(printed))
    others = tuple(code for code in setting.scored if code != language)
    found: dict[str, Request] = {}
    for step, fewer in zip(STEPS, (True, False), strict=True):
        if fewer and setting.fewer is None:
            continue
        spec = setting.region(FRACTION, fewer=fewer, languages=(language,))
        regions = tuple(
            NamedRegion(name=f"{language} {end.value}", region=alone(spec, language, others, end))
            for end in (Selection.TOP, Selection.BOTTOM)
        )
        found[step] = RemovalRequest(region=spec, evaluation=evaluation, random_draws=0, selections=(), others=regions)
    return found


def _measured(setting: Setting, known: Known, *, language: str) -> list[Block]:
    samples = dict(zip(STEPS, (setting.fewer, setting.samples), strict=True))
    return [
        Block(f"{setting.conditions.model} ({n_samples})", SHOWN, _series(known, step), step=step, rule=setting.told)
        for step, n_samples in samples.items()
        if n_samples is not None
    ]


def _series(known: Known, step: str) -> dict[tuple[str, ...], dict[str, float]]:
    stored = known.get(step)
    if stored is None or not isinstance(stored.summary, RemovalSummary):
        return {}
    columns = (by_language(condition.rows) for condition in stored.summary.conditions)
    return joined(dict(zip(SHOWN, columns, strict=False)))


def _hits_most(language: str) -> Rule:
    def judge(block: Block) -> Judgement:
        found = ratios(block, "Top", "Base")
        own = found.get((language,))
        if own is None or len(found) < 2:
            return NOTHING_YET
        row, next_one = max(((row, value) for row, value in found.items() if row != (language,)), key=lambda p: p[1])
        told = f"{language} {times(own)}, next {row[0]} {times(next_one)}"
        return Judgement(holds=own > next_one and own >= HURT, evidence=told)

    return Rule(
        f"Removing the region of {NAMES[language]} alone hurts {NAMES[language]} most.",
        f"Top / Base of {language} is the largest of all languages, and at least {HURT}",
        judge,
    )


def _relatives(language: str) -> Rule:
    relatives = RELATIVES[language]

    def judge(block: Block) -> Judgement:
        found = ratios(block, "Top", "Base")
        near = {row[0]: value for row, value in found.items() if row[0] in relatives}
        far = {row[0]: value for row, value in found.items() if row[0] not in (language, *relatives)}
        if not near or not far:
            return NOTHING_YET
        (worst, least), (name, most) = min(near.items(), key=_value), max(far.items(), key=_value)
        return Judgement(holds=least > most, evidence=f"{worst} {times(least)}, unrelated at most {name} {times(most)}")

    return Rule(
        f"Its relatives ({', '.join(relatives)}) are hurt next.",
        "Top / Base of each relative exceeds that of every unrelated language",
        judge,
    )


def _value(item: tuple[str, float]) -> float:
    return item[1]


def _others_stay(language: str) -> Rule:
    spared = (language, *RELATIVES[language])
    return Rule(
        "Other languages hardly change.",
        f"Top / Base is at most {UNTOUCHED} in every language but {', '.join(spared)}",
        lambda block: bounded(ratios(block, "Top", "Base", lambda row: row[0] not in spared), at_most=UNTOUCHED),
    )


def _spec(language: str, number: int) -> Spec:
    rules = [_hits_most(language), *([_relatives(language)] if RELATIVES[language] else []), _others_stay(language)]
    rules.append(
        Rule(
            "The same taken from the bottom changes nothing.",
            f"Bottom / Base is at most {HARMLESS} in every language",
            within("Bottom", "Base", at_most=HARMLESS),
        )
    )
    return Spec(
        name=f"table-{number}",
        title=f"Table {number}",
        question=f"Is there a region of {NAMES[language]} alone?",
        labels=("language",),
        requests=partial(_requests, language=language),
        measured=partial(_measured, language=language),
        rules=tuple(rules),
        stand_ins=lambda setting: (setting.samples_told,),
    )


MONOLINGUAL = {language: _spec(language, number) for language, number in TABLES.items()}
