"""Models in an order to step through: states of a training, revisions of a source, sizes of a family, one's own set."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from backend.client import Client
from backend.contracts.models import ModelDescription, ModelSummary
from backend.contracts.perplexity_words import vocabulary_of
from backend.contracts.problems import KnownError
from backend.contracts.requests import PerplexityRequest, Request, TrainingRequest
from backend.contracts.results import PerplexityRow, PerplexitySummary, ResultRow
from backend.contracts.training import TrainingCurve, TrainingEvaluation
from backend.contracts.vocabulary import AnalysisKind
from frontend.choices.compare import Answered, CompareChoice, answered, asked_of, counterpart

MOST_READ = 12
"""Trainings whose checkpoints are looked at."""
REVISIONS, SIZES, ORDER = "revisions", "sizes", "order"
_SIZE = re.compile(r"[-_.]?\d+(?:\.\d+)?[mbk](?=$|[-_.@])", re.IGNORECASE)


class Step(NamedTuple):
    """One state of the family; `model` None: not opened yet."""

    n_samples: int
    """Samples seen in a training; else its place in the order."""
    model: str | None
    source: str
    label: str = ""
    """What stands below the slider; '' for the number of samples."""


class Family(NamedTuple):
    """Models in their order. `key` is that of the training, or one of `REVISIONS`, `SIZES`, `ORDER`."""

    key: str
    title: str
    steps: tuple[Step, ...]
    curve: TrainingCurve = TrainingCurve()
    """Perplexities along a training; of other families `curve_of` collects them."""
    axis: str = "samples seen"

    def place(self, model: str | None) -> int | None:
        """Where a model stands in the family."""
        return next((place for place, step in enumerate(self.steps) if model and step.model == model), None)

    @property
    def closed(self) -> tuple[Step, ...]:
        """States that have to be opened before they can be compared."""
        return tuple(step for step in self.steps if step.model is None)

    @property
    def labels(self) -> tuple[str, ...]:
        """Below the slider; () where samples seen stand there."""
        return tuple(step.label for step in self.steps) if self.key in (REVISIONS, SIZES, ORDER) else ()


def families(choice: CompareChoice, known: Sequence[ModelSummary], api: Client) -> tuple[Family, ...]:
    """Families that A or B belongs to, the chosen one first; () where there is none."""
    ready = [model for model in known if model.status == "ready"]
    found = [*_trainings(choice, ready, api), *_revisions(choice, ready), *_sizes(choice, ready, api)]
    if choice.steps or choice.family == ORDER:
        found.append(_order(choice, ready))
    wanted = choice.family or (ORDER if choice.steps else None)
    return tuple(sorted((one for one in found if len(one.steps) > 1), key=lambda one: one.key != wanted))


def curve_of(family: Family, api: Client) -> TrainingCurve:
    """Perplexities of the unchanged models, by their place: of the text that most of them were measured on."""
    if family.curve.evaluations:
        return family.curve
    names = [step.model for step in family.steps if step.model]
    rows = [row for row in api.results(kind=AnalysisKind.PERPLEXITY.value) if row.model in names]
    known = answered([row for row in rows if isinstance(row.request, PerplexityRequest) and row.request.change is None])
    if not known:
        return TrainingCurve()
    questions = Counter(asked_of(row.request, names[0]) for row in known.values())
    question = questions.most_common(1)[0][0]
    found = [(step, _measured(question, step.model, known, api)) for step in family.steps if step.model]
    return TrainingCurve(
        evaluations=tuple(
            TrainingEvaluation(
                n_samples=step.n_samples,
                perplexity={row.language: row.perplexity for row in rows},
                bits_per_byte={},
                n_vocabulary=vocabulary_of(rows),
            )
            for step, rows in found
            if rows
        )
    )


def _measured(question: Request, model: str, known: Answered, api: Client) -> tuple[PerplexityRow, ...]:
    row = counterpart(question, model, known)
    summary = api.manifest(row.key).summary if row else None
    return summary.rows if isinstance(summary, PerplexitySummary) else ()


def _trainings(choice: CompareChoice, ready: Sequence[ModelSummary], api: Client) -> list[Family]:
    names = {model.source: model.name for model in ready}
    rows = [row for row in api.results(kind=AnalysisKind.TRAINING.value) if row.request.kind is AnalysisKind.TRAINING]
    rows.sort(key=lambda row: row.key != choice.family)
    found = [family for row in rows[:MOST_READ] if (family := _training(row, names, api)) is not None]
    mine = [one for one in found if any(one.place(model) is not None for model in choice.models[:2])]
    stepping = choice.models[1] if len(choice.models) > 1 else None  # B: the slider stands where it is

    def order(one: Family) -> tuple[bool, int]:
        return one.place(stepping) is None, -sum(one.place(model) is not None for model in choice.models)

    return sorted(mine, key=order)


def _training(row: ResultRow, names: dict[str, str], api: Client) -> Family | None:
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


def _revisions(choice: CompareChoice, ready: Sequence[ModelSummary]) -> list[Family]:
    """Models opened from the same source; a number in the revision (`step512`) is the order."""
    mine = {model.source for model in ready if model.name in choice.models[:2]}
    found = []
    for source in sorted(mine):
        same = sorted((model for model in ready if model.source == source), key=_age)
        if len(same) > 1:
            labels = [_revision(model) for model in same]
            found.append(Family(REVISIONS, f"Revisions of {source}", _steps(same, labels), axis="revision"))
    return found[:1]


def _revision(model: ModelSummary) -> str:
    return model.name.partition("@")[2] or "main"


def _age(model: ModelSummary) -> tuple[bool, list[int], str]:
    """`main` last; else by the numbers in the name of the revision."""
    told = _revision(model)
    return told == "main", [int(number) for number in re.findall(r"\d+", told)], told


def _sizes(choice: CompareChoice, ready: Sequence[ModelSummary], api: Client) -> list[Family]:
    """Models of A's architecture family that share its tokenizer, or its name but for the size, by parameters."""
    first = next((model for model in ready if model.name == choice.models[0]), None) if choice.models else None
    others = [one for one in ready if first and one.family == first.family and one.n_parameters != first.n_parameters]
    if first is None or not others:
        return []
    told = api.model(first.name)
    kin = [first, *(one for one in others if _stem(one) == _stem(first) or _shares_tokens(told, api.model(one.name)))]
    by_size: dict[int, ModelSummary] = {}
    for one in sorted(kin, key=lambda one: (one.name not in choice.models, one.opened_at)):
        by_size.setdefault(one.n_parameters, one)
    same = [by_size[n] for n in sorted(by_size)]
    return [Family(SIZES, "Sizes of one family", _steps(same, map(_millions, same)), axis="parameters")]


def _stem(model: ModelSummary) -> str:
    """`pythia-70m` and `pythia-1.4b` are both `pythia`."""
    return _SIZE.sub("", model.name.partition("@")[0], count=1).lower()


def _shares_tokens(one: ModelDescription, other: ModelDescription) -> bool:
    return one.tokenizer_hash == other.tokenizer_hash


def _millions(model: ModelSummary) -> str:
    n = model.n_parameters
    return f"{n / 1e9:.3g}B" if n >= 1e9 else f"{n / 1e6:.3g}M" if n >= 1e6 else f"{n:,}"


def _order(choice: CompareChoice, ready: Sequence[ModelSummary]) -> Family:
    """The set of the address in its order; without one the models that are compared."""
    by_name = {model.name: model for model in ready}
    same = [by_name[name] for name in choice.steps or choice.models if name in by_name]
    return Family(ORDER, "Your own order", _steps(same, [model.name for model in same]), axis="model")


def _steps(models: Sequence[ModelSummary], labels: Iterable[str]) -> tuple[Step, ...]:
    return tuple(
        Step(place, model.name, model.source, label)
        for place, (model, label) in enumerate(zip(models, labels, strict=True))
    )
