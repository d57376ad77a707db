"""What travels through the queue and what is told about a job while it lives."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from backend.contracts.base import Contract, Key, Language
from backend.contracts.problems import Problem
from backend.contracts.requests import (
    GenerationRequest,
    ImportanceRequest,
    OpenModelRequest,
    PerturbationRequest,
    RegionRequest,
    RemovalRequest,
    Request,
    SimilarityRequest,
)
from backend.contracts.vocabulary import JobState, Phase

TASK = "workers.tasks.run"
"""What the backend enqueues, by name."""
QUEUES = ("interactive", "batch")
"""In the order in which a worker looks: clicks go before prepared analyses."""


class Ticket(Contract):
    """The whole payload of one job: everything a worker needs besides the results volume."""

    key: Key
    request: Request
    inputs: dict[str, Key] = {}
    """Keys of the score results this job reads, by language."""


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
            return f"Importance · {request.language} · {request.scores.model}"
        case RegionRequest(region=region):
            return f"Region · {request.selection.value} {region.fraction:.3g} · {' '.join(region.languages)}"
        case RemovalRequest():
            n_languages = len(request.evaluation.languages)
            return f"Removal table · top {request.region.fraction:.3g} · {_counted(n_languages, 'language')}"
        case PerturbationRequest():
            return f"Perturbation · {_counted(len(request.edits), 'edit')} · {request.model}"
        case GenerationRequest():
            return f"Generation · {_counted(len(request.prompts), 'prompt')} · {request.model}"
        case SimilarityRequest():
            return f"Similarity map · {len(request.languages)} languages · {request.model}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
