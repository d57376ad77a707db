"""One window of one matrix of several subjects and of their differences, in one go.

Maps that are locked ask for the same window at the same moment: each subject is read once for all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from backend.contracts.compared_tiles import ComparedTiles
from backend.contracts.problems import KnownError
from backend.contracts.vocabulary import Reducer
from backend.results import compare, tiles
from backend.results.planes import LastRead
from backend.results.pyramids import Picture, Pyramids
from backend.results.subjects import Subject
from backend.results.tiles import Window


class Asked(NamedTuple):
    """One picture: a subject by its place; with `minus` the difference from the one at that place."""

    place: int
    minus: int | None = None


def asked_in(text: str, n_subjects: int) -> tuple[Asked, ...]:
    """`0,1,1-0`: the first subject, the second, and the second minus the first."""
    try:
        found = tuple(Asked(*map(int, part.split("-"))) for part in text.split(","))
    except (TypeError, ValueError):
        found = ()
    if not found or any(place >= n_subjects for one in found for place in one if place is not None):
        raise KnownError(
            "bad_pictures",
            f"pictures {text!r} are none of {n_subjects} subjects",
            hint=f"Give places from 0 to {n_subjects - 1} joined by commas; 1-0 is the second minus the first.",
            field="pictures",
        )
    return found


def compared_tiles(
    pyramids: Pyramids, subjects: Sequence[Subject], asked: Sequence[Asked], matrix: str, reducer: Reducer,
    window: Window,
) -> tuple[bytes, ComparedTiles]:  # fmt: skip
    """The bytes of all pictures one after the other, and what they are; the range is that of all subjects."""
    found = [subject.picture(matrix, reducer) for subject in subjects]
    kept = [one._replace(plane=LastRead(one.plane)) for one in found]
    pictures = [_picture(one, kept) for one in asked]
    different = {one.plane.shape for one in pictures}
    if len(different) > 1:
        sizes = ", ".join(" x ".join(map(str, shape)) for shape in sorted(different))
        raise KnownError(
            "shapes_differ",
            f"{matrix} is {sizes} in these subjects; one window is not the same part of them",
            hint="Ask for the pictures of one shape together.",
            status=409,
            field="pictures",
        )
    made = tiles.together(pyramids, pictures, window)
    head = made[0].header
    scale = compare.shared_scale(pyramids, found, head.row_block, head.column_block)
    return b"".join(tile.content for tile in made), ComparedTiles(tiles=tuple(t.header for t in made), scale=scale)


def _picture(one: Asked, subjects: Sequence[Picture]) -> Picture:
    picture = subjects[one.place]
    return picture if one.minus is None else compare.minus(picture, subjects[one.minus])
