"""Figures 2 and 3 of paper B: the similarity map, its scores over the whole model and layer by layer."""

from __future__ import annotations

from backend.contracts.reproduction import Judgement
from backend.contracts.requests import Request, SimilarityRequest
from backend.contracts.results import LayerScore, SimilaritySummary
from backend.contracts.verdicts import Estimate, inside
from backend.reproduction.blocks import Block, Known, Labels
from backend.reproduction.judging import NOTHING_YET, Rule, by_eye
from backend.reproduction.layers import OUTER, WHY, compared
from backend.reproduction.parallel import languages, read_told, stand_in
from backend.reproduction.setting import Setting
from backend.reproduction.spec import Spec

STEP = "similarity"
COLUMNS = ("LRDS", "LRDS from", "LRDS to", "SADS", "SADS from", "SADS to")
WHOLE: Labels = ("all",)


def request(setting: Setting) -> SimilarityRequest:
    """The map of the whole model; the scores of every layer come with it."""
    return SimilarityRequest(
        model=setting.conditions.model,
        dtype=setting.conditions.dtype,
        lines=setting.sentences(),
        languages=tuple(sorted(languages(setting))),
    )


def _requests(setting: Setting, _: Known) -> dict[str, Request]:
    return {STEP: request(setting)}


def _whole(setting: Setting, known: Known) -> list[Block]:
    whole = next((_cells(one) for one in _scores(known) if one.layer is None), None)
    return [_block(setting, {WHOLE: whole} if whole else {})]


def _layers(setting: Setting, known: Known) -> list[Block]:
    return [_block(setting, {(str(one.layer),): _cells(one) for one in _scores(known) if one.layer is not None})]


def _block(setting: Setting, series: dict[Labels, dict[str, float]]) -> Block:
    printed = {(row, name): f"{value:.4f}" for row, cells in series.items() for name, value in cells.items()}
    return Block(setting.conditions.model, COLUMNS, series, printed=printed, step=STEP, rule=read_told(setting))


def _scores(known: Known) -> tuple[LayerScore, ...]:
    stored = known.get(STEP)
    return stored.summary.scores if stored and isinstance(stored.summary, SimilaritySummary) else ()


def _cells(score: LayerScore) -> dict[str, float]:
    cells = {"LRDS": score.lrds, "SADS": score.sads}
    for name, interval in (("LRDS", score.lrds_interval), ("SADS", score.sads_interval)):
        if interval:
            cells |= {f"{name} from": interval[0], f"{name} to": interval[1]}
    return cells


def _above_zero(name: str) -> Rule:
    def judge(block: Block) -> Judgement:
        cells = block.series.get(WHOLE, {})
        if f"{name} from" not in cells:
            return NOTHING_YET
        told = f"{cells[name]:.4f} [{cells[f'{name} from']:.4f}, {cells[f'{name} to']:.4f}]"
        whole = Estimate(cells[name], cells[f"{name} from"], cells[f"{name} to"])
        return Judgement(holds=inside(whole, least=0.0), evidence=told)

    alike = {"LRDS": "of one language", "SADS": "of one meaning in different languages"}[name]
    return Rule(
        f"Neurons act alike for sentences {alike}.",
        f"the 95 % interval of {name} lies above 0",
        judge,
        "0 is no difference at all",
    )


FIGURE_2 = Spec(
    name="b-figure-2",
    title="Figure 2 of paper B",
    question="Do sentences meet by language, by meaning, or both? The similarity map.",
    labels=("layers",),
    requests=_requests,
    measured=_whole,
    rules=(
        _above_zero("LRDS"),
        _above_zero("SADS"),
        by_eye("Related languages (fr, es, pt) are more alike than others."),
    ),
    stand_ins=lambda setting: (stand_in(setting), "The map itself is on the Languages page: follow the job."),
    has_published=False,
    paper="B",
    options=("sentences",),
)
FIGURE_3 = Spec(
    name="b-figure-3",
    title="Figure 3 of paper B",
    question="Which layers go by language, which by meaning? LRDS and SADS of every layer.",
    labels=("layer",),
    requests=_requests,
    measured=_layers,
    rules=(
        Rule(
            "The first and last layers are more language-specific than the middle ones.",
            f"mean LRDS {OUTER} exceeds that between them, intervals apart",
            compared("LRDS", outer_is_larger=True),
            WHY,
        ),
        Rule(
            "The middle layers are more semantic than the first and last ones.",
            f"mean SADS {OUTER} is below that between them, intervals apart",
            compared("SADS", outer_is_larger=False),
            WHY,
        ),
    ),
    stand_ins=lambda setting: (stand_in(setting), "What first, middle and last mean is ours; the paper shows a curve."),
    has_published=False,
    paper="B",
    options=("sentences",),
)
