"""Screen-sized views, of a result (`/results/{key}/...`) or of a model's weights (`/models/{name}/...`)."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from backend.contracts.base import Key
from backend.contracts.results import CellView, GridView, LanguageMeans, MarginalsView
from backend.contracts.vocabulary import Reducer
from backend.dependencies import ViewsOf
from backend.openapi import Responses, problems
from backend.results.caching import headers, not_modified
from backend.results.subjects import Subject
from backend.results.tiles import Window

router = APIRouter()

MAX_PIXELS = 2048
Index = Annotated[int, Query(ge=0, le=2**53)]
Stop = Annotated[int | None, Query(ge=1, le=2**53)]
Pixels = Annotated[int, Query(ge=1, le=MAX_PIXELS)]
MatrixName = Annotated[str, Query(max_length=80, description="`3.attn.q`, `norm.final`; of a similarity map `whole`.")]
_TILE: Responses = {
    200: {
        "description": "height x width numbers, row-major; the header `X-Tile` is the JSON of a `TileHeader`.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        "headers": {"X-Tile": {"description": "JSON of a TileHeader.", "schema": {"type": "string"}}},
    }
}
_UNCHANGED: Responses = {304: {"description": "The browser has it already."}}
_FAILURES: Responses = {**_UNCHANGED, **problems(404, 409)}
TILE_FAILURES: Responses = {**_TILE, **_FAILURES}


Order = Annotated[
    str,
    Query(max_length=1000, description="Of a similarity map: its languages as they are shown, joined by commas."),
]


def _result(views: ViewsOf, key: Annotated[Key, Path(description="Key of the result.")], order: Order = "") -> Subject:
    return views.of_result(key, tuple(filter(None, order.split(","))))


def _model(views: ViewsOf, name: Annotated[str, Path(description="Name of the model.")]) -> Subject:
    return views.of_model(name)


class _Block(NamedTuple):
    row: Index
    column: Index
    row_stop: Stop = None
    column_stop: Stop = None
    reducer: Reducer | None = None


def _window(
    row_start: Index = 0,
    row_stop: Stop = None,
    column_start: Index = 0,
    column_stop: Stop = None,
    max_rows: Pixels = 512,
    max_columns: Pixels = 512,
    format: Literal["u8", "l8", "f32"] = "u8",
) -> Window:
    return Window(row_start, row_stop, column_start, column_stop, max_rows, max_columns, format)


def _block(
    row: Index, column: Index, row_stop: Stop = None, column_stop: Stop = None, reducer: Reducer | None = None
) -> _Block:
    return _Block(row, column, row_stop, column_stop, reducer)


ResultOf = Annotated[Subject, Depends(_result)]
ModelOf = Annotated[Subject, Depends(_model)]
WindowOf = Annotated[Window, Depends(_window)]
BlockOf = Annotated[_Block, Depends(_block)]


@router.get("/results/{key}/tile", response_class=Response, responses={**_TILE, **_FAILURES})
def result_tile(
    subject: ResultOf, matrix: MatrixName, reducer: Reducer, window: WindowOf, views: ViewsOf, request: Request
) -> Response:
    """A window of one matrix as at most max_rows x max_columns pixels.

    `u8` is for colours (linear from `low` to `high`; `l8` on a log scale), `f32` for values; `exact` says one pixel is
    one cell.
    """
    return _tile(subject, matrix, reducer, window, views, request)


@router.get("/models/{name}/tile", response_class=Response, responses={**_TILE, **_FAILURES})
def model_tile(
    subject: ModelOf, matrix: MatrixName, reducer: Reducer, window: WindowOf, views: ViewsOf, request: Request
) -> Response:
    """A window of one weight matrix as pixels."""
    return _tile(subject, matrix, reducer, window, views, request)


@router.get("/results/{key}/marginals", response_model=MarginalsView, responses=_FAILURES)
def result_marginals(
    subject: ResultOf, matrix: MatrixName, reducer: Reducer, views: ViewsOf, request: Request, response: Response
) -> MarginalsView | Response:
    """Profiles along the sides of a matrix, the 20 largest dimensions named."""
    return _cached(request, response, subject) or views.marginals(subject, matrix, reducer)


@router.get("/models/{name}/marginals", response_model=MarginalsView, responses=_FAILURES)
def model_marginals(
    subject: ModelOf, matrix: MatrixName, reducer: Reducer, views: ViewsOf, request: Request, response: Response
) -> MarginalsView | Response:
    """Profiles along the sides of a weight matrix."""
    return _cached(request, response, subject) or views.marginals(subject, matrix, reducer)


@router.get("/results/{key}/cell", responses=problems(404, 409))
def result_cell(subject: ResultOf, matrix: MatrixName, block: BlockOf, views: ViewsOf) -> CellView:
    """One exact cell; with `row_stop`, `column_stop` the largest cell of the block by `reducer`."""
    return views.cell(subject, matrix, **block._asdict())


@router.get("/models/{name}/cell", responses=problems(404, 409))
def model_cell(subject: ModelOf, matrix: MatrixName, block: BlockOf, views: ViewsOf) -> CellView:
    """One exact weight, or the largest of a block."""
    return views.cell(subject, matrix, **block._asdict())


@router.get("/results/{key}/language-means", response_model=LanguageMeans, responses=_FAILURES)
def result_language_means(
    subject: ResultOf, views: ViewsOf, request: Request, response: Response, matrix: MatrixName = "whole"
) -> LanguageMeans | Response:
    """Mean similarity of every pair of languages in one map, and the order in which those alike stand together."""
    return _cached(request, response, subject) or views.language_means(subject, matrix)


@router.get("/results/{key}/grid", response_model=GridView, responses=_FAILURES)
def result_grid(
    subject: ResultOf, reducer: Reducer, views: ViewsOf, request: Request, response: Response
) -> GridView | Response:
    """Thumbnails of all matrices, for the overview."""
    return _cached(request, response, subject) or views.grid(subject, reducer)


@router.get("/models/{name}/grid", response_model=GridView, responses=_FAILURES)
def model_grid(
    subject: ModelOf, reducer: Reducer, views: ViewsOf, request: Request, response: Response
) -> GridView | Response:
    """Thumbnails of all weight matrices."""
    return _cached(request, response, subject) or views.grid(subject, reducer)


def _tile(
    subject: Subject, matrix: str, reducer: Reducer, window: Window, views: ViewsOf, request: Request
) -> Response:
    tags = headers(request, subject)
    if unchanged := not_modified(request, tags):
        return unchanged
    made = views.tile(subject, matrix, reducer, window)
    # Named as not compressed: packing a picture takes longer than sending it.
    tags |= {"X-Tile": made.header.model_dump_json(), "Content-Encoding": "identity"}
    return Response(made.content, media_type="application/octet-stream", headers=tags)


def _cached(request: Request, response: Response, subject: Subject) -> Response | None:
    tags = headers(request, subject)
    response.headers.update(tags)
    return not_modified(request, tags)
