"""`/published` and `/reproductions`: what the papers print, and the same on a model of this atlas."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from backend import published
from backend.contracts.published import PublishedList, PublishedTable
from backend.contracts.reproduction import Conditions, ExperimentList, Reproduction
from backend.openapi import problems
from backend.reproduction.catalogue import SPECS
from backend.reproduction.service import Reproductions

router = APIRouter(tags=["reproduction"])


def _service(request: Request) -> Reproductions:
    service: Reproductions = request.app.state.reproductions
    return service


@router.get("/published")
def list_published() -> PublishedList:
    """The tables of the papers whose numbers ship with the atlas."""
    return PublishedList(tables=published.entries())


@router.get("/published/{table}", responses=problems(404))
def read_published(table: str) -> PublishedTable:
    """One published table: every number as printed, and what had to be inferred."""
    return published.table(table)


@router.get("/reproductions")
def list_reproductions() -> ExperimentList:
    """What can be reproduced, in the order in which it is best done."""
    return ExperimentList(experiments=tuple(spec.experiment for spec in SPECS.values()))


@router.get("/reproductions/{name}", responses=problems(404, 409, 503))
def read_reproduction(
    name: str, conditions: Annotated[Conditions, Query()], service: Annotated[Reproductions, Depends(_service)]
) -> Reproduction:
    """The jobs of one table on one model, published and measured numbers, a verdict per claim. Submits nothing."""
    return service.one(name, conditions)
