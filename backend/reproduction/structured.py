"""Tables 3, 7 and 8: the N top, middle, bottom or random dimensions of one side are zeroed."""

from __future__ import annotations

import math
from functools import partial

from backend.contracts.reproduction import Judgement
from backend.contracts.requests import DimensionRanking, RegionRequest, Request, StructuredRemovalRequest
from backend.contracts.results import StructuredRemovalSummary
from backend.contracts.vocabulary import DimensionSetting
from backend.reproduction.blocks import Block, Known, finite, times
from backend.reproduction.judging import NOTHING_YET, Rule, bounded
from backend.reproduction.setting import Setting
from backend.reproduction.spec import Spec

COUNTS = (1, 3, 5, 10)
RANKS = ("Top", "Middle", "Bottom", "Random")
FRACTION = 0.03
QUIET = 1.25
SETTINGS = {
    3: DimensionSetting.HEAD_AND_DOWN,
    7: DimensionSetting.HEAD,
    8: DimensionSetting.RESIDUAL,
}
LOST = {3: 100, 7: 10, 8: 100}
"""What the ten top dimensions must do at least; the paper's weakest are ×10700, ×20 and ×998."""
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
            _series(summary, snapshot),
            step=STEP,
            rule=setting.told,
        )
        for snapshot in (None, *([setting.fewer] if setting.fewer else []))
    ]


def _series(summary: StructuredRemovalSummary | None, snapshot: int | None) -> dict[tuple[str, ...], dict[str, float]]:
    if summary is None:
        return {}
    base = finite(summary.base[0].perplexity)
    found: dict[tuple[str, ...], dict[str, float]] = {}
    for cell in summary.cells:
        if cell.snapshot == snapshot:
            row = found.setdefault((str(cell.count),), {"Base": base})
            row[cell.rank.value.capitalize()] = finite(cell.rows[0].perplexity)
    return found


def base_of(cells: dict[str, float]) -> float:
    """Where Base is not printed, the smallest number of the line stands for it."""
    return cells.get("Base", min(cells.values()))


def _top_most(block: Block) -> Judgement:
    found = {
        row: cells["Top"] / rest
        for row, cells in block.series.items()
        if "Top" in cells and math.isfinite(rest := max(cells[rank] for rank in RANKS[1:] if rank in cells))
    }
    return bounded(found, at_least=math.nextafter(1.0, 2.0))


def _quiet(block: Block) -> Judgement:
    found = {
        (*row, rank.lower()): cells[rank] / base_of(cells)
        for row, cells in block.series.items()
        for rank in RANKS[1:]
        if rank in cells
    }
    return bounded(found, at_most=QUIET)


def _lost(block: Block, *, at_least: float) -> Judgement:
    cells = block.series.get((str(COUNTS[-1]),))
    if not cells or "Top" not in cells:
        return NOTHING_YET
    ratio = cells["Top"] / base_of(cells)
    return Judgement(holds=ratio >= at_least, evidence=f"{times(ratio)} at N = {COUNTS[-1]}")


def _rules(number: int) -> tuple[Rule, ...]:
    return (
        Rule(
            "The top dimensions hurt more than any others.",
            "Top / the largest of Middle, Bottom and Random is above 1 at every N",
            _top_most,
        ),
        Rule(
            "A handful of top dimensions carries the language.",
            f"at N = {COUNTS[-1]}, Top / Base is at least {LOST[number]} (Base: the least of a line, where not told)",
            partial(_lost, at_least=LOST[number]),
        ),
        Rule(
            "Middle, bottom and random dimensions have no noticeable effect.",
            f"each of them / Base is at most {QUIET} at every N",
            _quiet,
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
        rules=_rules(number),
        stand_ins=_stand_ins,
    )


TABLE_3 = _spec(3, "Does language depend on few dimensions? Head side of attention, residual side of down.")
TABLE_7 = _spec(7, "The same on the head side of attention alone.")
TABLE_8 = _spec(8, "The same on the residual side of attention.")
