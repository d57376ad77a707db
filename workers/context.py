"""What a handler is given and what it gives back; what a registry module must offer.

Light on purpose: the RQ parent imports it and never loads torch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from backend.artifacts.corpora import Corpora
from backend.artifacts.layout import Layout
from backend.artifacts.models import ModelEntries
from backend.artifacts.results import ResultStore
from backend.contracts.jobs import Ticket
from backend.contracts.results import Summary
from backend.contracts.vocabulary import AnalysisKind
from workers.progress import Progress
from workers.settings import WorkerSettings

if TYPE_CHECKING:
    from workers.model_host import ModelHost
else:
    ModelHost = Any


class Context(NamedTuple):
    """Everything a handler may use besides its ticket."""

    layout: Layout
    store: ResultStore
    models: ModelEntries
    corpora: Corpora
    host: ModelHost
    progress: Progress
    settings: WorkerSettings


class Outcome(NamedTuple):
    """What a handler found; its arrays lie as files in the folder it was given."""

    summary: Summary
    model: str | None
    """Name of the opened model."""
    seed: int | None
    rules: dict[str, str]
    """What was decided where the request leaves it open."""
    device: str
    dtype: str


Handler = Callable[[Ticket, Context, Path], Outcome]


class HostReport(NamedTuple):
    """What the horse computes on, for `DeviceInfo`."""

    device: str
    dtype: str
    memory_bytes: int
    memory_free_bytes: int
    n_threads: int
    resident_models: tuple[str, ...] = ()
    versions: dict[str, str] = {}


class Registry(Protocol):
    """The module named by `WorkerSettings.registry`."""

    HANDLERS: Mapping[AnalysisKind, Handler]

    def open_host(self, settings: WorkerSettings) -> ModelHost:
        """Create the one ModelHost of a horse; called once at its start, loads no model.

        The host has `report() -> HostReport` and `release() -> None` (drop every model, after memory ran out).
        """
