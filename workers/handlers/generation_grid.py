"""Prompts by changes: what each prompt becomes under each change of the weights (paper A, Figure 4)."""

from __future__ import annotations

from pathlib import Path

from backend.contracts.building import BASE
from backend.contracts.jobs import Ticket
from backend.contracts.requests import GenerationGridRequest, NamedChange
from backend.contracts.results import GenerationGridSummary, GridColumn
from backend.contracts.vocabulary import Phase, Sampling
from workers.context import Context, Outcome
from workers.handlers.changes import changed
from workers.handlers.continuations import column, generation_rules
from workers.handlers.edit_specs import edit_rules
from workers.model_host import Loaded


def handle(ticket: Ticket, context: Context, folder: Path) -> Outcome:
    """The unchanged model first, then every change; each proves that the weights are back. Writes no file."""
    del folder
    request = ticket.request
    assert isinstance(request, GenerationGridRequest)
    context.progress.phase(Phase.LOADING_MODEL)
    loaded = context.host.load(request.model, request.dtype)
    context.progress.phase(Phase.RUNNING)
    base = column(
        loaded, request.prompts, request.settings, is_base=True, note=_note(request, 0), progress=context.progress
    )
    columns = [GridColumn(name=BASE, note="the unchanged model", n_changed=0, continuations=base)]
    columns += [
        _column(ticket, context, loaded, named, _note(request, number))
        for number, named in enumerate(request.columns, start=1)
    ]
    return Outcome(
        summary=GenerationGridSummary(columns=tuple(columns), weights_restored=True),  # `changed` raises otherwise
        model=request.model,
        seed=request.settings.seed if request.settings.sampling is Sampling.SAMPLED else None,
        rules=generation_rules(loaded, request.settings) | edit_rules(loaded),
        device=loaded.device,
        dtype=loaded.dtype,
    )


def _column(ticket: Ticket, context: Context, loaded: Loaded, named: NamedChange, note: str) -> GridColumn:
    request = ticket.request
    assert isinstance(request, GenerationGridRequest)
    with changed(loaded, named.change, ticket, context, input_name=named.name) as done:
        texts = column(loaded, request.prompts, request.settings, is_base=False, note=note, progress=context.progress)
    return GridColumn(name=named.name, note=done.note, n_changed=done.n_changed, continuations=texts)


def _note(request: GenerationGridRequest, number: int) -> str:
    """`top 1 % (2 of 4)`: where the grid stands."""
    name = request.columns[number - 1].name if number else BASE
    return f"{name} ({number + 1} of {len(request.columns) + 1})"
