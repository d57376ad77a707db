"""What the address of the Touch page leads to: stored or running attempts, a grid of texts, the form beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from backend.client import Client
from backend.contracts.models import ModelDescription
from backend.contracts.problems import KnownError
from backend.contracts.requests import GenerationGridRequest, PerturbationRequest
from frontend.choices.grid import grid_form
from frontend.choices.touch import TouchForm

Asked = PerturbationRequest | GenerationGridRequest


class Touched(NamedTuple):
    """One view of the page."""

    keys: tuple[str, ...]
    """Of the attempts, the one laid beside it last."""
    is_running: bool
    grid_key: str | None
    grid: GenerationGridRequest | None
    grid_is_running: bool
    drawn: TouchForm
    """The form that asks the attempt, or has the prompts of the grid; without either a new one."""
    form: TouchForm
    """The same with what the address names besides."""


def touched(query: Mapping[str, str], model: ModelDescription, api: Client) -> Touched:
    """`key` (or `result`) and `beside` are attempts, `grid` is a grid; either may be named by `key`."""
    named = tuple(key for key in (query.get("key") or query.get("result"), query.get("beside")) if key)
    request, running = _asked(api, named[0]) if named else (None, False)
    keys = () if isinstance(request, GenerationGridRequest) else named
    grid_key = query.get("grid") or (named[0] if named and not keys else None)
    grid, grid_running = _asked(api, grid_key) if grid_key else (None, False)
    drawn = _drawn(request or grid, model)
    asked = isinstance(request or grid, PerturbationRequest | GenerationGridRequest)
    return Touched(
        keys=keys,
        is_running=running,
        grid_key=grid_key,
        grid=grid if isinstance(grid, GenerationGridRequest) else None,
        grid_is_running=grid_running,
        drawn=drawn,
        form=TouchForm.of_query(query, model, drawn if asked else None),
    )


def _drawn(request: Asked | None, model: ModelDescription) -> TouchForm:
    match request:
        case PerturbationRequest():
            return TouchForm.of_request(request, model)
        case GenerationGridRequest():
            return grid_form(request, model)
        case _:
            return TouchForm.of_query({}, model)


def _asked(api: Client, key: str) -> tuple[Asked | None, bool]:
    """The request behind a key, stored or still running, and whether it is running."""
    try:
        request, running = api.manifest(key).request, False
    except KnownError:
        job = api.job(key)
        request, running = job.request, True
    return (request, running) if isinstance(request, PerturbationRequest | GenerationGridRequest) else (None, False)
