"""Tables 3, 7 and 8: the N top, middle, bottom or random dimensions of one side are zeroed."""

from __future__ import annotations

from functools import partial

from backend.contracts.reproduction import Judgement
from backend.contracts.requests import DimensionRanking, RegionRequest, Request, StructuredRemovalRequest
from backend.contracts.results import StructuredRemovalSummary
from backend.contracts.verdicts import LITTLE, LOST, Estimate, all_of, inside
from backend.contracts.vocabulary import DimensionSetting, Rank
from backend.reproduction.blocks import Block, Cells, Known, Labels
from backend.reproduction.judging import NOTHING_YET, Rule, bounded, largest, written
from backend.reproduction.setting import Setting
from backend.reproduction.spec import Spec

COUNTS = (1, 3, 5, 10)
RANKS = ("Top", "Middle", "Bottom", "Random")
FRACTION = 0.03
SETTINGS = {
    3: DimensionSetting.HEAD_AND_DOWN,
    7: DimensionSetting.HEAD,
    8: DimensionSetting.RESIDUAL,
}
STEP = "structured removal"


def request(setting: Setting, dimensions: DimensionSetting) -> StructuredRemovalRequest:
    """Both numbers of samples in one table, Chinese as in the paper."""
    smallest = setting.shape.n_key_value_heads * setting.shape.head_size
    ranking = DimensionRanking(region=RegionRequest(region=setting.region(FRACTION)), setting=dimensions)
    return StructuredRemovalRequest(
        ranking=ranking,
        counts=tuple(count for count in COUNTS if 2 * count <= smallest) or COUNTS[:1],
        snapshots=(None, setting.fewer) if setting.fewer else (None,),
        evaluation=setting.evaluation((setting.one("zh"),)),
    )


def _requests(setting: Setting, known: Known, *, dimensions: DimensionSetting) -> dict[str, Request]:
    return {STEP: request(setting, dimensions)}


def _measured(setting: Setting, known: Known) -> list[Block]:
    stored = known.get(STEP)
    summary = stored.summary if stored and isinstance(stored.summary, StructuredRemovalSummary) else None
    return [
        Block(
            f"{setting.conditions.model} ({snapshot or setting.samples})",
            ("Base", *RANKS),
            step=STEP,
            rule=setting.told,
            **_cells(summary, snapshot).parts,
        )
        for snapshot in (None, *([setting.fewer] if setting.fewer else []))
    ]


def _cells(summary: StructuredRemovalSummary | None, snapshot: int | None) -> Cells:
    found = Cells()
    if summary is None:
        return found
    base = summary.base[0]
    for cell in summary.cells:
        if cell.snapshot == snapshot:
            labels, name = (str(cell.count),), cell.rank.value.capitalize()
            found.add(labels, "Base", base)
            if cell.rank is Rank.RANDOM:
                found.add_draws(labels, name, [rows[0] for rows in cell.draws] or [cell.rows[0]], base)
            else:
                found.add(labels, name, cell.rows[0], base)
    return found


def ratio(block: Block, row: Labels, rank: str) -> Estimate:
    """Of a cell to Base. Where Base is not printed, the smallest number of the line stands for it."""
    cells = block.series[row]
    if "Base" in cells:
        return block.ratio(row, rank)
    return Estimate.exact(cells[rank] / min(cells.values()))


def _top_most(block: Block) -> Judgement:
    found = {row: cells for row, cells in block.series.items() if "Top" in cells and len(cells) > 1}
    if not found:
        return NOTHING_YET
    states, told = [], []
    for row, cells in found.items():
        others = {rank: ratio(block, row, rank) for rank in RANKS[1:] if rank in cells}
        if not others:
            return NOTHING_YET
        top, worst = ratio(block, row, "Top"), max(others, key=lambda rank: others[rank].value)
        states.append(largest(top, others))
        told.append(f"N = {row[0]}: {written(top)} against {worst.lower()} {written(others[worst])}")
    return Judgement(holds=all_of(states), evidence="; ".join(told))


def _quiet(block: Block) -> Judgement:
    found = {
        (*row, rank.lower()): ratio(block, row, rank)
        for row, cells in block.series.items()
        for rank in RANKS[1:]
        if rank in cells
    }
    return bounded(found, most=LITTLE.factor)


def _lost(block: Block) -> Judgement:
    row = (str(COUNTS[-1]),)
    if "Top" not in block.series.get(row, {}):
        return NOTHING_YET
    top = ratio(block, row, "Top")
    return Judgement(holds=inside(top, least=LOST.factor), evidence=f"{written(top)} at N = {COUNTS[-1]}")


RULES = (
    Rule(
        "The top dimensions hurt more than any others.",
        "the interval of Top / Base lies above those of Middle, Bottom and the median of Random at every N",
        _top_most,
        "an order needs no margin; where both are lost it says nothing",
    ),
    Rule(
        "A handful of top dimensions carries the language.",
        f"at N = {COUNTS[-1]}, the interval of Top / Base lies above ×{LOST.factor:g} (Base: the least of a "
        "line, where it is not printed)",
        _lost,
        LOST.why,
    ),
    Rule(
        "Middle, bottom and random dimensions have no noticeable effect.",
        f"the interval of each of them / Base lies below ×{LITTLE.factor:g} at every N; of random ones the median's",
        _quiet,
        LITTLE.why,
    ),
)


def _stand_ins(setting: Setting) -> tuple[str, ...]:
    return (
        setting.samples_told,
        f"Dimensions are ranked by how much of the top {FRACTION * 100:.0f} % they hold; the share is not in the text.",
    )


def _spec(number: int, question: str) -> Spec:
    return Spec(
        name=f"table-{number}",
        title=f"Table {number}",
        question=question,
        labels=("n_dimensions",),
        requests=partial(_requests, dimensions=SETTINGS[number]),
        measured=_measured,
        rules=RULES,
        stand_ins=_stand_ins,
    )


TABLE_3 = _spec(3, "Does language depend on few dimensions? Head side of attention, residual side of down.")
TABLE_7 = _spec(7, "The same on the head side of attention alone.")
TABLE_8 = _spec(8, "The same on the residual side of attention.")
