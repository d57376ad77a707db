"""Sums of all shards of a language become its scores: matrix by matrix, without a forward pass."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

from safetensors import safe_open
from torch import Tensor

from backend.contracts.building import inputs_of
from backend.contracts.jobs import Ticket
from backend.contracts.problems import KnownError
from backend.contracts.requests import ImportanceRequest
from backend.contracts.results import ImportanceShardSummary, ImportanceSummary, Provenance
from backend.contracts.vocabulary import Phase
from workers.analysis.errors import AnalysisError
from workers.analysis.estimators import Estimator
from workers.analysis.importance import require_finite
from workers.context import Context, Outcome
from workers.families.base import View
from workers.handlers.scores import scored_views, scores_file, sums_file
from workers.handlers.scoring import all_blocks, estimator
from workers.handlers.tensor_file import TensorFile
from workers.model_host import Loaded


class _Shard(NamedTuple):
    key: str
    summary: ImportanceShardSummary
    provenance: Provenance


def merge(ticket: Ticket, context: Context, folder: Path) -> Outcome:
    """Writes what a single run would: equal to it up to float32 rounding, whatever the number of shards.

    Holds one matrix of sums and scores besides the weights.
    """
    request = ticket.request
    assert isinstance(request, ImportanceRequest)
    spec, shards = request.scores, _shards(ticket, context, request)
    n_tokens = sum(shard.summary.n_tokens for shard in shards)
    context.progress.phase(Phase.LOADING_MODEL)
    loaded = context.host.load(spec.model, spec.dtype)
    context.progress.phase(Phase.RUNNING)
    since = time.monotonic()
    ends = list(dict.fromkeys(block.counts_to for block in all_blocks(context, spec, request.language)))
    _write(folder, context, loaded, request, {end: _files(context, shards, end) for end in ends})
    return Outcome(
        summary=ImportanceSummary(
            n_samples=sum(shard.summary.n_samples for shard in shards),
            n_tokens=n_tokens,
            mean_loss=sum(shard.summary.summed_loss for shard in shards) / n_tokens
            if estimator(spec).reads == "backward" and n_tokens
            else None,
            seconds=sum(shard.summary.seconds for shard in shards) + time.monotonic() - since,
            n_shards=spec.shards,
        ),
        model=spec.model,
        seed=None,
        rules=shards[0].provenance.rules | {"computed_on": _devices(shards)},
        device=shards[0].provenance.device,
        dtype=shards[0].provenance.dtype,
    )


def _shards(ticket: Ticket, context: Context, request: ImportanceRequest) -> list[_Shard]:
    """What the shards say of themselves; they must have computed in one dtype."""
    found = []
    for name in inputs_of(request):
        key = ticket.inputs[name]
        manifest = context.store.manifest(key)
        assert isinstance(manifest.summary, ImportanceShardSummary)
        found.append(_Shard(key, manifest.summary, manifest.provenance))
    dtypes = sorted({shard.provenance.dtype for shard in found})
    if len(dtypes) > 1:
        raise KnownError(
            "shards_differ",
            f"the shards of {request.language} were computed in different dtypes ({' and '.join(dtypes)}), "
            "because their workers' defaults differ",
            hint="Name the dtype in the request instead of `auto`, and submit it again.",
        )
    return found


def _files(context: Context, shards: Sequence[_Shard], piece: int) -> list[Path]:
    """The sums of one piece, of every shard that has some."""
    return [context.store.file(shard.key, sums_file(piece)) for shard in shards if piece in shard.summary.pieces]


def _write(
    folder: Path, context: Context, loaded: Loaded, request: ImportanceRequest, pieces: Mapping[int, Sequence[Path]]
) -> None:
    spec, chosen = request.scores, estimator(request.scores)
    views = scored_views(loaded.views, outside_layers=spec.outside_layers)
    shapes = {view.name: view.shape for view in views}
    parameters = dict(loaded.model.named_parameters())
    opened = {end: [safe_open(file, framework="pt") for file in files] for end, files in pieces.items()}
    with ExitStack() as stack:
        outputs = {
            end: stack.enter_context(TensorFile(folder / scores_file(end if end in spec.snapshots else None), shapes))
            for end in pieces
        }
        for view in context.progress.track(views, len(views), "matrices", f"adding {spec.shards} shards"):
            weights = view.canonical(parameters[view.tensor].detach()).cpu()
            for end, sums in _running(view, opened, chosen):
                scores = chosen.finish(weights, sums)
                require_finite(scores, f"the importance of {view.name}")
                outputs[end].append(scores)


def _running(
    view: View, pieces: Mapping[int, Sequence[Any]], chosen: Estimator
) -> Iterator[tuple[int, dict[str, Tensor]]]:
    """The sums of one matrix up to each end, in order."""
    total: dict[str, Tensor] = {}
    for end, files in pieces.items():
        for file in files:
            names = set(file.keys())
            for part in chosen.parts:
                if f"{view.name}/{part}" in names:
                    sums = file.get_tensor(f"{view.name}/{part}")
                    total[part] = total[part] + sums if part in total else sums
        if not total and chosen.reads != "nothing":
            raise AnalysisError(
                "no_tokens",
                f"the first {end} samples have no token to predict",
                hint="Choose lines that have text, or a later snapshot.",
            )
        yield end, total


def _devices(shards: Sequence[_Shard]) -> str:
    return ", ".join(sorted({shard.provenance.device for shard in shards}))
