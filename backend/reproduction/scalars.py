"""Table 4: one scalar of the input norm of layer 1 is reset or multiplied.

On LLaMA-2-13B the paper's dimensions are taken; on any other model a scan of the whole norm finds the fatal one,
and two ordinary ones stand in for 2800 and 4200.
"""

from __future__ import annotations

from backend.contracts.models import ModelShape
from backend.contracts.reproduction import Judgement
from backend.contracts.requests import Request, ScalarSweep, SweepRequest
from backend.contracts.results import SweepSummary
from backend.contracts.verdicts import LOST, SAME, Estimate, all_of, inside
from backend.contracts.vocabulary import EditAction
from backend.reproduction.blocks import Block, Cells, Known, Labels, finite
from backend.reproduction.judging import NOTHING_YET, Rule, bounded, written
from backend.reproduction.setting import Setting
from backend.reproduction.spec import Spec

PUBLISHED = (2100, 2800, 4200)
LLAMA_2_13B = (40, 5120)
"""Layers and residual size."""
SCAN, SCAN_LINES = "scan", 4
PERPLEXITY = "Perplexity"
BASE: Labels = ("Base", "-")
CHANGES: dict[str, tuple[EditAction, float | None]] = {
    "Reset 1": (EditAction.RESET, None),
    "Times 4": (EditAction.SCALE, 4.0),
    "Times 10": (EditAction.SCALE, 10.0),
}


def matrix(shape: ModelShape) -> str:
    """Layer 1, counted from 0; layer 0 where there is no other."""
    return f"{min(1, shape.n_layers - 1)}.norm.input"


def is_llama_2_13b(shape: ModelShape) -> bool:
    """By its numbers."""
    return (shape.n_layers, shape.residual_size) == LLAMA_2_13B


def indices(setting: Setting, known: Known) -> tuple[int, ...] | None:
    """The fatal dimension and two ordinary ones; None before the scan has told."""
    if is_llama_2_13b(setting.shape):
        return PUBLISHED
    stored = known.get(SCAN)
    if stored is None or not isinstance(stored.summary, SweepSummary):
        return None
    worst_first = sorted(stored.summary.points, key=lambda point: -finite(point.rows[0].perplexity))
    third = max(1, len(worst_first) // 3)
    return tuple(point.index for point in (worst_first[0], *worst_first[third::third][:2]))


def _requests(setting: Setting, known: Known) -> dict[str, Request]:
    found: dict[str, Request] = {}
    if not is_llama_2_13b(setting.shape):
        found[SCAN] = _sweep(setting, (), "Reset 1", most_lines=SCAN_LINES)
    if chosen := indices(setting, known):
        found |= {change: _sweep(setting, chosen, change) for change in CHANGES}
    return found


def _sweep(setting: Setting, chosen: tuple[int, ...], change: str, *, most_lines: int | None = None) -> SweepRequest:
    action, factor = CHANGES[change]
    return SweepRequest(
        model=setting.conditions.model,
        dtype=setting.conditions.dtype,
        targets=ScalarSweep(matrix=matrix(setting.shape), indices=chosen),
        action=action,
        factor=factor,
        evaluation=setting.evaluation((setting.one("zh"),), most_lines=most_lines),
    )


def _measured(setting: Setting, known: Known) -> list[Block]:
    roles, cells = _roles(setting, known), Cells()
    for change in CHANGES:
        stored = known.get(change)
        if stored and isinstance(stored.summary, SweepSummary):
            base = stored.summary.base[0]
            cells.add(BASE, PERPLEXITY, base)
            for point in stored.summary.points:
                cells.add((change, f"L1-N{roles.get(point.index, point.index)}"), PERPLEXITY, point.rows[0], base)
    rule = f"{setting.told}; {matrix(setting.shape)}"
    return [Block(setting.conditions.model, (PERPLEXITY,), step="Reset 1", rule=rule, **cells.parts)]


def _roles(setting: Setting, known: Known) -> dict[int, int]:
    """Which published dimension each of ours stands in for."""
    return dict(zip(indices(setting, known) or (), PUBLISHED, strict=False))


def _found(setting: Setting, known: Known) -> tuple[str, ...]:
    stands = [f"{index} for N{role}" for index, role in _roles(setting, known).items() if index != role]
    return (f"Found here, scalars of {matrix(setting.shape)}: {', '.join(stands)}.",) if stands else ()


def _ratios(block: Block) -> dict[Labels, Estimate]:
    if block.origin == "measured":
        return {row: one for (row, _), one in block.estimates.items()}
    base = block.series.get(BASE, {}).get(PERPLEXITY)
    found = {row: cells[PERPLEXITY] for row, cells in block.series.items() if row[0] in CHANGES}
    return {row: Estimate.exact(value / base) for row, value in found.items()} if base else {}


def fatal(block: Block) -> Judgement:
    """Every change of the one scalar is fatal."""
    found = {row[0]: one for row, one in _ratios(block).items() if row[1] == f"L1-N{PUBLISHED[0]}"}
    if not found:
        return NOTHING_YET
    told = ", ".join(f"{change} {written(one)}" for change, one in found.items())
    return Judgement(holds=all_of(inside(one, least=LOST.factor) for one in found.values()), evidence=told)


def quiet(block: Block) -> Judgement:
    """Changes of the others are not."""
    others = {row: one for row, one in _ratios(block).items() if row[1] != f"L1-N{PUBLISHED[0]}"}
    return bounded(others, least=1 / SAME.factor, most=SAME.factor)


def _stand_ins(setting: Setting) -> tuple[str, ...]:
    if is_llama_2_13b(setting.shape):
        return ()
    return (
        f"A scan of {matrix(setting.shape)} (each of {setting.shape.residual_size} scalars reset to an effective 1, "
        f"{SCAN_LINES} lines) finds the scalar that stands in for N2100; two from the middle of that order stand in "
        "for N2800 and N4200.",
    )


TABLE_4 = Spec(
    name="table-4",
    title="Table 4",
    question="Can a single parameter break the model?",
    labels=("change", "parameter"),
    requests=_requests,
    measured=_measured,
    rules=(
        Rule(
            "Changing one parameter loses the language.",
            f"the interval of perplexity / Base lies above ×{LOST.factor:g} with every change",
            fatal,
            LOST.why,
        ),
        Rule(
            "The same done to others is not noticed.",
            f"the interval of perplexity / Base lies within ×{1 / SAME.factor:.3g} to ×{SAME.factor:g} for the others",
            quiet,
            SAME.why,
        ),
    ),
    stand_ins=_stand_ins,
    found=_found,
)
