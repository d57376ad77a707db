"""The removal table (paper A, Tables 1, 5, 9 to 16), put together from its columns. Loads no model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from backend.contracts.building import BASE, removal_columns
from backend.contracts.jobs import Ticket
from backend.contracts.problems import KnownError
from backend.contracts.requests import WITH_NORMS, RemovalRequest
from backend.contracts.results import Condition, Manifest, PerplexitySummary, RemovalSummary
from backend.contracts.vocabulary import Phase
from workers.context import Context, Outcome
from workers.handlers.intervals import against_base
from workers.handlers.region import region_rules


def handle(ticket: Ticket, context: Context, folder: Path) -> Outcome:
    """Base, top, bottom, random 1 to n, then the others, each as its `perplexity` job found it. Writes no file."""
    del folder
    request = ticket.request
    assert isinstance(request, RemovalRequest)
    context.progress.phase(Phase.RUNNING, "collecting the columns")
    manifests = column_manifests(ticket, context, tuple(removal_columns(request)))
    columns = {name: column_of(manifest) for name, manifest in manifests.items()}
    rows = against_base(context, manifests)
    first = next((column for name, column in columns.items() if name != BASE), columns[BASE])
    return Outcome(
        summary=RemovalSummary(
            conditions=tuple(
                Condition(name=name, n_removed=column.n_changed, rows=rows[name]) for name, column in columns.items()
            ),
            fraction=request.region.fraction,
            n_total=first.n_total,
        ),
        model=request.region.scores.model,
        seed=request.seed,
        rules=manifests[BASE].provenance.rules
        | region_rules(request.region)
        | {"removal": "the region's parameters are set to 0", "random": "draw n has the seed of the request + n - 1"}
        | _norms_rule(columns),
        device=_joined(manifest.provenance.device for manifest in manifests.values()),
        dtype=_joined(manifest.provenance.dtype for manifest in manifests.values()),
    )


def _norms_rule(columns: Mapping[str, PerplexitySummary]) -> dict[str, str]:
    """What the columns with norms hold beside, and what zero means there; {} for a table without them."""
    note = next((part for column in columns.values() for part in column.note.split("; ") if "1 + w" in part), "")
    beside = (
        f"columns named{WITH_NORMS}: the same share of every norm and bias as well"
        if any(name.endswith(WITH_NORMS) for name in columns)
        else ""
    )
    scale = "this model's norms multiply by 1 + w: a weight set to 0 is a scale of 1, not of 0" if note else ""
    said = "; ".join(part for part in (beside, scale) if part)
    return {"norms": said} if said else {}


def column_manifests(ticket: Ticket, context: Context, names: Sequence[str]) -> dict[str, Manifest]:
    """Manifests of the columns that the ticket is built on, in the order of `names`."""
    missing = [name for name in names if name not in ticket.inputs]
    if missing:
        raise KnownError(
            "input_missing",
            f"this table builds on the columns {', '.join(missing)}, which were not computed with it",
            hint="Submit the request again.",
            status=424,
        )
    return {name: context.store.manifest(ticket.inputs[name]) for name in names}


def column_of(manifest: Manifest) -> PerplexitySummary:
    """What a perplexity job found."""
    assert isinstance(manifest.summary, PerplexitySummary)
    return manifest.summary


def _joined(values: Iterable[str]) -> str:
    """One word when all workers agree; else all of them, since the columns then differ by more than the change."""
    return ", ".join(dict.fromkeys(values))
