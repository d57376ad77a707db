"""`/development`: a family of models measured along training or size; who belongs to it, how far it is, its points."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from backend.contracts.base import Key
from backend.contracts.development import Development, DevelopmentPlan, FamilyMembers
from backend.families.service import Developments
from backend.openapi import problems

router = APIRouter(tags=["development"])


def _service(request: Request) -> Developments:
    service: Developments = request.app.state.developments
    return service


Service = Annotated[Developments, Depends(_service)]
DevelopmentKey = Annotated[Key, Path(description="As `POST /development` gave it, or the key of a development job.")]


@router.post("/development", status_code=202, responses={200: {"model": Development}, **problems(404, 409)})
def begin(plan: DevelopmentPlan, service: Service, response: Response) -> Development:
    """Open every member, measure it, collect the points; 200 when all is stored already.

    Members that cannot be opened or measured are left out and say why; asking again retries them.
    """
    found = service.begin(plan)
    response.status_code = 202 if found.state == "running" else 200
    return found


@router.post("/development/members", responses=problems(404, 409))
def read_members(plan: DevelopmentPlan, service: Service) -> FamilyMembers:
    """Who would be measured, and what is wrong with the plan. Starts nothing."""
    return service.members(plan)


@router.get("/development/{key}", responses=problems(404))
def read_development(key: DevelopmentKey, service: Service) -> Development:
    """How far every member is, the points that are there, what they say so far. Poll it."""
    return service.view(key)


@router.delete("/development/{key}", responses=problems(404))
def cancel_development(key: DevelopmentKey, service: Service) -> Development:
    """Stop its jobs; the points so far stay."""
    return service.cancel(key)
