"""Regions beyond one result: uploads, overlaps, previews of expressions, export."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Path, Query, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from backend.contracts.base import Key
from backend.contracts.problems import KnownError
from backend.contracts.regions import Expression, ImportedFile, ImportForm
from backend.contracts.results import ExpressionPreview, Overlap, OverlapByMatrix
from backend.dependencies import CorporaOf, ImportsOf, ModelsOf, StoreOf
from backend.openapi import problems
from backend.results.exports import Bits, exported
from backend.results.overlap import MAX_REGIONS, overlap, overlap_by_matrix
from backend.results.preview import preview
from backend.results.stored_regions import stored_region

router = APIRouter()

UPLOADS = "/imports"
_BINARY = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}


@router.post(UPLOADS, responses=problems(507), openapi_extra={"requestBody": {"required": True, "content": _BINARY}})
async def upload_file(request: Request, imports: ImportsOf, form: ImportForm | None = None) -> ImportedFile:
    """Keep a file of masks, coordinates or neurons for `import_region`; the body is the file. Pickles are refused.

    `form` answers what lists that are all pairs or all triples leave open (`ambiguous_import`): `neurons` reads list
    N as the neurons of layer N; `coordinates` reads each as one place, `[layer, row, column]` of mlp.down_proj as
    super weights are published, or `[layer, neuron]`. The file that is kept, and its hash, say it in full.
    """
    with imports.arriving() as arrival:
        async for block in request.stream():
            await run_in_threadpool(arrival.write, block)
        return await run_in_threadpool(imports.keep, arrival, form)


@router.get("/overlap", responses=problems(404, 409))
def compare_regions(
    store: StoreOf,
    keys: Annotated[
        str, Query(max_length=2000, description=f"Keys of region results, joined by commas; {MAX_REGIONS} at most.")
    ],
) -> Overlap:
    """Sizes, shared parameters, Jaccard and the Jaccard of chance: every region against every other."""
    named = [key.strip() for key in keys.split(",") if key.strip()]
    if not 1 <= len(named) <= MAX_REGIONS:
        raise KnownError(
            "bad_keys", f"{len(named)} keys are given", hint=f"Give 1 to {MAX_REGIONS} keys of regions.", field="keys"
        )
    return overlap([stored_region(key, store) for key in named])


@router.get("/overlap/matrices", responses=problems(404, 409))
def compare_by_matrix(left: Key, right: Key, store: StoreOf) -> OverlapByMatrix:
    """Two regions within each matrix."""
    return overlap_by_matrix(stored_region(left, store), stored_region(right, store))


@router.post("/regions/preview", responses=problems(404, 409))
def preview_expression(
    expression: Annotated[Expression, Body()], store: StoreOf, models: ModelsOf, corpora: CorporaOf
) -> ExpressionPreview:
    """What union, intersection, difference, complement would give, from stored leaves; which leaves are missing."""
    return preview(expression, store=store, models=models, corpora=corpora)


@router.get(
    "/results/{key}/region.safetensors",
    response_class=StreamingResponse,
    responses={200: {"description": "The region.", "content": _BINARY}, **problems(404, 409)},
)
def export_region(
    key: Annotated[Key, Path(description="Key of the result.")], store: StoreOf, models: ModelsOf, bits: Bits = "packed"
) -> StreamingResponse:
    """A region as safetensors, its model, shapes, bit order and formula in the metadata; can be imported again."""
    export = exported(store.manifest(key), bits, store=store, models=models)
    headers = {
        "Content-Length": str(export.n_bytes),
        "Content-Encoding": "identity",
        "Content-Disposition": f'attachment; filename="{key}-region.safetensors"',
    }
    return StreamingResponse(export.blocks, media_type="application/octet-stream", headers=headers)
