"""Figures 5 and 6 of paper B: key neurons by layer and by language, with what shuffled labels give."""

from __future__ import annotations

import math

from backend import published
from backend.contracts.reproduction import Judgement
from backend.contracts.requests import Request
from backend.contracts.results import KeyNeuronsSummary
from backend.reproduction.blocks import Block, Known, Labels, times
from backend.reproduction.judging import NOTHING_YET, Rule, bounded, ratios
from backend.reproduction.layers import OUTER, compared
from backend.reproduction.parallel import OWN_QUESTION, key_neurons, read_told, stand_in
from backend.reproduction.setting import Setting
from backend.reproduction.spec import Spec

STEP = "key neurons"
COUNT, SHARE, NULL, NULL_HIGH = "Key neurons", "Per cent", "Shuffled, mean", "Shuffled, largest"
DISTANT = ("ar", "vi", "zh")
"""Of the paper: other families, other scripts."""


def _requests(setting: Setting, _: Known) -> dict[str, Request]:
    return {STEP: key_neurons(setting)}


def _summary(known: Known) -> KeyNeuronsSummary | None:
    stored = known.get(STEP)
    return stored.summary if stored and isinstance(stored.summary, KeyNeuronsSummary) else None


def _by_layer(setting: Setting, known: Known) -> list[Block]:
    series: dict[Labels, dict[str, float]] = {}
    if found := _summary(known):
        for layer, counts in enumerate(zip(*found.counts, strict=True)):
            cells = {language: float(count) for language, count in zip(found.languages, counts, strict=True)}
            share = 100 * sum(counts) / (found.n_neurons * len(counts))
            series[str(layer),] = cells | {COUNT: float(sum(counts)), SHARE: share}
    return [_block(setting, (*key_neurons(setting).languages, COUNT, SHARE), series)]


def _by_language(setting: Setting, known: Known) -> list[Block]:
    series: dict[Labels, dict[str, float]] = {}
    if found := _summary(known):
        n_total = found.n_layers * found.n_neurons
        for place, language in enumerate(found.languages):
            count = sum(found.counts[place])
            cells = {COUNT: count, SHARE: 100 * count / n_total}
            null = {NULL: found.null_mean[place], NULL_HIGH: found.null_high[place]}
            series[language,] = cells | {name: value for name, value in null.items() if value is not None}
    return [_printed(), _block(setting, (COUNT, SHARE, NULL, NULL_HIGH), series)]


def _block(setting: Setting, columns: tuple[str, ...], series: dict[Labels, dict[str, float]]) -> Block:
    texts = {
        (row, name): f"{value:.2f}%" if name == SHARE else f"{value:.0f}"
        for row, cells in series.items()
        for name, value in cells.items()
    }
    return Block(setting.conditions.model, columns, series, printed=texts, step=STEP, rule=read_told(setting))


def _printed() -> Block:
    """The two last lines of Table 1, as columns."""
    table = published.table("b-table-1")
    part = table.parts[0]
    lines = {row.labels[0]: dict(zip(part.columns, row.cells, strict=True)) for row in part.rows}
    series: dict[Labels, dict[str, float]] = {}
    texts: dict[tuple[Labels, str], str] = {}
    for column, line in ((COUNT, "neurons"), (SHARE, "share")):
        for name, cell in lines[line].items():
            if cell and name.endswith(" off"):
                row = (name.removesuffix(" off"),)
                series.setdefault(row, {})[column] = cell.value
                texts[row, column] = cell.printed
    return Block(part.title, (COUNT, SHARE), series, "published", texts, rule=table.source)


def _distant(block: Block) -> Judgement:
    counts = {row[0]: count for row, count in block.column(COUNT).items()}
    near = {code: count for code, count in counts.items() if code not in DISTANT}
    far = {code: count for code, count in counts.items() if code in DISTANT}
    if not near or not far:
        return NOTHING_YET
    least, most = min(far, key=far.__getitem__), max(near, key=near.__getitem__)
    told = f"least of these {least} {far[least]:.0f}, most of the others {most} {near[most]:.0f}"
    return Judgement(holds=far[least] > near[most], evidence=told)


def _above_chance(block: Block) -> Judgement:
    return bounded(ratios(block, COUNT, NULL_HIGH), at_least=math.nextafter(1.0, 2.0))


def _first_heavy(block: Block) -> Judgement:
    """Where most of them are: evidence only."""
    found = block.column(COUNT)
    if not found:
        return NOTHING_YET
    layer, most = max(found.items(), key=lambda item: item[1])
    mean = sum(found.values()) / len(found)
    return Judgement(holds=None, evidence=f"most in layer {layer[0]}: {most:.0f}, {times(most / mean)} of the mean")


_SUPPORT = ("A neuron counts once for every language it is key for; z above 2.",)
FIGURE_5 = Spec(
    name="b-figure-5",
    title="Figure 5 of paper B",
    question="In which layers are the key neurons?",
    labels=("layer",),
    requests=_requests,
    measured=_by_layer,
    rules=(
        Rule(
            "Key neurons are concentrated in the first and last layers.",
            f"their mean number per layer {OUTER} exceeds that between them",
            compared(COUNT, outer_is_larger=True),
        ),
        Rule(f"The layer with most of them ({OWN_QUESTION}).", "told, not judged", _first_heavy),
    ),
    stand_ins=lambda setting: (
        stand_in(setting),
        *_SUPPORT,
        "One model at one time; how the distribution moves over training is b-figure-4.",
    ),
    has_published=False,
    paper="B",
    options=("sentences",),
)
FIGURE_6 = Spec(
    name="b-figure-6",
    title="Figure 6 of paper B",
    question="How many key neurons has each language, and how many would shuffled labels give?",
    labels=("language",),
    requests=_requests,
    measured=_by_language,
    rules=(
        Rule(
            "Distant languages (Arabic, Vietnamese, Chinese) have larger regions.",
            f"each of {', '.join(DISTANT)} has more key neurons than every other language",
            _distant,
        ),
        Rule(
            "There are more of them than chance gives (our control).",
            "the number of every language exceeds the largest of a thousand shufflings of the language labels",
            _above_chance,
        ),
    ),
    stand_ins=lambda setting: (stand_in(setting), *_SUPPORT, "The paper's numbers are the last lines of its Table 1."),
    has_published=False,
    paper="B",
    options=("sentences",),
)
