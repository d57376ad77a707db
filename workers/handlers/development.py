"""Development over checkpoints or sizes (paper B, Figures 4, 7, 10), collected from its members. Loads no model."""

from __future__ import annotations

from pathlib import Path

from backend.contracts.building import development_parts
from backend.contracts.jobs import Ticket
from backend.contracts.requests import DevelopmentMember, DevelopmentRequest
from backend.contracts.results import (
    ChoiceSummary,
    DevelopmentPoint,
    DevelopmentSummary,
    KeyNeuronsSummary,
    SimilaritySummary,
    Summary,
)
from backend.contracts.vocabulary import Phase
from workers.context import Context, Outcome


def handle(ticket: Ticket, context: Context, folder: Path) -> Outcome:
    """One point per member, as the jobs before this one measured it. Writes no file."""
    del folder
    request = ticket.request
    assert isinstance(request, DevelopmentRequest)
    context.progress.phase(Phase.RUNNING, "collecting")
    return Outcome(
        summary=DevelopmentSummary(
            languages=tuple(sorted(request.languages)),
            points=tuple(_point(request, member, ticket, context) for member in request.members),
        ),
        model=request.members[-1].model,
        seed=request.seed,
        rules={"axis": request.axis, "key": f"z over languages above {request.threshold:g}"},
        device="cpu",
        dtype="float32",
    )


def _point(
    request: DevelopmentRequest, member: DevelopmentMember, ticket: Ticket, context: Context
) -> DevelopmentPoint:
    parts: list[Summary] = [
        context.store.manifest(ticket.inputs[name]).summary for name in development_parts(request, member)
    ]
    similarity, neurons, *tasks = parts
    assert isinstance(similarity, SimilaritySummary) and isinstance(neurons, KeyNeuronsSummary)
    return DevelopmentPoint(
        model=member.model,
        label=member.label or member.model,
        position=member.position,
        whole=similarity.scores[0],
        layers=similarity.scores[1:],
        sklr=neurons.sklr,
        sklr_null=neurons.sklr_null,
        n_neurons_total=neurons.n_layers * neurons.n_neurons,
        counts=neurons.counts,
        accuracy={
            task.title: found.accuracy
            for task, found in zip(request.tasks, tasks, strict=True)
            if isinstance(found, ChoiceSummary)
        },
    )
