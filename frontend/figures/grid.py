"""What the browser needs to paint the overview of all matrices (`assets/grid.js`)."""

from __future__ import annotations

from typing import Any

from backend.contracts.models import ModelDescription
from backend.contracts.vocabulary import MatrixKind, Reducer
from frontend import theme
from frontend.figures.kinds import kind_words
from frontend.figures.reducers import LOOKS

_GROUPS = ("attention", "MLP", "norms", "biases")


def grid_spec(model: ModelDescription, *, source: str, reducer: Reducer, selected: str) -> dict[str, Any]:
    """The `spec` of `window.atlas.grid`: kinds as columns (vectors thin), layers as rows, the rest below."""
    return {
        "source": source,
        "reducer": reducer.value,
        "measure": LOOKS[reducer].label.lower(),
        # The server's thumbnails are magnitudes, for signed reducers too.
        "colours": theme.SEQUENTIAL if LOOKS[reducer].scale == "signed" else LOOKS[reducer].colours,
        "selected": selected,
        "kinds": kinds_across(model),
        "n_layers": model.shape.n_layers,
        "outside": [view.name for view in model.matrices if view.layer is None],
        "description": (
            f"{LOOKS[reducer].label} in the {len(model.matrices)} matrices and vectors of {model.name}: "
            f"{model.shape.n_layers} layers downwards, kinds across. Arrow keys move to another matrix."
        ),
    }


def kinds_across(model: ModelDescription) -> list[dict[str, Any]]:
    """The columns of the overview in their order: kind, label, group, and whether its members are vectors."""
    thin = {view.kind: len(view.shape) == 1 for view in model.matrices if view.layer is not None}
    order = [kind for kind in MatrixKind if kind in thin]
    words = {kind: kind_words(kind) for kind in order}
    order.sort(key=lambda kind: _GROUPS.index(words[kind].group))
    return [
        {"kind": kind.value, "label": words[kind].label, "group": words[kind].group, "thin": thin[kind]}
        for kind in order
    ]
