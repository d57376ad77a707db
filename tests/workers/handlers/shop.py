"""A worker without queue and Redis: handlers run for real on a tiny model, progress is written down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from backend.artifacts.corpora import Corpora
from backend.artifacts.keys import input_keys, resolve_key
from backend.artifacts.models import ModelEntries
from backend.artifacts.results import ResultStore
from backend.contracts.building import inputs_of
from backend.contracts.jobs import Ticket
from backend.contracts.requests import ANALYSIS_VERSIONS, OpenModelRequest, Request
from backend.contracts.results import Manifest, Provenance
from tests.fakes import write_corpus, write_model
from workers.context import Context, Outcome
from workers.model_host import open_host
from workers.registry import HANDLERS
from workers.settings import WorkerSettings

LANGUAGES = ("de", "en", "fr")


class RecordedProgress:
    """Remembers phases, notes and tokens."""

    def __init__(self) -> None:
        self.phases: list[str] = []
        self.notes: list[str] = []
        self.told: list[dict] = []

    def phase(self, phase: str, note: str = "") -> None:
        self.phases.append(str(phase))

    def track(self, items: Iterable, total: int, unit: str, note: str = "") -> Iterator:
        self.notes.append(note)
        yield from items

    def tokens(self, **told: object) -> None:
        self.told.append(told)


class Shop:
    """One data root with a tiny opened model called `model` and a corpus called `small`."""

    def __init__(self, root: Path, architecture: str = "llama") -> None:
        self.model_folder = write_model(root / "given" / "tiny", architecture)
        write_corpus(root / "corpora" / "small", LANGUAGES)
        settings = WorkerSettings(
            redis_url="redis://nowhere", data_root=root, model_roots=(root / "given",), device="cpu"
        )
        layout = settings.layout
        self.context = Context(
            layout,
            ResultStore(layout.results),
            ModelEntries(layout.models),
            Corpora((layout.corpora,)),
            open_host(settings),
            RecordedProgress(),  # type: ignore[arg-type]
            settings,
        )
        opened = self.answer(OpenModelRequest(source=str(self.model_folder)))
        assert opened.model is not None
        self.model = opened.model

    @property
    def progress(self) -> RecordedProgress:
        """What handlers told."""
        return self.context.progress  # type: ignore[return-value]

    def key(self, request: Request) -> str:
        """Name of the request's result."""
        return resolve_key(request, self.context.models, self.context.corpora)

    def answer(self, request: Request) -> Outcome:
        """Run the handler as `tasks.run` does, its missing inputs first, and store what it wrote."""
        models, corpora, store = self.context.models, self.context.corpora, self.context.store
        for needed in inputs_of(request).values():
            if not store.has(self.key(needed)):
                self.answer(needed)
        ticket = Ticket(key=self.key(request), request=request, inputs=input_keys(request, models, corpora))
        with store.writing(ticket.key) as folder:
            outcome = HANDLERS[request.kind](ticket, self.context, folder)
            store.commit(folder, _manifest(ticket, outcome, folder, models))
        return outcome


def _manifest(ticket: Ticket, outcome: Outcome, folder: Path, models: ModelEntries) -> Manifest:
    weights = models.named(outcome.model).weights_hash if outcome.model else ""
    now = datetime.now(UTC)
    return Manifest(
        key=ticket.key,
        request=ticket.request,
        analysis_version=ANALYSIS_VERSIONS[ticket.request.kind],
        inputs=ticket.inputs,
        provenance=Provenance(
            model=outcome.model or "", model_source="", model_revision=None, weights_hash=weights, tokenizer_hash="",
            corpus_hashes={}, device=outcome.device, dtype=outcome.dtype, seed=outcome.seed, rules=outcome.rules,
            versions={}, worker="test", started_at=now, ended_at=now,
        ),
        summary=outcome.summary,
        files={path.name: path.stat().st_size for path in folder.iterdir()},
    )  # fmt: skip
