"""A region, or an overlay of coordinates or neurons, from an uploaded file, laid over the matrices of a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from backend.artifacts.import_forms import form_of, read_text
from backend.artifacts.imports import Imports
from backend.contracts.jobs import Ticket
from backend.contracts.regions import ImportForm, ImportRegionRequest
from backend.contracts.results import ImportRegionSummary
from backend.contracts.vocabulary import Phase
from workers.analysis.masks import PackedBits
from workers.context import Context, Outcome
from workers.families import in_layers
from workers.families.base import View
from workers.handlers.import_cells import bits_of_cells, coordinate_cells, neuron_cells
from workers.handlers.import_masks import UploadedMasks
from workers.handlers.region_files import model_views, totals, write_region

_RULES: dict[ImportForm, str] = {
    "masks": "as the file says",
    "coordinates": "the single weights that the file names",
    "neurons": "of each neuron the rows of gate and up and the column of down",
}


def handle(ticket: Ticket, context: Context, folder: Path) -> Outcome:
    """Writes what a region result holds. Loads no model.

    It covers the parameters under the transformer layers; all of them when the file names one outside.
    """
    request = ticket.request
    assert isinstance(request, ImportRegionRequest)
    context.progress.phase(Phase.RUNNING, "reading the file")
    path = Imports(context.layout.imports).file(request.file)
    form = form_of(path)
    views = model_views(request.model, context)
    named, bits_of = _opened(path, form, views)
    reaches_outside = any(view.name in named and not in_layers(view) for view in views)
    covered = [view for view in views if reaches_outside or in_layers(view)]
    counts = write_region(folder, ((view.name, bits_of(view)) for view in covered), covered, context)
    return Outcome(
        summary=ImportRegionSummary(**totals(counts), matrices=counts, form=form),
        model=request.model,
        seed=None,
        rules={"file": request.file, "parameters": _RULES[form]},
        device="cpu",
        dtype="uint8",
    )


def _opened(path: Path, form: ImportForm, views: Sequence[View]) -> tuple[set[str], Callable[[View], PackedBits]]:
    """Which matrices the file names, and the bits of any matrix."""
    if form == "masks":
        masks = UploadedMasks(path, views)
        return masks.named, masks.bits
    found = read_text(path)
    cells = neuron_cells(found, views) if isinstance(found, dict) else coordinate_cells(found, views)
    return set(cells), lambda view: bits_of_cells(view, cells)
