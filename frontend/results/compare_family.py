"""Checkpoints of one training as a family to step through: the model it began with, then every saved state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from backend.client import Client
from backend.contracts.models import ModelSummary
from backend.contracts.problems import KnownError
from backend.contracts.requests import TrainingRequest
from backend.contracts.results import ResultRow
from backend.contracts.training import TrainingCurve
from backend.contracts.vocabulary import AnalysisKind
from frontend.choices.compare import CompareChoice

MOST_READ = 12
"""Trainings whose checkpoints are looked at."""


class Step(NamedTuple):
    """One state of the family; `model` None: not opened yet."""

    n_samples: int
    model: str | None
    source: str


class Family(NamedTuple):
    """A stored training and its states by samples seen."""

    key: str
    title: str
    steps: tuple[Step, ...]
    curve: TrainingCurve

    def place(self, model: str | None) -> int | None:
        """Where a model stands in the family."""
        return next((place for place, step in enumerate(self.steps) if model and step.model == model), None)

    @property
    def closed(self) -> tuple[Step, ...]:
        """States that have to be opened before they can be compared."""
        return tuple(step for step in self.steps if step.model is None)


def families(choice: CompareChoice, known: Sequence[ModelSummary], api: Client) -> tuple[Family, ...]:
    """Trainings that A or B belongs to, the chosen one first; () where there is none."""
    names = {model.source: model.name for model in known if model.status == "ready"}
    rows = [row for row in api.results(kind=AnalysisKind.TRAINING.value) if row.request.kind is AnalysisKind.TRAINING]
    rows.sort(key=lambda row: row.key != choice.family)
    found = [family for row in rows[:MOST_READ] if (family := _family(row, names, api)) is not None]
    mine = [one for one in found if any(one.place(model) is not None for model in choice.models[:2])]
    return tuple(sorted(mine, key=lambda one: (one.key != choice.family, -_n_shown(one, choice))))


def _n_shown(family: Family, choice: CompareChoice) -> int:
    return sum(family.place(model) is not None for model in choice.models)


def _family(row: ResultRow, names: dict[str, str], api: Client) -> Family | None:
    try:
        curve = api.training(row.key)
    except KnownError:
        return None
    request = row.request
    if not isinstance(request, TrainingRequest) or not curve.checkpoints:
        return None
    saved = sorted(curve.checkpoints, key=lambda one: one.n_samples)
    steps = [Step(one.n_samples, names.get(one.source), one.source) for one in saved]
    return Family(row.key, row.title, (Step(0, request.model, ""), *steps), curve)
