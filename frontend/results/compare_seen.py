"""A view of the maps that is complete, and what can be asked of it: cells and profiles. Knows nothing about Dash."""

from __future__ import annotations

from typing import NamedTuple

from backend.client import Client
from backend.contracts.models import MatrixView
from backend.contracts.problems import KnownError
from backend.contracts.results import MarginalsView
from frontend.choices.compare import CompareChoice
from frontend.figures.compare import Member


class Seen(NamedTuple):
    """A view of the maps, complete: what is compared, of which matrix."""

    choice: CompareChoice
    members: tuple[Member, ...]

    @property
    def able(self) -> list[Member]:
        """Those that have the matrix and what is painted."""
        return [member for member in self.members if member.view(self.choice.matrix or "") and not member.is_missing]


def view_of(seen: Seen) -> MatrixView | None:
    """The matrix in the first model that has it."""
    return next((view for member in seen.able if (view := member.view(seen.choice.matrix or ""))), None)


def clicked(seen: Seen, place: int) -> tuple[Member, Member | None] | None:
    """Whose map was clicked: members first, then the differences from A."""
    n = len(seen.members)
    if place < n:
        return (seen.members[place], None) if seen.members[place] in seen.able else None
    of = place - n + 1
    return (seen.members[of], seen.members[0]) if of < n else None


def changes(seen: Seen, api: Client) -> list[tuple[Member, MarginalsView]]:
    """Profiles of the differences that are defined."""
    choice, able = seen.choice, seen.able
    assert choice.matrix and choice.reducer
    if not able or able[0] is not seen.members[0]:
        return []
    first, shape = able[0], _shape(able[0], choice.matrix)
    found = []
    for member in able[1:]:
        if _shape(member, choice.matrix) == shape:
            try:
                told = api.difference_marginals(
                    member.subject, first.subject, matrix=choice.matrix, reducer=choice.reducer.value
                )
            except KnownError:
                continue  # the map of this difference says why
            found.append((member, told))
    return found


def _shape(member: Member, matrix: str) -> tuple[int, ...]:
    view = member.view(matrix)
    return view.shape if view else ()
