"""Development over checkpoints or sizes (paper B, Figures 4, 7, 10), collected from its members. Loads no model."""

from __future__ import annotations

from pathlib import Path

from backend.artifacts.development import point_of
from backend.contracts.building import development_parts
from backend.contracts.jobs import Ticket
from backend.contracts.requests import DevelopmentMember, DevelopmentRequest
from backend.contracts.results import DevelopmentPoint, DevelopmentSummary
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
    names = development_parts(request, member)
    point = point_of(request, member, {name: context.store.manifest(ticket.inputs[name]).summary for name in names})
    assert point is not None
    return point
