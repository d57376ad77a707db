"""What the maps of the Compare page paint: every gap of the choice filled. Knows nothing about Dash."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from backend.contracts.models import MatrixView
from backend.contracts.requests import Request
from backend.contracts.results import ResultRow
from backend.contracts.vocabulary import REGION_KINDS, AnalysisKind, Reducer
from frontend.choices.compare import CompareChoice, asked_of, counterpart, letter, row_of
from frontend.figures.compare import Member, all_matrices
from frontend.figures.reducers import reducers_of
from frontend.results.compare import Compared

PAINTED = (AnalysisKind.IMPORTANCE, *REGION_KINDS)


class Maps(NamedTuple):
    """What is painted: every gap of the choice filled."""

    choice: CompareChoice
    painted: ResultRow | None
    members: tuple[Member, ...]
    missing: tuple[Request, ...]
    """Questions that some of the models have not answered yet."""
    matrices: tuple[MatrixView, ...]


def maps(view: Compared) -> Maps:
    """The choice completed: the matrix and the reducer that can be shown."""
    choice, matrices = view.choice, all_matrices(view.models)
    painted = row_of(view.of_kinds(*PAINTED), choice.key)
    offered = reducers_of(painted.request if painted else None)
    names = [one.name for one in matrices]
    usual = next((one.name for one in matrices if one.layer is not None and len(one.shape) == 2), names[0])
    choice = choice._replace(
        key=painted.key if painted else None,
        matrix=choice.matrix if choice.matrix in names else usual,
        reducer=choice.reducer if choice.reducer in offered else _usual(painted, offered),
    )
    members, missing = [], []
    for place, model in enumerate(view.models):
        row = counterpart(painted.request, model.name, view.answered) if painted else None
        if painted and row is None:
            missing.append(asked_of(painted.request, model.name))
        is_missing = painted is not None and row is None
        members.append(Member(letter(place), model, row.key if row else None, is_missing))
    return Maps(choice, painted, tuple(members), tuple(missing), matrices)


def _usual(painted: ResultRow | None, offered: Sequence[Reducer]) -> Reducer:
    """Signed weights: the sign is what a difference is about."""
    return offered[0] if painted else Reducer.SIGNED_MAX_WEIGHT
