"""Importance of every parameter on one language (paper A, Eq. 4, and the estimators beside it)."""

from __future__ import annotations

from pathlib import Path

from backend.contracts.jobs import Ticket
from backend.contracts.requests import ImportanceRequest
from backend.contracts.results import ImportanceSummary
from workers.analysis.importance import Added
from workers.context import Context, Outcome
from workers.handlers.importance_merge import merge
from workers.handlers.scores import scores_file
from workers.handlers.scoring import add_up, all_blocks, scoring_rules
from workers.handlers.tensor_file import TensorFile


def handle(ticket: Ticket, context: Context, folder: Path) -> Outcome:
    """Writes `scores.safetensors`, and `scores-{n}.safetensors` of every snapshot: float32 by matrix name.

    Each goes to disk matrix by matrix, straight from the sums. With several shards their sums are merged instead.
    """
    request = ticket.request
    assert isinstance(request, ImportanceRequest)
    spec = request.scores
    if spec.shards > 1:
        return merge(ticket, context, folder)

    def write(n_samples: int, added: Added) -> None:
        name = scores_file(n_samples if n_samples in spec.snapshots else None)
        with TensorFile(folder / name, {view.name: view.shape for view in added.views}) as file:
            for view in added.views:
                file.append(added.scores(view))

    chosen = all_blocks(context, spec, request.language)
    loaded, added, seconds = add_up(context, spec, request.language, chosen=chosen, at_cut=write)
    return Outcome(
        summary=ImportanceSummary(
            n_samples=added.n_samples, n_tokens=added.n_tokens, mean_loss=added.mean_loss, seconds=seconds
        ),
        model=spec.model,
        seed=None,
        rules=scoring_rules(loaded, spec),
        device=loaded.device,
        dtype=loaded.dtype,
    )
