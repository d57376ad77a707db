"""`/results`: list, manifest, files, tables, delete. Its views are in `views_router`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import FileResponse

from backend.contracts.base import Key, Language
from backend.contracts.results import Manifest, ResultList
from backend.contracts.vocabulary import AnalysisKind
from backend.dependencies import StoreOf, ViewsOf
from backend.openapi import Responses, problems
from backend.results.caching import not_modified, stored_headers
from backend.results.compare_router import router as compare_router
from backend.results.exports_grid import GridFormat, written_grid
from backend.results.neurons_router import router as neurons_router
from backend.results.perplexity_tables import Unit
from backend.results.regions_router import router as regions_router
from backend.results.tables import TableFormat, written
from backend.results.views_router import router as views_router

router = APIRouter(tags=["results"])
router.include_router(views_router)
router.include_router(compare_router)
router.include_router(regions_router)
router.include_router(neurons_router)

KeyPath = Annotated[Key, Path(description="Key of the result.")]
_MEDIA = {
    TableFormat.CSV: "text/csv; charset=utf-8",
    TableFormat.TEX: "application/x-tex; charset=utf-8",
    TableFormat.JSON: "application/json",
}
_UNCHANGED: Responses = {304: {"description": "The asker has it already."}}
_TEXT = {"schema": {"type": "string"}}
_TABLE: Responses = {
    200: {
        "description": "The table.",
        "content": {"text/csv": _TEXT, "application/x-tex": _TEXT, "application/json": {}},
    }
}
_GRID_MEDIA = {
    GridFormat.MD: "text/markdown; charset=utf-8",
    GridFormat.HTML: "text/html; charset=utf-8",
    GridFormat.JSON: "application/json",
}
_GRID: Responses = {
    200: {
        "description": "The texts.",
        "content": {"text/markdown": _TEXT, "text/html": _TEXT, "application/json": {}},
    }
}
_BINARY = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}


@router.get("/results", response_model=ResultList, responses=_UNCHANGED)
def list_results(
    views: ViewsOf,
    request: Request,
    response: Response,
    kind: AnalysisKind | None = None,
    model: Annotated[str | None, Query(max_length=200, description="Name of an opened model.")] = None,
) -> ResultList | Response:
    """Stored results, newest first."""
    response.headers.update(tags := stored_headers(request, views.store.entries()))
    return not_modified(request, tags) or ResultList(results=views.rows(kind, model), set_aside=views.store.set_aside())


@router.get("/results/{key}", responses=problems(404, 409))
def read_manifest(key: KeyPath, store: StoreOf) -> Manifest:
    """Request, provenance, summary and files of a stored result."""
    return store.manifest(key)


@router.delete("/results/{key}", status_code=204, responses=problems(404))
def delete_result(key: KeyPath, views: ViewsOf) -> None:
    """Remove a stored result; the same request computes it again.

    The checkpoints of a training stay: `DELETE /training/{key}` removes them.
    """
    views.delete(key)


@router.get(
    "/results/{key}/files/{name}",
    response_class=FileResponse,
    responses={200: {"description": "The file.", "content": _BINARY}, **problems(404, 409)},
)
def download_file(key: KeyPath, name: str, store: StoreOf) -> FileResponse:
    """One file of a stored result, as the manifest lists it."""
    path = store.file(key, name)
    if not path.is_file():
        store.manifest(key)  # its 404, when the result was deleted meanwhile
    # Named as not compressed: gigabytes of floats would only heat the processor.
    headers = {"Content-Encoding": "identity", "Cache-Control": "private, no-cache"}
    return FileResponse(path, filename=f"{key}-{name}", media_type="application/octet-stream", headers=headers)


@router.get("/results/{key}/table.{format}", response_class=Response, responses={**_TABLE, **problems(404, 409)})
def download_table(
    key: KeyPath,
    format: TableFormat,
    store: StoreOf,
    unit: Annotated[Unit, Query(description="What the cells of perplexities by language say.")] = Unit.PERPLEXITY,
    language: Annotated[
        Language | None, Query(description="Of a structured removal or a sweep: this one, not the mean or all.")
    ] = None,
) -> Response:
    """Removal tables, sweeps, perplexities before and after, or similarity scores as `csv`, `tex` or `json`."""
    text = written(store.manifest(key), format, unit, language)
    disposition = {"Content-Disposition": f'inline; filename="{key}.{format.value}"'}
    return Response(text, media_type=_MEDIA[format], headers=disposition)


@router.get("/results/{key}/grid.{format}", response_class=Response, responses={**_GRID, **problems(404, 409)})
def download_grid(key: KeyPath, format: GridFormat, store: StoreOf) -> Response:
    """Generated texts beside each other, prompts by changes, as `md`, `html` or `json`."""
    text = written_grid(store.manifest(key), format)
    headers = {
        "Content-Disposition": f'inline; filename="{key}.{format.value}"',
        # A generated text is nobody's code: the page may style itself and nothing else.
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    }
    return Response(text, media_type=_GRID_MEDIA[format], headers=headers)
