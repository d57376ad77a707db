"""Edits of a request in the words of the analysis."""

from __future__ import annotations

from backend.contracts.requests import Edit, ScalarTarget
from workers.analysis import edits as analysis
from workers.model_host import Loaded


def edit_spec(edit: Edit) -> analysis.EditSpec:
    """The same edit for `analysis.perturbation.perturbed`."""
    where = edit.where
    target: analysis.ScalarTarget | analysis.DimensionTarget
    if isinstance(where, ScalarTarget):
        target = analysis.ScalarTarget(where.matrix, where.index)
    else:
        layers = (where.layers.first, where.layers.last) if where.layers else None
        kinds = tuple(kind.value for kind in where.kinds)
        target = analysis.DimensionTarget(where.side.value, where.index, kinds, layers)
    return analysis.EditSpec(target, edit.action.value, edit.factor, edit.value, edit.seed)


def edit_rules(loaded: Loaded) -> dict[str, str]:
    """What actions and targets mean for this model's weights, for the result's provenance."""
    offset = max(view.scale_offset for view in loaded.views)
    norms = f"norms multiply by {offset:g} + w, so reset writes w = {1 - offset:g}" if offset else "w = 1"
    return {
        "reset": f"an effective norm scale of 1 ({norms}); biases 0",
        "random": "normal, mean 0, the matrix's own standard deviation",
        "dimension": "no kinds named: every kind within the layers that carries the side",
    }
