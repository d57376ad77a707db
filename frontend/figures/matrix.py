"""What the browser needs to paint one matrix (`assets/matrix.js`): where its tiles are, its sides, its colours."""

from __future__ import annotations

from typing import Any

from backend.contracts.models import MatrixView
from backend.contracts.vocabulary import Reducer
from frontend.figures.kinds import matrix_title
from frontend.figures.reducers import LOOKS, Look
from frontend.figures.sides import sizes

Window = tuple[int, int] | None

HINT = "Wheel to zoom · drag to move · Shift + drag for a box · click for exact values"


def source_of(model: str, key: str | None) -> str:
    """Where tiles, marginals, cells and the grid of a result, or of a model's weights, are asked for."""
    return f"/api/results/{key}" if key else f"/api/models/{model}"


def matrix_spec(
    view: MatrixView, *, source: str, reducer: Reducer, rows: Window = None, columns: Window = None
) -> dict[str, Any]:
    """The `spec` of `window.atlas.matrix`; a vector is a matrix of one row."""
    look = LOOKS[reducer]
    vector = len(view.shape) == 1
    shape = (1, *view.shape) if vector else view.shape
    return {
        "tile": f"{source}/tile",
        "marginals": f"{source}/marginals",
        "matrix": view.name,
        "reducer": reducer.value,
        "vector": vector,
        "shape": list(shape),
        "axes": [_no_axis(), _axis(view, 0)] if vector else [_axis(view, 0), _axis(view, 1)],
        "rows": rows,
        "columns": columns,
        "title": matrix_title(view),
        "measure": look.measure,
        "scale": look.scale,
        "colours": look.colours,
        "unit": look.unit,
        "hint": HINT,
        "description": _described(view, look, rows, columns),
    }


def _described(view: MatrixView, look: Look, rows: Window, columns: Window) -> str:
    windows = (("rows", rows), ("columns", columns))
    shown = [f"{name} {window[0]} to {window[1] - 1}" for name, window in windows if window]
    part = f" In view: {', '.join(shown)}." if shown else ""
    return f"Heatmap of {matrix_title(view)}, {sizes(view)}: {look.measure}.{part}"


def _axis(view: MatrixView, axis: int) -> dict[str, Any]:
    side = view.sides[axis]
    return {"side": side.value if side else None, "size": view.shape[axis], "n_heads": view.n_heads[axis]}


def _no_axis() -> dict[str, Any]:
    return {"side": None, "size": 1, "n_heads": 1, "name": " "}
