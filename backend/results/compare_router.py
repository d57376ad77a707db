"""Models or results against each other: `/compare/...`. A subject is named by a result's key or a model's name."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from backend.contracts.base import Key
from backend.contracts.compared_cells import ComparedCells
from backend.contracts.compared_ratios import ComparedRatios
from backend.contracts.comparison import SharedScale
from backend.contracts.problems import KnownError
from backend.contracts.results import MarginalsView
from backend.contracts.vocabulary import Reducer
from backend.dependencies import StoreOf, ViewsOf
from backend.openapi import Responses, problems
from backend.results import compare, compare_cells, compare_ratios, compare_tiles
from backend.results.caching import combined_headers, not_modified
from backend.results.compare_cells import Block as CellBlock
from backend.results.service import ResultViews
from backend.results.subjects import Subject
from backend.results.views_router import TILE_FAILURES, Index, MatrixName, Stop, WindowOf

router = APIRouter()

MAX_SUBJECTS = 8
SubjectName = Annotated[str, Query(max_length=120, description="Key of a result, or name of an opened model.")]
KeyName = Annotated[Key, Query(description="Key of a perplexity or a removal table.")]
Subjects = Annotated[str, Query(max_length=1200, description="Subjects, joined by commas.")]
Pictures = Annotated[
    str, Query(max_length=200, description="Places among the subjects, joined by commas; `1-0` is a difference.")
]
Block = Annotated[int, Query(ge=1, le=2**30, description="Cells of one pixel along this axis, a power of two.")]

_TILES: Responses = {
    **TILE_FAILURES,
    200: {
        "description": "The tiles one after the other; the header `X-Tiles` is the JSON of a `ComparedTiles`.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        "headers": {"X-Tiles": {"description": "JSON of a ComparedTiles.", "schema": {"type": "string"}}},
    },
}


@router.get("/compare/ratios", responses=problems(404))
def compared_ratios(left: KeyName, right: KeyName, store: StoreOf) -> ComparedRatios:
    """Perplexities of `right` by those of `left`, with 95 % paired bootstrap intervals over the same text."""
    return compare_ratios.ratios(store, left, right)


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


@router.get("/compare/tiles", response_class=Response, responses=_TILES)
def compared_tiles(
    subjects: Subjects,
    pictures: Pictures,
    matrix: MatrixName,
    reducer: Reducer,
    window: WindowOf,
    views: ViewsOf,
    request: Request,
) -> Response:
    """The same window of one matrix of several subjects and of their differences, all of one shape: what the maps of
    a comparison show after one gesture, and the range of their colours."""
    names = _names(subjects)
    asked = compare_tiles.asked_in(pictures, len(names))
    found = [_subject(name, views) for name in names]
    tags = combined_headers(request, found)
    if unchanged := not_modified(request, tags):
        return unchanged
    content, told = views.compared_tiles(found, asked, matrix, reducer, window)
    tags |= {"X-Tiles": told.model_dump_json(), "Content-Encoding": "identity"}
    return Response(content, media_type="application/octet-stream", headers=tags)


@router.get("/compare/marginals", response_model=MarginalsView, responses=problems(404, 409))
def difference_marginals(
    left: SubjectName, right: SubjectName, matrix: MatrixName, reducer: Reducer, views: ViewsOf, request: Request,
    response: Response,
) -> MarginalsView | Response:  # fmt: skip
    """Which rows and columns changed most from `right` to `left`: profiles along both sides, the 20 largest named."""
    subjects = _subject(left, views), _subject(right, views)
    tags = combined_headers(request, subjects)
    response.headers.update(tags)
    return not_modified(request, tags) or views.difference_marginals(*subjects, matrix, reducer)


@router.get("/compare/cell", responses=problems(404, 409))
def compared_cell(
    subjects: Subjects,
    matrix: MatrixName,
    reducer: Reducer,
    views: ViewsOf,
    row: Index,
    column: Index,
    row_stop: Stop = None,
    column_stop: Stop = None,
    of: Annotated[str | None, Query(max_length=120, description="Whose map was clicked; the first subject's.")] = None,
    minus: Annotated[str | None, Query(max_length=120, description="Of a difference: what is subtracted.")] = None,
) -> ComparedCells:
    """The same cell of every subject; with stops, the largest cell of the block in the map that was clicked."""
    names = _names(subjects)
    missing = next((one for one in (of, minus) if one is not None and one not in names), None)
    if missing is not None:
        raise KnownError(
            "unknown_subject",
            f"{missing!r} is none of the subjects {', '.join(names)}",
            hint="Name it among the subjects.",
            field="of" if missing == of else "minus",
        )
    found = {name: _subject(name, views) for name in names}
    block = CellBlock(row, column, row_stop, column_stop)
    return compare_cells.compared_cells(found, matrix, reducer, block, of=of or names[0], minus=minus)


@router.get("/compare/scale", responses=problems(404, 409))
def shared_scale(
    subjects: Subjects,
    matrix: MatrixName,
    reducer: Reducer,
    views: ViewsOf,
    row_block: Block = 1,
    column_block: Block = 1,
) -> SharedScale:
    """One range of colours for one matrix of all subjects, at the block size of their tiles."""
    names = _names(subjects)
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


def _names(subjects: str) -> list[str]:
    names = [name.strip() for name in subjects.split(",") if name.strip()]
    if not 1 <= len(names) <= MAX_SUBJECTS:
        raise KnownError(
            "bad_subjects",
            f"{len(names)} subjects are given",
            hint=f"Give 1 to {MAX_SUBJECTS} keys of results or names of models.",
            field="subjects",
        )
    return names
