"""Structured removals and sweeps against the model: are there so many dimensions, and is that a vector?"""

from __future__ import annotations

from collections.abc import Sequence

from backend.contracts.models import ModelDescription
from backend.contracts.problems import KnownError
from backend.contracts.requests import DimensionSweep, RemoveDimensions, ScalarSweep, StructuredRemovalRequest
from backend.contracts.vocabulary import DimensionSetting, EditAction, Rank
from backend.jobs.edit_checks import carriers, check_cell, check_reset, index_out_of_range, n_dimensions, named_matrix


def check_structured(request: StructuredRemovalRequest, model: ModelDescription) -> None:
    """Snapshots must be kept by the scores, and counts fit into the smallest side of the setting for every rank."""
    kept = request.ranking.region.region.scores.snapshots
    for place, snapshot in enumerate(request.snapshots):
        if snapshot is not None and snapshot not in kept:
            raise KnownError(
                "unknown_snapshot",
                f"snapshot {snapshot} is not kept by these scores; they keep {', '.join(map(str, kept)) or 'none'}",
                hint="Add it to ranking.region.region.scores.snapshots, or take null for all samples.",
                field=f"snapshots.{place}",
            )
    for place, count in enumerate(request.counts):
        _check_count(count, request.ranks, request.ranking.setting, model, f"counts.{place}")


def check_removed(change: RemoveDimensions, model: ModelDescription, field: str) -> None:
    """The same for one cell."""
    _check_count(change.count, (change.rank,), change.ranking.setting, model, f"{field}.count")


def check_scalars(targets: ScalarSweep, model: ModelDescription) -> None:
    """A sweep of scalars is of one norm or bias."""
    view = named_matrix(targets.matrix, model, "targets.matrix")
    if len(view.shape) > 1:
        vectors = sorted({view.kind.value for view in model.matrices if len(view.shape) == 1})
        raise KnownError(
            "not_a_vector",
            f"{view.name} is a matrix of {' x '.join(map(str, view.shape))}; scalars of one norm or bias are swept",
            hint=f"Name LAYER.KIND with one of these kinds: {', '.join(vectors) or 'none'}.",
            field="targets.matrix",
        )
    for place, index in enumerate(targets.indices):
        check_cell(view, (index,), f"targets.indices.{place}")


def check_dimensions(targets: DimensionSweep, action: EditAction, model: ModelDescription) -> None:
    """A sweep of dimensions stays inside its side and its layers, and asks for no more than there are."""
    found = carriers(targets.side, model, "targets", kinds=targets.kinds, layers=targets.layers)
    n_valid = n_dimensions(found, targets.side, named=bool(targets.kinds))
    for place, index in enumerate(targets.indices):
        if index >= n_valid:
            raise index_out_of_range(targets.side, index, n_valid, model, f"targets.indices.{place}")
    n_top = targets.n_top if targets.ranking else 0
    n_given = len(set(targets.indices))
    for name, asked, most in (("n_top", n_top, n_valid), ("n_random", targets.n_random, n_valid - max(n_given, n_top))):
        if asked > most:
            raise _too_many(f"{name}={asked}", f"the {targets.side.value} side has {n_valid}", most, f"targets.{name}")
    if not n_given + n_top + targets.n_random:
        raise KnownError(
            "nothing_to_sweep",
            "no dimension is named: indices are empty, n_top and n_random are 0",
            hint="Give indices, or n_top or n_random.",
            field="targets",
        )
    if action is EditAction.RESET:
        check_reset(found, "action")


def _check_count(
    count: int, ranks: Sequence[Rank], setting: DimensionSetting, model: ModelDescription, field: str
) -> None:
    there = {view.kind for view in model.matrices if view.layer is not None}
    for kind, side in setting.sides.items():
        if kind not in there:
            continue
        size = n_dimensions(carriers(side, model, field, kinds=(kind,)), side, named=True)
        for rank in ranks:
            # Random dimensions are never among the top ones.
            most = size // 2 if rank is Rank.RANDOM else size
            if count > most:
                what = f"{rank.value} {count} dimensions"
                raise _too_many(what, f"the {side.value} side of {kind.value} has {size}", most, field)


def _too_many(asked: str, there: str, most: int, field: str) -> KnownError:
    return KnownError("too_many_dimensions", f"{asked}: {there}", hint=f"Take at most {most}.", field=field)
