"""Structured removal as a change of the weights: the dimensions of one rank, zero for a while (Tables 3, 7, 8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from torch import Tensor

from backend.contracts.building import REGION_INPUT
from backend.contracts.jobs import Ticket
from backend.contracts.requests import RemoveDimensions
from backend.contracts.results import DimensionsTaken
from backend.contracts.vocabulary import DimensionSetting, Rank, Side
from workers.analysis.dimensions import Taken, taken_dimensions
from workers.analysis.dimensions_removed import dimensions_removed
from workers.context import Context
from workers.handlers.regions_read import stored_masks
from workers.model_host import Loaded
from workers.progress import shield


class RemovedDimensions(NamedTuple):
    """What was zeroed."""

    n_changed: int
    note: str
    """One sentence for people."""
    dimensions: tuple[DimensionsTaken, ...]


@contextmanager
def dimension_changes(
    loaded: Loaded, change: RemoveDimensions, ticket: Ticket, context: Context, *, input_name: str = REGION_INPUT
) -> Iterator[RemovedDimensions]:
    """Zero the dimensions that `change` names; tell which they are; put back exactly what was there.

    The region they are ranked by is the ticket's input `input_name`.
    """
    taken = _taken(loaded, change, stored_masks(ticket, input_name, context, loaded.views))
    with dimensions_removed(loaded.model, taken, guard=shield) as n_changed:
        yield RemovedDimensions(n_changed, _note(loaded, change, taken, n_changed), tuple(map(_told, taken)))


def setting_sides(setting: DimensionSetting) -> dict[str, str]:
    """The side that a setting ranks, by matrix kind, in the words of the analysis."""
    return {kind.value: side.value for kind, side in setting.sides.items()}


def _taken(loaded: Loaded, change: RemoveDimensions, masks: Mapping[str, Tensor]) -> tuple[Taken, ...]:
    return taken_dimensions(
        loaded.views,
        masks,
        sides=setting_sides(change.ranking.setting),
        rank=change.rank.value,
        count=change.count,
        shared=change.ranking.shared,
        seed=change.seed,
    )


def _told(taken: Taken) -> DimensionsTaken:
    side = taken.view.sides[taken.axis]
    assert side is not None
    return DimensionsTaken(
        matrix=taken.view.name,
        side=Side(side),
        indices=tuple(taken.indices.tolist()),
        counts=tuple(taken.counts.tolist()),
    )


def _note(loaded: Loaded, change: RemoveDimensions, taken: tuple[Taken, ...], n_changed: int) -> str:
    """`top 3 dimensions of the head side of attn.q, attn.k... in 72 matrices set to 0 (1,234 parameters)...`."""
    kinds = list(dict.fromkeys(one.view.kind for one in taken))
    sides = setting_sides(change.ranking.setting)
    places = [
        f"the {side} side of {', '.join(kind for kind in kinds if sides[kind] == side)}"
        for side in dict.fromkeys(sides[kind] for kind in kinds)
    ]
    what = "dimension" if change.count == 1 else "dimensions"
    how = "one ranking for all matrices with the same side" if change.ranking.shared else "every matrix by its own"
    drawn = f", drawn with seed {change.seed} outside the top {change.count}" if change.rank is Rank.RANDOM else ""
    biased = {view.kind for view in loaded.views} & {f"{kind}.bias" for kind in kinds}
    return (
        f"{change.rank.value} {change.count} {what} of {' and '.join(places)} in {len(taken)} matrices set to 0 "
        f"({n_changed:,} parameters); ranked by how many parameters of the region they hold, {how}{drawn}"
        + ("; biases were left as they are" if biased else "")
    )
