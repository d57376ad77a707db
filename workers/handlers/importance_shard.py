"""One share of a language's samples: sums that `importance_merge` adds to those of the other shards."""

from __future__ import annotations

from pathlib import Path

from backend.contracts.jobs import Ticket
from backend.contracts.requests import ImportanceShardRequest
from backend.contracts.results import ImportanceShardSummary
from workers.analysis.blocks import share
from workers.analysis.importance import Added
from workers.context import Context, Outcome
from workers.handlers.scores import sums_file
from workers.handlers.scoring import add_up, all_blocks, estimator, scoring_rules
from workers.handlers.tensor_file import TensorFile


def handle(ticket: Ticket, context: Context, folder: Path) -> Outcome:
    """Writes `sums-{piece}.safetensors`: float32 by `{matrix}/{part}`, signed where the estimator's sums are.

    A piece ends at a snapshot or at the end and holds what came since the last; one without a token is not written.
    """
    request = ticket.request
    assert isinstance(request, ImportanceShardRequest)
    spec = request.scores
    pieces: list[tuple[int, int, int, float]] = []

    def write(piece: int, added: Added) -> None:
        if added.n_samples:
            pieces.append((piece, added.n_samples, added.n_tokens, added.summed_loss))
            sums = {f"{view.name}/{part}": one for view in added.views for part, one in added.sums(view).items()}
            with TensorFile(folder / sums_file(piece), {name: tuple(one.shape) for name, one in sums.items()}) as file:
                for one in sums.values():
                    file.append(one)
        added.clear()

    whole = all_blocks(context, spec, request.language)
    mine = share(whole, request.shard, n_shards=spec.shards) if estimator(spec).reads != "nothing" else []
    loaded, _, seconds = add_up(context, spec, request.language, chosen=mine, at_cut=write)
    return Outcome(
        summary=ImportanceShardSummary(
            n_samples=sum(n_samples for _, n_samples, _, _ in pieces),
            n_tokens=sum(n_tokens for _, _, n_tokens, _ in pieces),
            summed_loss=sum(loss for _, _, _, loss in pieces),
            seconds=seconds,
            pieces=tuple(piece for piece, *_ in pieces),
        ),
        model=spec.model,
        seed=None,
        rules=scoring_rules(loaded, spec)
        | {"shards": "neighbouring blocks; with fewer blocks than shards, every k-th batch of one block"},
        device=loaded.device,
        dtype=loaded.dtype,
    )
