"""Figures 2 to 4: where the region sits, what one dimension does to perplexity and to the text."""

from __future__ import annotations

from typing import Literal

from backend.contracts.edits import ApplyEdits, DimensionTarget, Edit, NamedChange
from backend.contracts.reproduction import Judgement
from backend.contracts.requests import (
    DimensionSweep,
    GenerationGridRequest,
    Prompt,
    RegionRequest,
    Request,
    SweepRequest,
)
from backend.contracts.results import GenerationGridSummary, SweepPoint, SweepSummary
from backend.contracts.verdicts import LOST, SAME, Estimate, inside, median_of, middle_of, quotient
from backend.contracts.vocabulary import EditAction
from backend.reproduction.blocks import Block, Cells, Known, Labels, finite, times
from backend.reproduction.judging import NOTHING_YET, Rule, by_eye, written
from backend.reproduction.setting import Setting
from backend.reproduction.spec import Spec

FRACTION = 0.03
N_TOP, N_RANDOM = 5, 10
PROMPT = "Fudan University is located in"
SWEEP, GRID, REGION = "sweep", "texts", "region"


def sweep(setting: Setting) -> SweepRequest:
    """The five top residual dimensions and ten random ones, each re-initialised in all layers."""
    targets = DimensionSweep(ranking=RegionRequest(region=setting.region(FRACTION)), n_top=N_TOP, n_random=N_RANDOM)
    return SweepRequest(
        model=setting.conditions.model,
        dtype=setting.conditions.dtype,
        targets=targets,
        action=EditAction.RANDOM,
        evaluation=setting.evaluation((setting.one("zh"),)),
    )


UNCHANGED: Labels = ("unchanged", "")
PERPLEXITY = "Perplexity"


def _swept(setting: Setting, known: Known) -> list[Block]:
    cells = Cells()
    if summary := _summary(known):
        base = summary.base[0]
        cells.add(UNCHANGED, PERPLEXITY, base)
        for point in summary.points:
            cells.add((point.group, str(point.index)), PERPLEXITY, point.rows[0], base)
    return [Block(setting.conditions.model, (PERPLEXITY,), step=SWEEP, rule=setting.told, **cells.parts)]


def _summary(known: Known) -> SweepSummary | None:
    stored = known.get(SWEEP)
    return stored.summary if stored and isinstance(stored.summary, SweepSummary) else None


def _ratios(block: Block, group: str) -> dict[Labels, Estimate]:
    return {row: one for (row, _), one in block.estimates.items() if row[0] == group}


def _some_top_breaks(block: Block) -> Judgement:
    found = _ratios(block, "top")
    if not found:
        return NOTHING_YET
    row, worst = max(found.items(), key=lambda item: item[1].value)
    return Judgement(holds=inside(worst, least=LOST.factor), evidence=f"dimension {row[1]} {written(worst)}")


def _few_of_the_top(block: Block) -> Judgement:
    found = sorted(_ratios(block, "top").values(), key=lambda one: one.value)
    if len(found) < 3:
        return NOTHING_YET
    worst, middle = found[-1], middle_of(found)
    gap = quotient(worst, middle)
    return Judgement(holds=inside(gap, least=LOST.factor), evidence=f"{written(worst)} against {written(middle)}")


def _random_quiet(block: Block) -> Judgement:
    found = _ratios(block, "random")
    if not found:
        return NOTHING_YET
    middle, values = median_of(list(found.values())), [one.value for one in found.values()]
    spread = f"{len(found)} dimensions, {times(min(values))} to {times(max(values))}"
    holds = inside(middle, 1 / SAME.factor, SAME.factor)
    return Judgement(holds=holds, evidence=f"median {written(middle)}; {spread}")


def worst(summary: SweepSummary, group: Literal["top", "random"]) -> SweepPoint | None:
    """The dimension of a group that costs most (of random ones: least)."""
    found = sorted(
        (point for point in summary.points if point.group == group), key=lambda one: finite(one.rows[0].perplexity)
    )
    return (found[-1] if group == "top" else found[0]) if found else None


def _grid_requests(setting: Setting, known: Known) -> dict[str, Request]:
    found: dict[str, Request] = {SWEEP: sweep(setting)}
    summary = _summary(known)
    if summary is None:
        return found
    columns = tuple(
        NamedChange(name=f"{group} dimension {point.index}", change=_randomised(point.index))
        for group in ("top", "random")
        if (point := worst(summary, group))
    )
    grid = GenerationGridRequest(
        model=setting.conditions.model,
        dtype=setting.conditions.dtype,
        prompts=(Prompt(language="en", text=PROMPT),),
        columns=columns,
    )
    return found | {GRID: grid}


def _randomised(index: int) -> ApplyEdits:
    return ApplyEdits(edits=(Edit(where=DimensionTarget(index=index), action=EditAction.RANDOM),))


def _texts(known: Known) -> str:
    stored = known.get(GRID)
    if stored is None or not isinstance(stored.summary, GenerationGridSummary):
        return ""
    columns = stored.summary.columns
    return "\n\n".join(f"**{one.name}**: {PROMPT}…\n\n```text\n{one.continuations[0].text}\n```" for one in columns)


def _no_blocks(_: Setting, __: Known) -> list[Block]:
    return []


def _share(_: Setting) -> tuple[str, ...]:
    return (f"The top {FRACTION * 100:.0f} % of each matrix; the share is not in the text.",)


FIGURE_2 = Spec(
    name="figure-2",
    title="Figure 2",
    question="Where in the matrices does the top region sit?",
    labels=(),
    requests=lambda setting, _: {REGION: RegionRequest(region=setting.region(FRACTION))},
    measured=_no_blocks,
    rules=(by_eye("The region is concentrated in few rows and columns of each matrix."),),
    stand_ins=_share,
    has_published=False,
)
FIGURE_3 = Spec(
    name="figure-3",
    title="Figure 3",
    question="Does one dimension, perturbed in all layers, break the model?",
    labels=("group", "dimension"),
    requests=lambda setting, _: {SWEEP: sweep(setting)},
    measured=_swept,
    rules=(
        Rule(
            "A top dimension, perturbed in all layers, breaks the model.",
            f"the interval of perplexity / unchanged of the worst top dimension lies above ×{LOST.factor:g}",
            _some_top_breaks,
            LOST.why,
        ),
        Rule(
            "Few of the top dimensions (2100 and 4743 of five) far surpass the others.",
            f"the interval of the worst top dimension / the median one lies above ×{LOST.factor:g}",
            _few_of_the_top,
            LOST.why,
        ),
        Rule(
            "Random dimensions leave it almost indistinguishable.",
            f"the median of {N_RANDOM} random dimensions / unchanged lies within ×{1 / SAME.factor:.3g} to "
            f"×{SAME.factor:g}",
            _random_quiet,
            SAME.why,
        ),
    ),
    stand_ins=_share,
    has_published=False,
)
FIGURE_4 = Spec(
    name="figure-4",
    title="Figure 4",
    question="What does the model write then?",
    labels=(),
    requests=_grid_requests,
    measured=_no_blocks,
    rules=(by_eye("Perturbing a top dimension gives nonsense, a random one an ordinary text."),),
    stand_ins=lambda _: ("The worst top dimension of Figure 3 stands in for 2100, its mildest random one for 4200.",),
    has_published=False,
    texts=_texts,
)
