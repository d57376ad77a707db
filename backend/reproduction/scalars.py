"""Table 4: one scalar of the input norm of layer 1 is reset or multiplied.

On LLaMA-2-13B the paper's dimensions are taken; on any other model a scan of the whole norm finds the fatal one,
and two ordinary ones stand in for 2800 and 4200.
"""

from __future__ import annotations

from backend.contracts.models import ModelShape
from backend.contracts.reproduction import Judgement
from backend.contracts.requests import Request, ScalarSweep, SweepRequest
from backend.contracts.results import SweepSummary
from backend.contracts.vocabulary import EditAction
from backend.reproduction.blocks import Block, Known, Labels, finite, times
from backend.reproduction.judging import NOTHING_YET, Rule, bounded
from backend.reproduction.setting import Setting
from backend.reproduction.spec import Spec

PUBLISHED = (2100, 2800, 4200)
LLAMA_2_13B = (40, 5120)
"""Layers and residual size."""
SCAN, SCAN_LINES = "scan", 4
CHANGES: dict[str, tuple[EditAction, float | None]] = {
    "Reset 1": (EditAction.RESET, None),
    "Times 4": (EditAction.SCALE, 4.0),
    "Times 10": (EditAction.SCALE, 10.0),
}
FATAL = {"Reset 1": 100.0, "Times 4": 10.0, "Times 10": 100.0}
"""What each does at least to the fatal scalar; the paper's are ×14190, ×44 and ×744."""
QUIET = 0.02


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
    roles = _roles(setting, known)
    series: dict[Labels, dict[str, float]] = {}
    for change in CHANGES:
        stored = known.get(change)
        if stored and isinstance(stored.summary, SweepSummary):
            series["Base", "-"] = {"Perplexity": finite(stored.summary.base[0].perplexity)}
            for point in stored.summary.points:
                role = f"L1-N{roles.get(point.index, point.index)}"
                series[change, role] = {"Perplexity": finite(point.rows[0].perplexity)}
    rule = f"{setting.told}; {matrix(setting.shape)}"
    return [Block(setting.conditions.model, ("Perplexity",), series, step="Reset 1", rule=rule)]


def _roles(setting: Setting, known: Known) -> dict[int, int]:
    """Which published dimension each of ours stands in for."""
    return dict(zip(indices(setting, known) or (), PUBLISHED, strict=False))


def _found(setting: Setting, known: Known) -> tuple[str, ...]:
    stands = [f"{index} for N{role}" for index, role in _roles(setting, known).items() if index != role]
    return (f"Found here, scalars of {matrix(setting.shape)}: {', '.join(stands)}.",) if stands else ()


def _ratios(block: Block) -> dict[Labels, float]:
    base = block.series.get(("Base", "-"), {}).get("Perplexity")
    if base is None:
        return {}
    return {row: cells["Perplexity"] / base for row, cells in block.series.items() if row[0] in CHANGES}


def fatal(block: Block) -> Judgement:
    """Every change of the one scalar is fatal."""
    found = {row[0]: value for row, value in _ratios(block).items() if row[1] == f"L1-N{PUBLISHED[0]}"}
    if not found:
        return NOTHING_YET
    told = ", ".join(f"{change} {times(value)}" for change, value in found.items())
    return Judgement(holds=all(value >= FATAL[change] for change, value in found.items()), evidence=told)


def quiet(block: Block) -> Judgement:
    """Changes of the others are not."""
    others = {row: value for row, value in _ratios(block).items() if row[1] != f"L1-N{PUBLISHED[0]}"}
    return bounded(others, at_least=1 - QUIET, at_most=1 + QUIET)


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
            "perplexity / Base: at least " + ", ".join(f"{least:.0f} at {name}" for name, least in FATAL.items()),
            fatal,
        ),
        Rule(
            "The same done to others is not noticed.",
            f"perplexity / Base within {QUIET * 100:.0f} % for the others",
            quiet,
        ),
    ),
    stand_ins=_stand_ins,
    found=_found,
)
