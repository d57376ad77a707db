"""What the browser needs to paint one matrix of several models side by side, and their difference.

Pure: descriptions of models in, specs of `window.atlas.matrix` out. A place that cannot be painted says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

from backend.contracts.models import MatrixView, ModelDescription
from backend.contracts.vocabulary import Reducer
from frontend.figures.matrix import Window, matrix_spec, source_of
from frontend.figures.reducers import LOOKS
from frontend.theme import DIVERGING, DIVERGING_DARK

HINT = "Wheel to zoom · drag to move · all move together"
_MEANS = (Reducer.MEAN_WEIGHT, Reducer.DENSITY)


class Member(NamedTuple):
    """One model of the comparison: `key` is the result that is painted; None paints its weights."""

    letter: str
    model: ModelDescription
    key: str | None
    is_missing: bool = False
    """Something else than weights is wanted, and this model has no such result."""

    @property
    def subject(self) -> str:
        """What the API calls it."""
        return self.key or self.model.name

    def view(self, matrix: str) -> MatrixView | None:
        """Its matrix of this name."""
        return next((view for view in self.model.matrices if view.name == matrix), None)


def slots(
    members: Sequence[Member], matrix: str, reducer: Reducer, *, rows: Window, columns: Window
) -> list[dict[str, Any]]:
    """A spec, or a sentence under `problem`, for every member and then for every difference from A."""
    shown = [member for member in members if member.view(matrix) and not member.is_missing]
    places = {member.letter: place for place, member in enumerate(shown)}
    query = urlencode({"subjects": ",".join(member.subject for member in shown)}, safe=",@")
    window = {"rows": rows, "columns": columns}
    found = [
        *((member, None, _member(member, matrix, reducer, query, window)) for member in members),
        *((member, members[0], _difference(member, members[0], matrix, reducer, window)) for member in members[1:]),
    ]
    return [spec if "problem" in spec else spec | _among(query, places, member, base) for member, base, spec in found]


def _among(query: str, places: dict[str, int], member: Member, base: Member | None) -> dict[str, Any]:
    """How its tile is asked for with those of the other maps."""
    picture = "-".join(str(places[one.letter]) for one in (member, base) if one)
    return {"among": {"address": f"/api/compare/tiles?{query}", "picture": picture}}


def _member(member: Member, matrix: str, reducer: Reducer, query: str, window: dict[str, Window]) -> dict[str, Any]:
    view = member.view(matrix)
    if view is None:
        return {"problem": f"{member.model.name} has no {matrix}."}
    if member.is_missing:
        return {"problem": f"{member.model.name} has no such result yet."}
    spec = matrix_spec(view, source=source_of(member.model.name, member.key), reducer=reducer, **window)
    words = f"Model {member.letter}, {member.model.name}, colours shared by all models. {spec['description']}"
    told = {"title": member.letter, "hint": HINT if member.letter == "A" else "", "description": words}
    return {**spec, **told, "marginals": None, "shared": f"/api/compare/scale?{query}"}


def _difference(
    member: Member, first: Member, matrix: str, reducer: Reducer, window: dict[str, Window]
) -> dict[str, Any]:
    view, base = member.view(matrix), first.view(matrix)
    if view is None or base is None:
        return {"problem": f"No difference: {(first if base is None else member).model.name} has no {matrix}."}
    if view.shape != base.shape:
        sizes = f"{size(base)} in {first.letter}, {size(view)} in {member.letter}"
        return {"problem": f"No difference is defined: {sizes}."}
    if member.is_missing or first.is_missing:
        return {"problem": "The difference needs this result of both."}
    query = urlencode({"left": member.subject, "right": first.subject}, safe="@")
    spec = matrix_spec(view, source="", reducer=reducer, **window)
    name = f"{member.letter} − {first.letter}"
    return {
        **spec,
        "tile": f"/api/compare/tile?{query}",
        "marginals": f"/api/compare/marginals?{query}",
        "title": name,
        "hint": "",
        "measure": f"{'mean ' if reducer in _MEANS else ''}{name}",
        "scale": "signed",
        "colours": {"light": DIVERGING, "dark": DIVERGING_DARK},
        "unit": LOOKS[reducer].unit,
        "description": f"Difference {name}, red above 0, blue below. {spec['description']}",
    }


def size(view: MatrixView) -> str:
    """`2048 × 512`."""
    return " × ".join(map(str, view.shape))


def all_matrices(models: Sequence[ModelDescription]) -> tuple[MatrixView, ...]:
    """Every matrix that any of the models has, once, those of A first."""
    found: dict[str, MatrixView] = {}
    for model in models:
        for view in model.matrices:
            found.setdefault(view.name, view)
    return tuple(found.values())
