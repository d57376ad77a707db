"""Any change of a request, done to a loaded model for a while, undone exactly, and proven undone.

Knows which analysis makes which change; knows nothing of what is measured meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from torch import Tensor

from backend.contracts.building import REGION_INPUT
from backend.contracts.jobs import Ticket
from backend.contracts.regions import RegionQuestion
from backend.contracts.requests import (
    ApplyEdits,
    Change,
    DeactivateNeurons,
    RegionRequest,
    RemoveDimensions,
    RemoveRegion,
)
from backend.contracts.results import DimensionsTaken
from backend.contracts.specs import MATRICES
from backend.contracts.vocabulary import EditAction, Rank, Selection
from workers.analysis.deactivation import deactivated
from workers.analysis.perturbation import perturbed, resolve
from workers.analysis.removal import removed
from workers.context import Context
from workers.families.base import View
from workers.handlers import structured
from workers.handlers.edit_specs import edit_spec
from workers.handlers.neurons_read import neurons_off
from workers.handlers.regions_read import stored_masks
from workers.handlers.restored import checksums, require_restored
from workers.model_host import Loaded
from workers.progress import shield


class Done(NamedTuple):
    """What a change really did."""

    n_changed: int
    """Parameters that it touched."""
    note: str
    """One sentence for people; '' for no change."""
    dimensions: tuple[DimensionsTaken, ...] = ()
    """Structured removal: which dimensions were zeroed."""


@contextmanager
def changed(
    loaded: Loaded, change: Change | None, ticket: Ticket, context: Context, *, input_name: str = REGION_INPUT
) -> Iterator[Done]:
    """Change the weights within the block; None leaves them alone. `input_name`: the ticket's input with the region.

    Invariant: afterwards, also after any exception, every parameter has the bits it had. When the block ends well
    this is proven by checksum; a model that fails the proof is given up, and `weights_not_restored` raised.
    """
    if change is None:
        yield Done(0, "")
        return
    before = checksums(loaded, _touched(loaded, change))
    with _applied(loaded, change, ticket, context, input_name) as done:
        yield done
    require_restored(loaded, before, context, change=done.note)


def words_of(change: Change | None) -> str:
    """Short name of a change, for progress: `top 1 % removed`."""
    match change:
        case None:
            return "base"
        case RemoveRegion():
            return f"{_region_words(change.region)} removed"
        case RemoveDimensions():
            return f"{change.rank.value} {change.count} of the {change.ranking.setting.value} dimensions removed"
        case ApplyEdits():
            return "1 edit" if len(change.edits) == 1 else f"{len(change.edits)} edits"
        case DeactivateNeurons():
            return f"{'random' if change.random else 'key'} neurons of {change.language} off"


def seed_of(change: Change | None) -> int | None:
    """The seed that a change depends on, where there is one."""
    match change:
        case RemoveRegion(region=RegionRequest(selection=Selection.RANDOM) as region):
            return region.seed
        case RemoveDimensions(rank=Rank.RANDOM) | DeactivateNeurons(random=True):
            return change.seed
        case ApplyEdits():
            return next((edit.seed for edit in change.edits if edit.action is EditAction.RANDOM), None)
    return None


@contextmanager
def _applied(loaded: Loaded, change: Change, ticket: Ticket, context: Context, input_name: str) -> Iterator[Done]:
    match change:
        case RemoveRegion():
            masks = stored_masks(ticket, input_name, context, loaded.views)
            with removed(loaded.model, loaded.views, masks, guard=shield) as n_changed:
                what = f"{_region_words(change.region)}: {n_changed:,} parameters set to 0"
                yield Done(n_changed, what + _scale_note(loaded.views, masks))
        case ApplyEdits():
            edits = [edit_spec(edit) for edit in change.edits]
            with perturbed(loaded.model, loaded.views, edits, guard=shield) as applied:
                yield Done(sum(one.n_parameters for one in applied), "; ".join(one.sentence for one in applied))
        case RemoveDimensions():
            with structured.dimension_changes(loaded, change, ticket, context, input_name=input_name) as taken:
                yield Done(taken.n_changed, taken.note, taken.dimensions)
        case DeactivateNeurons():
            mask_LN = neurons_off(
                ticket,
                context,
                input_name=input_name,
                threshold=change.neurons.threshold,
                language=change.language,
                seed=change.seed if change.random else None,
            )
            with deactivated(loaded.family.down_projections(loaded.model), mask_LN) as n_off:
                yield Done(n_off, f"{words_of(change)}: {n_off:,} neurons are 0 at every position")


def _touched(loaded: Loaded, change: Change) -> set[str]:
    """Parameters that a change may write to."""
    match change:
        case ApplyEdits():
            changes = (one for edit in change.edits for one in resolve(loaded.views, edit_spec(edit)))
            return {one.view.tensor for one in changes}
        case RemoveDimensions():
            kinds = structured.setting_sides(change.ranking.setting)
            return {view.tensor for view in loaded.views if view.kind in kinds}
        case RemoveRegion():
            return {view.tensor for view in loaded.views}
        case DeactivateNeurons():
            return set()  # it changes no weight


def _region_words(region: RegionQuestion) -> str:
    if not isinstance(region, RegionRequest):
        return region.title or "a combined region"
    drawn = f" (seed {region.seed})" if region.selection is Selection.RANDOM else ""
    kinds = "" if region.region.kinds == MATRICES else f" of {', '.join(kind.value for kind in region.region.kinds)}"
    return f"{region.selection.value} {100 * region.region.fraction:.3g} %{kinds}{drawn}"


def _scale_note(views: Sequence[View], masks: Mapping[str, Tensor]) -> str:
    """Where norms multiply by 1 + w a weight of 0 is a scale of 1: told with the number of such weights."""
    n_scales = sum(int(masks[view.name].sum()) for view in views if view.scale_offset and view.name in masks)
    if not n_scales:
        return ""
    return f"; {n_scales:,} of them are weights of norms that multiply by 1 + w: their scale is 1 then, not 0"
