"""Models or results against each other: `/compare/...`. A subject is named by a result's key or a model's name."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from backend.contracts.comparison import SharedScale
from backend.contracts.problems import KnownError
from backend.contracts.vocabulary import Reducer
from backend.dependencies import ViewsOf
from backend.openapi import problems
from backend.results import compare
from backend.results.caching import combined_headers, not_modified
from backend.results.service import ResultViews
from backend.results.subjects import Subject
from backend.results.views_router import TILE_FAILURES, MatrixName, WindowOf

router = APIRouter()

MAX_SUBJECTS = 8
SubjectName = Annotated[str, Query(max_length=120, description="Key of a result, or name of an opened model.")]
Block = Annotated[int, Query(ge=1, le=2**30, description="Cells of one pixel along this axis, a power of two.")]


@router.get("/compare/tile", response_class=Response, responses=TILE_FAILURES)
def difference_tile(
    left: SubjectName,
    right: SubjectName,
    matrix: MatrixName,
    reducer: Reducer,
    window: WindowOf,
    views: ViewsOf,
    request: Request,
) -> Response:
    """A window of one matrix, left minus right: `reducer` is what is looked at on either side (weights, importance,
    region); the pixels are the largest change with its sign, or for means and densities the mean change."""
    subjects = _subject(left, views), _subject(right, views)
    tags = combined_headers(request, subjects)
    if unchanged := not_modified(request, tags):
        return unchanged
    made = views.difference(*subjects, matrix, reducer, window)
    tags |= {"X-Tile": made.header.model_dump_json(), "Content-Encoding": "identity"}
    return Response(made.content, media_type="application/octet-stream", headers=tags)


@router.get("/compare/scale", responses=problems(404, 409))
def shared_scale(
    subjects: Annotated[str, Query(max_length=1200, description="Subjects, joined by commas.")],
    matrix: MatrixName,
    reducer: Reducer,
    views: ViewsOf,
    row_block: Block = 1,
    column_block: Block = 1,
) -> SharedScale:
    """One range of colours for one matrix of all subjects, at the block size of their tiles."""
    names = [name.strip() for name in subjects.split(",") if name.strip()]
    if not 1 <= len(names) <= MAX_SUBJECTS:
        raise KnownError(
            "bad_subjects",
            f"{len(names)} subjects are given",
            hint=f"Give 1 to {MAX_SUBJECTS} keys of results or names of models.",
            field="subjects",
        )
    found = [_subject(name, views) for name in names]
    pictures = [subject.picture(matrix, reducer) for subject in found]
    return compare.shared_scale(views.pyramids, pictures, row_block, column_block)


def _subject(name: str, views: ResultViews) -> Subject:
    """A key is told by its form; a model could only be mistaken for one when no such result is stored."""
    try:
        if views.store.has(name):
            return views.of_result(name)
    except KnownError:
        pass  # no possible key
    return views.of_model(name)
