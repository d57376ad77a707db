"""Estimators of importance against Eq. 2 of paper A itself, on sampled parameters (docs/protocol.md, "Importance")."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Literal

from safetensors import safe_open
from safetensors.torch import load_file
from transformers import PreTrainedModel

from backend.contracts.building import estimator_name
from backend.contracts.jobs import Ticket
from backend.contracts.requests import FaithfulnessRequest
from backend.contracts.results import EstimatorAgreement, FaithfulnessPoint, FaithfulnessSummary, ImportanceSummary
from backend.contracts.vocabulary import Phase
from workers.analysis.double_precision import doubled
from workers.analysis.faithfulness import LossChanges, loss_changes
from workers.analysis.faithfulness_sample import N_STRATA, Cell, sampled
from workers.analysis.rank_agreement import agreement
from workers.context import Context, Outcome
from workers.devices import memory
from workers.handlers.scores import SCORES_FILE
from workers.handlers.texts import bos_rule, scoring_samples
from workers.model_host import Loaded
from workers.progress import shield

_MOST_IN_DOUBLE = 1_500_000_000
_DOUBLE_BYTES = 14
"""A parameter needs 8 bytes in float64, 4 more while it is copied, and some for what is computed."""


def handle(ticket: Ticket, context: Context, folder: Path) -> Outcome:
    """Writes no file: the points are in the summary."""
    del folder
    request = ticket.request
    assert isinstance(request, FaithfulnessRequest)
    spec = request.estimators[0]
    texts = context.corpora.named(spec.lines.corpus).stream(spec.lines, request.language)
    context.progress.phase(Phase.RUNNING, "sampling parameters")
    files = [context.store.file(ticket.inputs[estimator_name(each)], SCORES_FILE) for each in request.estimators]
    cells, drawn = _drawn(files[0], request)
    estimates = [_at(file, cells) for file in files]
    context.progress.phase(Phase.LOADING_MODEL)
    loaded = context.host.load(spec.model, spec.dtype)
    chosen = islice(texts, request.n_samples)
    samples = list(scoring_samples(loaded, chosen, max_tokens=spec.max_tokens, bos=spec.bos))
    since = time.monotonic()
    with _precise(loaded) as (model, device):
        context.progress.phase(Phase.RUNNING)
        track = partial(context.progress.track, note=f"{request.language} · one parameter zero at a time")
        found = loss_changes(model, loaded.views, samples, cells, guard=shield, track=track)
        dtype = str(model.dtype).removeprefix("torch.")
    return Outcome(
        summary=FaithfulnessSummary(
            estimators=_agreements(ticket, context, request, found, estimates, _places(drawn, drawn[0])),
            uniform=_agreements(ticket, context, request, found, estimates, _places(drawn, "uniform"))
            if request.sampling == "both"
            else (),
            points=_points(loaded, cells, found, estimates, drawn),
            base_loss=found.base_loss,
            n_tokens=found.n_tokens,
            noise_floor=found.noise_floor,
            seconds=time.monotonic() - since,
        ),
        model=spec.model,
        seed=request.seed,
        rules=_rules(loaded, request, dtype),
        device=device,
        dtype=dtype,
    )


Way = Literal["stratified", "uniform"]


def _drawn(file: Path, request: FaithfulnessRequest) -> tuple[list[Cell], list[Way]]:
    """The parameters that are measured and how each was drawn: those by rank first."""
    ways: tuple[Way, ...] = ("stratified", "uniform") if request.sampling == "both" else (request.sampling,)
    cells: list[Cell] = []
    drawn: list[Way] = []
    for way in ways:
        more = sampled(
            load_file(file),  # memory maps: nothing is read before it is looked at
            n_parameters=request.n_parameters,
            stratified=way == "stratified",
            seed=request.seed,
        )
        cells += more
        drawn += [way] * len(more)
    return cells, drawn


def _places(drawn: Sequence[Way], way: Way) -> list[int]:
    return [place for place, each in enumerate(drawn) if each == way]


@contextmanager
def _precise(loaded: Loaded) -> Iterator[tuple[PreTrainedModel, str]]:
    """A float64 copy where the model is small enough and fits beside the original; else the model itself."""
    needed = sum(parameter.numel() for parameter in loaded.model.parameters()) * _DOUBLE_BYTES
    devices = dict.fromkeys(name for name in (loaded.device, "cpu") if "," not in name)
    room = [device for device in devices if needed <= memory(device)[0]]
    if needed > _MOST_IN_DOUBLE * _DOUBLE_BYTES or not room:
        yield loaded.model, loaded.device
    else:
        with doubled(loaded.model, device=room[0]) as twin:
            yield twin, room[0]


def _at(file: Path, cells: Sequence[Cell]) -> list[float]:
    """Scores of the cells, which come matrix by matrix."""
    found, name, matrix = [], None, None
    with safe_open(file, framework="pt") as opened:
        for cell in cells:
            if cell.matrix != name:
                name, matrix = cell.matrix, opened.get_tensor(cell.matrix)
            assert matrix is not None
            found.append(float(matrix[cell.at]))
    return found


def _agreements(
    ticket: Ticket,
    context: Context,
    request: FaithfulnessRequest,
    found: LossChanges,
    estimates: Sequence[Sequence[float]],
    places: Sequence[int],
) -> tuple[EstimatorAgreement, ...]:
    """Rank correlation of every estimator over the parameters at `places`."""
    measured, rows = [abs(found.changes[place]) for place in places], []
    for spec, estimated in zip(request.estimators, estimates, strict=True):
        scored = context.store.manifest(ticket.inputs[estimator_name(spec)]).summary
        assert isinstance(scored, ImportanceSummary)
        agreed = agreement([estimated[place] for place in places], measured, seed=request.seed)
        rows.append(
            EstimatorAgreement(
                name=estimator_name(spec),
                spearman=agreed.rho,
                spearman_low=agreed.low,
                spearman_high=agreed.high,
                seconds=scored.seconds,
            )
        )
    return tuple(rows)


def _points(
    loaded: Loaded,
    cells: Sequence[Cell],
    found: LossChanges,
    estimates: Sequence[Sequence[float]],
    drawn: Sequence[Way],
) -> tuple[FaithfulnessPoint, ...]:
    views, parameters = {view.name: view for view in loaded.views}, dict(loaded.model.named_parameters())
    return tuple(
        FaithfulnessPoint(
            matrix=cell.matrix,
            index=cell.at,
            weight=float(views[cell.matrix].cells(parameters[views[cell.matrix].tensor], cell.at)),
            loss_change=abs(change),
            signed_loss_change=change,
            estimates=tuple(estimated),
            drawn=way,
        )
        for cell, way, change, *estimated in zip(cells, drawn, found.changes, *estimates, strict=True)
    )


def _rules(loaded: Loaded, request: FaithfulnessRequest, dtype: str) -> dict[str, str]:
    ways = {
        "stratified": f"equal parts from {N_STRATA} bins of the ranks by {estimator_name(request.estimators[0])}, "
        "evenly spaced in log rank; a bin with too few gives all",
        "uniform": "every scored parameter as likely as another",
    }
    drawn = "; and beside them ".join(ways.values()) if request.sampling == "both" else ways[request.sampling]
    return {
        "bos": bos_rule(loaded, request.estimators[0].bos),
        "loss": f"mean over all predicted tokens of the first {request.n_samples} lines, BOS + text + EOS, in {dtype}",
        "dtype": f"float64 throughout on a copy of the weights for up to {_MOST_IN_DOUBLE:.1e} parameters that fit "
        "into free memory, else the model as it is loaded",
        "zero": "the stored number is set to 0; Gemma's norms multiply by 1 + w, so there the scale becomes 1",
        "noise_floor": "largest difference of the unchanged loss between batchings of the same samples",
        "sampling": drawn,
        "interval": "95 % bootstrap over parameters",
    }
