"""`DELETE` of what was added, and the list of uploads. No logic: `removal` has it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request

from backend.contracts.models import AddedFiles, Removed
from backend.contracts.regions import Sha256
from backend.dependencies import ImportsOf
from backend.jobs.removal import Removals
from backend.openapi import problems

router = APIRouter(tags=["catalog"])

FileHash = Annotated[Sha256, Path(description="SHA-256 of the file.")]


def _removals(request: Request) -> Removals:
    return Removals(request.app.state.settings.layout, request.app.state.jobs)


RemovalsOf = Annotated[Removals, Depends(_removals)]


@router.delete("/models/{name}", responses=problems(404, 409, 503))
def remove_model(name: str, removals: RemovalsOf) -> Removed:
    """Forget an opened model. Its results stay; files go only where the atlas made them."""
    return removals.model(name)


@router.delete("/corpora/{name}", responses=problems(404, 409, 503))
def remove_corpus(name: str, removals: RemovalsOf) -> Removed:
    """Remove a corpus that was added."""
    return removals.corpus(name)


@router.delete("/tasks/{file}", responses=problems(404, 409, 503))
def remove_task(file: FileHash, removals: RemovalsOf) -> Removed:
    """Remove a task that was added."""
    return removals.task(file)


@router.get("/imports")
def list_imports(imports: ImportsOf) -> AddedFiles:
    """Uploaded files, newest first."""
    return imports.listed()


@router.delete("/imports/{sha256}", responses=problems(404, 409, 503))
def remove_import(sha256: FileHash, removals: RemovalsOf) -> Removed:
    """Remove an uploaded file; the regions that were made from it stay."""
    return removals.upload(sha256)
