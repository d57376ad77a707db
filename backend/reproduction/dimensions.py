"""Figures 2 to 4: where the region sits, what one dimension does to perplexity and to the text."""

from __future__ import annotations

import statistics
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
from backend.contracts.vocabulary import EditAction
from backend.reproduction.blocks import Block, Known, Labels, finite, times
from backend.reproduction.judging import NOTHING_YET, Rule, bounded, by_eye
from backend.reproduction.setting import Setting
from backend.reproduction.spec import Spec

FRACTION = 0.03
N_TOP, N_RANDOM = 5, 5
STRONG, QUIET = 10.0, 1.05
PROMPT = "Fudan University is located in"
SWEEP, GRID, REGION = "sweep", "texts", "region"


def sweep(setting: Setting) -> SweepRequest:
    """The five top residual dimensions and five random ones, each re-initialised in all layers."""
    targets = DimensionSweep(ranking=RegionRequest(region=setting.region(FRACTION)), n_top=N_TOP, n_random=N_RANDOM)
    return SweepRequest(
        model=setting.conditions.model,
        dtype=setting.conditions.dtype,
        targets=targets,
        action=EditAction.RANDOM,
        evaluation=setting.evaluation((setting.one("zh"),)),
    )


def _swept(setting: Setting, known: Known) -> list[Block]:
    series: dict[Labels, dict[str, float]] = {}
    if summary := _summary(known):
        series["unchanged", ""] = {"Perplexity": finite(summary.base[0].perplexity)}
        for point in summary.points:
            series[point.group, str(point.index)] = {"Perplexity": finite(point.rows[0].perplexity)}
    return [Block(setting.conditions.model, ("Perplexity",), series, step=SWEEP, rule=setting.told)]


def _summary(known: Known) -> SweepSummary | None:
    stored = known.get(SWEEP)
    return stored.summary if stored and isinstance(stored.summary, SweepSummary) else None


def _ratios(block: Block, group: str) -> dict[Labels, float]:
    base = block.series.get(("unchanged", ""), {}).get("Perplexity")
    if not base:
        return {}
    return {row: cells["Perplexity"] / base for row, cells in block.series.items() if row[0] == group}


def _some_top_breaks(block: Block) -> Judgement:
    found = _ratios(block, "top")
    if not found:
        return NOTHING_YET
    row, worst = max(found.items(), key=lambda item: item[1])
    return Judgement(holds=worst >= STRONG, evidence=f"dimension {row[1]} {times(worst)}")


def _few_of_the_top(block: Block) -> Judgement:
    found = sorted(_ratios(block, "top").values())
    if len(found) < 3:
        return NOTHING_YET
    gap = found[-1] / statistics.median(found)
    return Judgement(holds=gap >= STRONG, evidence=f"the worst is {times(gap)} of the median top dimension")


def _random_quiet(block: Block) -> Judgement:
    return bounded(_ratios(block, "random"), at_most=QUIET)


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
            f"perplexity / unchanged of the worst top dimension is at least {STRONG:.0f}",
            _some_top_breaks,
        ),
        Rule(
            "Few of the top dimensions (2100 and 4743 of five) far surpass the others.",
            f"the worst top dimension is at least {STRONG:.0f} times the median one",
            _few_of_the_top,
        ),
        Rule(
            "Random dimensions leave it almost indistinguishable.",
            f"perplexity / unchanged is at most {QUIET} for every random dimension",
            _random_quiet,
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
