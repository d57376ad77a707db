"""Tables 5 and 9 to 13: the region of one language alone is zeroed (Eq. 5)."""

from __future__ import annotations

from functools import partial

from backend.contracts.regions import CombinedRegionRequest, Difference, NamedRegion, RankedLeaf, RegionRequest
from backend.contracts.reproduction import Judgement
from backend.contracts.requests import WITH_NORMS, RegionSpec, RemovalRequest, Request
from backend.contracts.results import RemovalSummary
from backend.contracts.verdicts import LITTLE, SAME, Estimate, all_of, inside
from backend.contracts.vocabulary import Selection
from backend.published import table
from backend.reproduction.blocks import Block, Cells, Known
from backend.reproduction.judging import NOTHING_YET, Rule, at_most, largest, same, written
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
        Block(
            f"{setting.conditions.model} ({n_samples})",
            SHOWN,
            step=step,
            rule=setting.told,
            **_cells(known, step).parts,
        )
        for step, n_samples in samples.items()
        if n_samples is not None
    ]


def _cells(known: Known, step: str) -> Cells:
    stored, cells = known.get(step), Cells()
    if stored is None or not isinstance(stored.summary, RemovalSummary):
        return cells
    base = {row.language: row for row in stored.summary.conditions[0].rows}
    for name, condition in zip(SHOWN, stored.summary.conditions, strict=False):
        for row in condition.rows:
            cells.add((row.language,), name, row, None if name == "Base" else base[row.language])
    return cells


def _lost(block: Block) -> dict[str, Estimate]:
    """What each language lost, so that languages compare: bits per byte."""
    return {row[0]: block.added(row, "Top") for row, cells in block.series.items() if {"Top", "Base"} <= set(cells)}


def _told(code: str, block: Block) -> str:
    return f"{code} {written(block.ratio((code,), 'Top'))}"


def _hits_most(language: str) -> Rule:
    def judge(block: Block) -> Judgement:
        found = _lost(block)
        own = found.pop(language, None)
        if own is None or not found:
            return NOTHING_YET
        next_one = max(found, key=lambda code: found[code].value)
        is_hurt = inside(block.ratio((language,), "Top"), least=SAME.factor)
        return Judgement(
            holds=all_of((is_hurt, largest(own, found))),
            evidence=f"{_told(language, block)}, next {_told(next_one, block)}",
        )

    return Rule(
        f"Removing the region of {NAMES[language]} alone hurts {NAMES[language]} most.",
        f"bits per byte lost in {language} exceed those lost in every other language, intervals apart, and Top / Base "
        f"of {language} lies above ×{SAME.factor:g}",
        judge,
        f"published numbers: bits per token; {SAME.why}",
    )


def _relatives(language: str) -> Rule:
    relatives = RELATIVES[language]

    def judge(block: Block) -> Judgement:
        found = _lost(block)
        near = {code: one for code, one in found.items() if code in relatives}
        far = {code: one for code, one in found.items() if code not in (language, *relatives)}
        if not near or not far:
            return NOTHING_YET
        least, most = min(near, key=lambda code: near[code].value), max(far, key=lambda code: far[code].value)
        return Judgement(
            holds=all_of(largest(one, far) for one in near.values()),
            evidence=f"{_told(least, block)}, unrelated at most {_told(most, block)}",
        )

    return Rule(
        f"Its relatives ({', '.join(relatives)}) are hurt next.",
        "bits per byte lost in each relative exceed those lost in every unrelated language, intervals apart",
        judge,
        "an order needs no margin; published numbers: bits per token",
    )


def _others_stay(language: str) -> Rule:
    spared = (language, *RELATIVES[language])
    return Rule(
        "Other languages hardly change.",
        f"the interval of Top / Base lies below ×{LITTLE.factor:g} in every language but {', '.join(spared)}",
        at_most("Top", margin=LITTLE, only=lambda row: row[0] not in spared),
        LITTLE.why,
    )


def _spec(language: str, number: int) -> Spec:
    rules = [_hits_most(language), *([_relatives(language)] if RELATIVES[language] else []), _others_stay(language)]
    rules.append(
        Rule(
            "The same taken from the bottom changes nothing.",
            f"the interval of Bottom / Base lies within ×{1 / SAME.factor:.3g} to ×{SAME.factor:g} in every language",
            same("Bottom", margin=SAME),
            SAME.why,
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
