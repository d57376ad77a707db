"""Figures 4 and 7 of paper B: what changes along a training, and with size. Figure 5 over time is in Figure 4.

Without `members` Figure 4 trains the model itself a little further and compares its checkpoints; Figure 7 has then
one point. The observations are judged where the Development page judges them: `families.observations`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from backend.contracts.problems import KnownError
from backend.contracts.reproduction import Claim
from backend.contracts.requests import DevelopmentMember, DevelopmentRequest, OpenModelRequest, Request
from backend.contracts.results import DevelopmentPoint, DevelopmentSummary, OpenedModel, TrainingSummary
from backend.contracts.training import Checkpoint
from backend.families.expansion import step_of
from backend.families.observations import first_density, observations
from backend.reproduction.blocks import Block, Known, Labels
from backend.reproduction.judging import NOT_PRINTED
from backend.reproduction.parallel import key_neurons, read_told, stand_in
from backend.reproduction.setting import Setting
from backend.reproduction.spec import Spec
from backend.reproduction.stories import built_in_tasks
from backend.reproduction.trainings import training

TRAINING, STEP = "training", "development"
LEARNING_RATE = 1e-4
TOGETHER = "stories in all languages"
PLACE, FIRST, STORIES = "Place", "First layers", "Stories"
COLUMNS = (PLACE, "LRDS", "SADS", "SKLR", "SKLR, per cent", FIRST, STORIES)


def _over_time(setting: Setting, known: Known) -> dict[str, Request]:
    if setting.conditions.members:
        return {STEP: _development(setting, [_placed(name) for name in setting.conditions.members], "step")}
    run = _training(setting)
    found: dict[str, Request] = {TRAINING: run}
    checkpoints = _checkpoints(known)
    found |= {_opening(one): OpenModelRequest(source=one.source) for one in checkpoints}
    opened = [_opened(one, known) for one in checkpoints]
    if checkpoints and all(opened):
        start = DevelopmentMember(model=setting.conditions.model, position=0, label="before training")
        found[STEP] = _development(setting, [start, *(one for one in opened if one)], "samples")
    return found


def _over_sizes(setting: Setting, _: Known) -> dict[str, Request]:
    members = [_member(name) for name in setting.conditions.members] or [(setting.conditions.model, None)]
    sized = [
        DevelopmentMember(model=name, position=place or setting.sizes.get(name, 0), label=name[:60])
        for name, place in members
    ]
    return {STEP: _development(setting, sized, "parameters")}


def _training(setting: Setting) -> Request:
    n_samples = setting.conditions.training_samples or 1
    half = (n_samples // 2,) if n_samples > 1 else ()
    return training(setting, setting.one("ar"), (), learning_rate=LEARNING_RATE, save_at=half)


def _development(setting: Setting, members: Sequence[DevelopmentMember], axis: str) -> DevelopmentRequest:
    neurons = key_neurons(setting)
    asked = {
        "members": tuple(members),
        "axis": axis,
        "dtype": setting.conditions.dtype,
        "lines": neurons.activations.lines,
        "languages": neurons.languages,
        "tasks": built_in_tasks(setting),
    }
    return DevelopmentRequest.model_validate(asked)


def _member(told: str) -> tuple[str, float | None]:
    name, _, place = told.partition("=")
    return name, float(place) if place else None


def _placed(told: str) -> DevelopmentMember:
    """A checkpoint with its step, which its name may tell."""
    name, place = _member(told)
    position = step_of(name) if place is None else place
    if position is None:
        raise KnownError(
            "no_step",
            f"the name of {name!r} does not tell its step",
            hint=f"Write --members {name}=1000,... with the step of each.",
            field="members",
        )
    return DevelopmentMember(model=name, position=position, label=name[:60])


def _checkpoints(known: Known) -> tuple[Checkpoint, ...]:
    stored = known.get(TRAINING)
    return stored.summary.checkpoints if stored and isinstance(stored.summary, TrainingSummary) else ()


def _opening(checkpoint: Checkpoint) -> str:
    return f"open the model after {checkpoint.n_samples} samples"


def _opened(checkpoint: Checkpoint, known: Known) -> DevelopmentMember | None:
    stored = known.get(_opening(checkpoint))
    if stored is None or not isinstance(stored.summary, OpenedModel):
        return None
    label = f"{checkpoint.n_samples} samples"
    return DevelopmentMember(model=stored.summary.description.name, position=checkpoint.n_samples, label=label)


def _points(known: Known) -> tuple[DevelopmentPoint, ...]:
    stored = known.get(STEP)
    return stored.summary.points if stored and isinstance(stored.summary, DevelopmentSummary) else ()


def _measured(setting: Setting, known: Known) -> list[Block]:
    series: dict[Labels, dict[str, float]] = {}
    texts: dict[tuple[Labels, str], str] = {}
    for point in _points(known):
        row = (point.label or point.model,)
        series[row] = _cells(point)
        texts |= {(row, name): _printed(name, value) for name, value in series[row].items()}
    return [Block(setting.conditions.model, COLUMNS, series, printed=texts, step=STEP, rule=read_told(setting))]


def _cells(point: DevelopmentPoint) -> dict[str, float]:
    cells = {
        PLACE: point.position,
        "LRDS": point.whole.lrds,
        "SADS": point.whole.sads,
        "SKLR": float(point.sklr),
        "SKLR, per cent": 100 * point.sklr / point.n_neurons_total,
        FIRST: first_density(point),
    }
    if point.accuracy:
        cells[STORIES] = _together(point).accuracy[TOGETHER]
    return cells


def _printed(name: str, value: float) -> str:
    if name in (PLACE, "SKLR"):
        return f"{value:.0f}"
    if name == STORIES:
        return f"{100 * value:.1f}%"
    return f"{value:.4f}" if name in ("LRDS", "SADS") else f"{value:.2f}"


def _claims(known: Known) -> tuple[Claim, ...]:
    return tuple(
        Claim(text=f"{one.text}.", rule=one.rule, published=NOT_PRINTED, measured=one.judgement)
        for one in observations([_together(point) for point in _points(known)])
    )


def _together(point: DevelopmentPoint) -> DevelopmentPoint:
    """All languages as one task. They tell the same stories: its error is that of one language, the largest."""
    if not point.accuracy:
        return point
    mean = sum(point.accuracy.values()) / len(point.accuracy)
    error = max(point.accuracy_error.values(), default=math.inf)
    return point.model_copy(update={"accuracy": {TOGETHER: mean}, "accuracy_error": {TOGETHER: error}})


def _stand_ins(of_time: Callable[[Setting], str]) -> Callable[[Setting], tuple[str, ...]]:
    return lambda setting: (
        of_time(setting),
        stand_in(setting),
        "First layers: key neurons in the first quarter of the layers, times what an even spread would give.",
        "Stories: mean accuracy over the built-in stories, which are the same in every language: the error of the mean "
        "is taken as that of one.",
    )


def _told_time(setting: Setting) -> str:
    members = setting.conditions.members
    if members:
        return f"{', '.join(members)} stand in for the checkpoints of BLOOM-7B1."
    return (
        f"{setting.conditions.model}, trained further on {setting.conditions.training_samples} samples of "
        f"{setting.one('ar')}, stands in for the checkpoints of BLOOM-7B1. It is no training from scratch: open real "
        "ones and name them, --members NAME=STEP,NAME=STEP."
    )


def _told_size(setting: Setting) -> str:
    members = setting.conditions.members
    if len(members) > 1:
        return f"{', '.join(members)} stand in for BLOOM of 560M to 7.1B."
    return "One size is no comparison: open others of the family and name them, --members SMALL,MIDDLE,LARGE."


FIGURE_4 = Spec(
    name="b-figure-4",
    title="Figure 4 of paper B",
    question="How do regions, alignment and understanding develop over training?",
    labels=("model",),
    requests=_over_time,
    measured=_measured,
    stand_ins=_stand_ins(_told_time),
    has_published=False,
    claims=_claims,
    paper="B",
    options=("sentences", "training_samples", "lines", "members"),
)
FIGURE_7 = Spec(
    name="b-figure-7",
    title="Figure 7 of paper B",
    question="And with the size of the model?",
    labels=("model",),
    requests=_over_sizes,
    measured=_measured,
    stand_ins=_stand_ins(_told_size),
    has_published=False,
    claims=_claims,
    paper="B",
    options=("sentences", "members"),
)
