"""What travels through the queue and what is told about a job while it lives."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from backend.contracts.base import Contract, Key, Language
from backend.contracts.building import estimator_name
from backend.contracts.edits import ApplyEdits, Change, Edit, RemoveDimensions, RemoveRegion, ScalarTarget
from backend.contracts.neurons import TaskFile
from backend.contracts.problems import Problem
from backend.contracts.requests import (
    ActivationsRequest,
    ChoiceRequest,
    CombinedRegionRequest,
    ComparisonRequest,
    DeactivateNeurons,
    DeactivationRequest,
    DevelopmentRequest,
    EnrichmentRequest,
    FaithfulnessRequest,
    GenerationGridRequest,
    GenerationRequest,
    ImportanceRequest,
    ImportanceShardRequest,
    ImportRegionRequest,
    KeyNeuronsRequest,
    OpenModelRequest,
    PerplexityRequest,
    PerturbationRequest,
    RegionRequest,
    RemovalRequest,
    Request,
    ScalarSweep,
    ScoreSpec,
    SimilarityRequest,
    StructuredRemovalRequest,
    SweepRequest,
    TrainingRequest,
)
from backend.contracts.vocabulary import JobState, Phase, Selection

TASK = "workers.tasks.run"
"""What the backend enqueues, by name."""
QUEUES = ("interactive", "batch")
"""In the order in which a worker looks: clicks go before prepared analyses."""


class Ticket(Contract):
    """The whole payload of one job: everything a worker needs besides the results volume."""

    key: Key
    request: Request
    inputs: dict[str, Key] = {}
    """Keys of the results this job reads, by the names of `building.inputs_of`."""
    analysis_version: int | None = None
    """Of the analysis that was asked; None of a ticket that an older version wrote."""


class Progress(Contract):
    """How far a running job is."""

    phase: Phase = Phase.QUEUED
    done: int = Field(0, ge=0)
    total: int = Field(0, ge=0)
    unit: str = ""
    eta_seconds: float | None = None
    note: str = ""
    """What is being worked on, e.g. a language or a condition."""


class JobStatus(Contract):
    """One row of the Runs page. `position` counts from 0 within the queue, None when not queued."""

    key: Key
    title: str
    request: Request
    state: JobState
    progress: Progress = Progress()
    position: int | None = None
    queue: str = ""
    worker: str | None = None
    submitted_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    attempts: int = 1
    problem: Problem | None = None
    asked: bool = True
    """Somebody submitted it; False: it runs only because other jobs are built on it."""


class JobList(Contract):
    """Newest first."""

    jobs: tuple[JobStatus, ...]


class Submission(Contract):
    """`POST /jobs`: the request, and whether a click waits for it."""

    request: Request
    queue: Literal["interactive", "batch"] = "interactive"


class Token(Contract):
    """One generated token. `bytes_hex` keeps what `text` cannot show (broken UTF-8)."""

    id: int
    text: str
    """Text that this token completes; a piece of a character that is not complete yet gives ''."""
    bytes_hex: str
    log_probability: float


class StateEvent(Contract):
    """A job changed its state or its progress."""

    event: Literal["state"] = "state"
    key: Key
    state: JobState
    progress: Progress = Progress()
    problem: Problem | None = None


class TokenEvent(Contract):
    """Tokens of one continuation while they come. `side` tells the base from the perturbed text."""

    event: Literal["tokens"] = "tokens"
    key: Key
    side: Literal["base", "perturbed"]
    prompt: int
    language: Language
    offset: int
    """Index of the first of `tokens` in its continuation, so that a replay repeats nothing."""
    tokens: tuple[Token, ...]


Event = Annotated[StateEvent | TokenEvent, Field(discriminator="event")]
EVENT: TypeAdapter[Event] = TypeAdapter(Event)

ALL_EVENTS = "lingua-atlas:events"
"""Redis stream (XADD, one field `data` = JSON of an `Event`) of every state event; trimmed."""


def job_events(key: str) -> str:
    """Redis stream of everything one job says, tokens included; expires an hour after the last."""
    return f"lingua-atlas:job:{key}:events"


def title_of(request: Request) -> str:
    """One line for people, e.g. `Importance · ar · gemma-3-270m`."""
    match request:
        case OpenModelRequest():
            return f"Open {request.source}"
        case ImportanceRequest():
            return f"Importance{_estimator(request.scores)} · {request.language} · {request.scores.model}"
        case ImportanceShardRequest():
            part = f"part {request.shard + 1} of {request.scores.shards}"
            return f"Importance{_estimator(request.scores)} · {request.language} · {part} · {request.scores.model}"
        case FaithfulnessRequest():
            return f"Faithfulness · {_counted(len(request.estimators), 'estimator')} · {request.language}"
        case RegionRequest(region=region):
            return f"Region · {_selected(request)} · {' '.join(region.languages)}"
        case CombinedRegionRequest():
            return f"Combined region{request.title and f' · {request.title}'}"
        case ImportRegionRequest():
            return f"Imported region · {request.title}"
        case PerplexityRequest():
            return f"Perplexity · {_change(request.change)} · {_counted(len(request.evaluation.languages), 'language')}"
        case RemovalRequest():
            n_languages = len(request.evaluation.languages)
            return f"Removal table · top {_percent(request.region.fraction)} · {_counted(n_languages, 'language')}"
        case StructuredRemovalRequest():
            setting = request.ranking.setting.value.replace("_", " ")
            return f"Structured removal · {setting} · N {_listed(request.counts)}"
        case SweepRequest():
            over = request.targets.matrix if isinstance(request.targets, ScalarSweep) else "dimensions"
            action = f"times {request.factor:g}" if request.factor is not None else request.action.value
            return f"Sweep · {over} · {action} · {request.model}"
        case PerturbationRequest():
            return f"Perturbation · {_edits(request.edits)} · {request.model}"
        case GenerationRequest():
            return f"Generation · {_counted(len(request.prompts), 'prompt')} · {request.model}"
        case GenerationGridRequest():
            size = f"{_counted(len(request.prompts), 'prompt')} by {_counted(len(request.columns), 'change')}"
            return f"Generation grid · {size} · {request.model}"
        case TrainingRequest():
            return f"Training · {request.language} · {_held(request)} · {request.model}"
        case ActivationsRequest(activations=read):
            return f"Activations · {request.language} · {read.model}"
        case SimilarityRequest():
            part = f" · layers {request.layers.first} to {request.layers.last}" if request.layers else ""
            return f"Similarity map · {len(request.languages)} languages{part} · {request.model}"
        case KeyNeuronsRequest():
            return f"Key neurons · {len(request.languages)} languages · {request.activations.model}"
        case DeactivationRequest():
            return f"Deactivation matrix · {_counted(len(request.columns), 'language')} off"
        case ChoiceRequest():
            return f"{_task(request.task)} · {_change(request.change)} · {request.model}"
        case DevelopmentRequest():
            return f"Development · {_counted(len(request.members), 'model')} by {request.axis}"
        case EnrichmentRequest():
            return f"Enrichment · {_counted(len(request.regions), 'region')} · {request.neurons.activations.model}"
        case ComparisonRequest():
            return f"Comparison · {request.model} to {request.other}"


def _estimator(scores: ScoreSpec) -> str:
    name = estimator_name(scores)
    return "" if name == "taylor" else f" ({name})"


def _task(task: TaskFile) -> str:
    """With its language, which the tasks of one collection have at the end of their titles already."""
    return task.title if task.title.endswith(f", {task.language}") else f"{task.title} · {task.language}"


def _change(change: Change | None) -> str:
    match change:
        case None:
            return "unchanged"
        case ApplyEdits():
            return _edits(change.edits)
        case DeactivateNeurons():
            return (
                f"{change.language} neurons off"
                if not change.random
                else f"random neurons off, as for {change.language}"
            )
        case RemoveDimensions():
            return f"without {change.rank.value} {_counted(change.count, 'dimension')}"
        case RemoveRegion(region=RegionRequest() as request):
            return f"without {_selected(request)}"
        case RemoveRegion(region=CombinedRegionRequest() | ImportRegionRequest() as region):
            return f"without {region.title or 'a combined region'}"
    return ""


def _selected(request: RegionRequest) -> str:
    """`top 5 %`; of random regions, which one."""
    seed = f" (seed {request.seed})" if request.selection is Selection.RANDOM else ""
    return f"{request.selection.value} {_percent(request.region.fraction)}{seed}"


def _held(request: TrainingRequest) -> str:
    removed = "region removed, " if request.remove else ""
    held = {"freeze": "region frozen", "limit": "region limited"}[request.hold.how] if request.hold else "all free"
    return removed + held


def _listed(numbers: tuple[int, ...]) -> str:
    return " ".join(map(str, numbers))


def _percent(fraction: float) -> str:
    return f"{fraction * 100:.4g} %"


def _edits(edits: Sequence[Edit]) -> str:
    """What is changed, where it is one place: `zero residual 507`, `random 1.norm.input [5] (seed 3)`."""
    if len(edits) != 1:
        return _counted(len(edits), "edit")
    edit, where = edits[0], edits[0].where
    amount = {"scale": f" {edit.factor or 0:g}", "set": f" {edit.value or 0:g}", "random": f" (seed {edit.seed})"}.get(
        edit.action, ""
    )
    if isinstance(where, ScalarTarget):
        return f"{edit.action.value}{amount} {where.matrix} [{', '.join(map(str, where.index))}]"
    kinds = [kind.value for kind in where.kinds]
    layers = [str(layer) for layer in (where.layers.first, where.layers.last)] if where.layers else []
    span = f"layer {' to '.join(dict.fromkeys(layers))}" if layers else ""
    place = ", ".join(filter(None, (" ".join(kinds), span)))
    return f"{edit.action.value}{amount} {where.side.value} {where.index}" + (f" in {place}" if place else "")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
