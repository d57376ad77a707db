"""The deactivation matrix (paper B, Tables 1, 4), collected from its columns. Loads no model, writes no file."""

from __future__ import annotations

from pathlib import Path

from backend.contracts.building import BASE, deactivation_columns, deactivation_name
from backend.contracts.jobs import Ticket
from backend.contracts.requests import DeactivationRequest
from backend.contracts.results import DeactivatedColumn, DeactivationSummary
from backend.contracts.vocabulary import Phase
from workers.context import Context, Outcome
from workers.handlers.intervals import against_base
from workers.handlers.removal import column_manifests, column_of


def handle(ticket: Ticket, context: Context, folder: Path) -> Outcome:
    """Base, then every language's column and its random controls, as the jobs before this one measured them."""
    del folder
    request = ticket.request
    assert isinstance(request, DeactivationRequest)
    context.progress.phase(Phase.RUNNING, "collecting")
    names = {place: deactivation_name(place) for place in deactivation_columns(request)}
    manifests = column_manifests(ticket, context, tuple(names.values()))
    found = {place: column_of(manifests[name]) for place, name in names.items()}
    rows = against_base(context, manifests)
    columns = (
        DeactivatedColumn(language=place[0], draw=place[1], n_neurons=column.n_changed, rows=rows[names[place]])
        for place, column in found.items()
        if place is not None
    )
    model = context.models.ready(request.neurons.activations.model)
    return Outcome(
        summary=DeactivationSummary(
            base=found[None].rows, columns=tuple(columns), n_neurons_total=model.shape.n_layers * model.shape.n_neurons
        ),
        model=model.name,
        seed=request.seed if request.random_draws else None,
        rules=manifests[BASE].provenance.rules
        | {
            "deactivation": "the input of the down projection is 0 at every position",
            "random": "as many neurons, none of them key for that language",
        },
        device=manifests[BASE].provenance.device,
        dtype=manifests[BASE].provenance.dtype,
    )
