"""Figures 5 and 6 of paper B: key neurons by layer and by language, with what shuffled labels give."""

from __future__ import annotations

import statistics

from backend import published
from backend.contracts.reproduction import Judgement
from backend.contracts.requests import Request
from backend.contracts.results import KeyNeuronsSummary
from backend.contracts.verdicts import Estimate, median_of
from backend.reproduction.blocks import Block, Known, Labels, times
from backend.reproduction.judging import NOTHING_YET, Rule
from backend.reproduction.layers import LEAST_LAYERS, OUTER, LayerParts, judged, thirds
from backend.reproduction.parallel import OWN_QUESTION, key_neurons, read_told, stand_in
from backend.reproduction.setting import Setting
from backend.reproduction.spec import Spec

STEP = "key neurons"
COUNT, SHARE, NULL, NULL_HIGH = "Key neurons", "Per cent", "Shuffled, mean", "Shuffled, largest"
P_MORE, P_FEWER = "p, more", "p, fewer"
LEVEL = 0.05
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
            for name, p in ((P_MORE, found.p_more), (P_FEWER, found.p_fewer)):
                null[name] = p[place] if p else None
            series[language,] = cells | {name: value for name, value in null.items() if value is not None}
    return [_printed(), _block(setting, (COUNT, SHARE, NULL, NULL_HIGH, P_MORE, P_FEWER), series)]


def _block(setting: Setting, columns: tuple[str, ...], series: dict[Labels, dict[str, float]]) -> Block:
    texts = {(row, name): _written(name, value) for row, cells in series.items() for name, value in cells.items()}
    return Block(setting.conditions.model, columns, series, printed=texts, step=STEP, rule=read_told(setting))


def _written(name: str, value: float) -> str:
    if name in (P_MORE, P_FEWER):
        return f"{value:.4f}"
    return f"{value:.2f}%" if name == SHARE else f"{value:.0f}"


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
    if block.origin == "published":
        return Judgement(holds=far[least] > near[most], evidence=told)
    return Judgement(holds=None, evidence=f"{told}: a count of one set of sentences has no interval")


def _above_chance(block: Block) -> Judgement:
    """Each language by its own shuffles, at 5 % over all of them. Fewer than chance is not absence."""
    found = {row[0]: cells for row, cells in block.series.items() if P_MORE in cells and P_FEWER in cells}
    if not found:
        known = block.column(NULL)
        return Judgement(holds=None, evidence="no p in a result of an older version") if known else NOTHING_YET
    level = LEVEL / len(found)
    more = [code for code, cells in found.items() if cells[P_MORE] < level]
    fewer = [code for code, cells in found.items() if cells[P_FEWER] < level]
    told = f"{len(more)} of {len(found)} languages, p below {level:.2g} each"
    told += f"; fewer than chance: {', '.join(fewer)}, which is not absence: see the groups that share" if fewer else ""
    return Judgement(holds=False if fewer else (len(more) == len(found)) or None, evidence=told)


def _by_language_parts(block: Block) -> LayerParts | None:
    """Density of each part over that of all layers, the median over languages with its interval."""
    rows = [block.series[row] for row in sorted(block.series, key=lambda row: int(row[0]))]
    codes = [name for name in block.columns if name not in (COUNT, SHARE)]
    if len(rows) < LEAST_LAYERS or not codes:
        return None
    per_language = [_densities([row[code] for row in rows]) for code in codes if any(row.get(code) for row in rows)]
    if not per_language:
        return None
    return LayerParts(*(median_of([Estimate.exact(one) for one in part]) for part in zip(*per_language, strict=True)))


def _densities(counts: list[float]) -> list[float]:
    mean = statistics.fmean(counts)
    return [statistics.fmean(part) / mean for part in thirds(counts)]


def _concentrated(block: Block) -> Judgement:
    return judged(_by_language_parts(block), outer_is_larger=True, written=times)


def _first_heavy(block: Block) -> Judgement:
    """Where most of them are: evidence only."""
    found = block.column(COUNT)
    if not found:
        return NOTHING_YET
    layer, most = max(found.items(), key=lambda item: item[1])
    mean = sum(found.values()) / len(found)
    told = f"most in layer {layer[0]}: {most:.0f}, {times(most / mean)} of the mean"
    return Judgement(holds=None, evidence=told, is_judged=False)


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
            f"their density {OUTER} over that of all layers, the median over languages, exceeds that between them, "
            "intervals apart",
            _concentrated,
            "an order needs no margin; the interval is that of the median over languages, six or more",
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
            "an order needs no margin",
        ),
        Rule(
            "There are more of them than chance gives (our control).",
            "for every language shuffled labels give as many so rarely that p, times the number of languages, is "
            f"below {LEVEL:g}; fewer by the same rule: does not hold; else undecided",
            _above_chance,
            "5 % over all languages together, Bonferroni",
        ),
    ),
    stand_ins=lambda setting: (stand_in(setting), *_SUPPORT, "The paper's numbers are the last lines of its Table 1."),
    has_published=False,
    paper="B",
    options=("sentences",),
)
