"""Make a model ready: find or download it, convert GGUF, describe its matrices, hash its weights."""

from __future__ import annotations

from pathlib import Path

from backend.artifacts.models import name_of
from backend.contracts.jobs import Ticket
from backend.contracts.requests import OpenModelRequest
from backend.contracts.results import OpenedModel
from backend.contracts.vocabulary import Phase
from workers.context import Context, Outcome
from workers.sources.find import find
from workers.sources.listening import listening
from workers.sources.opening import describe
from workers.unchanged import require_asked


def handle(ticket: Ticket, context: Context, folder: Path) -> Outcome:
    """Writes the catalogue entry of the model, and no file of its own."""
    del folder
    request = ticket.request
    assert isinstance(request, OpenModelRequest)
    name = name_of(request.source, request.revision)
    context.progress.phase(Phase.RUNNING, "finding the model")
    found = find(
        request.source,
        request.revision,
        layout=context.layout,
        roots=context.settings.model_roots,
        fits=context.host.require_room,
        track=context.progress.track,
    )
    with listening() as warnings:
        description = describe(
            found,
            name=name,
            source=request.source,
            fits=context.host.require_room,
            track=context.progress.track,
        )
        context.progress.phase(Phase.RUNNING, "reading the first tokens")
        notes = context.host.try_out(description)
    description = description.model_copy(update={"warnings": tuple(dict.fromkeys([*notes, *warnings]))})
    require_asked(ticket, context)  # before others see it
    context.models.save(description)
    return Outcome(
        summary=OpenedModel(description=description),
        model=name,
        seed=None,
        rules={"weights": "safetensors only; code that comes with a model is never run"},
        device=context.host.report().device,
        dtype=description.dtype,
    )
