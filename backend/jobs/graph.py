"""The jobs that a question takes: itself and all it is built on, as far as no answer is stored. No queue."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from backend.artifacts.keys import Keys
from backend.contracts.jobs import Ticket
from backend.contracts.requests import ANALYSIS_VERSIONS, Request

IsAnswered = Callable[[Request, str], bool]


class Step(NamedTuple):
    """One job to be done."""

    ticket: Ticket
    after: tuple[str, ...]
    """Keys of the inputs that are not stored: these jobs come first."""


class Use(NamedTuple):
    """An open job among others."""

    inputs: tuple[str, ...]
    users: Collection[str]
    """Open jobs that wait for it."""
    asked: bool
    """Somebody submitted it, not only a job that is built on it."""


def steps(request: Request, keys: Keys, is_answered: IsAnswered) -> tuple[Step, ...]:
    """Every missing job of a request, each key once, inputs before what reads them; the request itself last.

    () when the request has its answer already. What lies below a stored answer is not looked at.
    """
    found: dict[str, Step] = {}
    _add(request, keys, is_answered, found, set())
    return tuple(found.values())


def _add(request: Request, keys: Keys, is_answered: IsAnswered, found: dict[str, Step], stored: set[str]) -> None:
    key = keys.key(request)
    if key in found or key in stored:
        return
    if is_answered(request, key):
        stored.add(key)
        return
    needed, named = keys.inputs(request), keys.input_keys(request)
    for one in needed.values():
        _add(one, keys, is_answered, found, stored)
    after = tuple(dict.fromkeys(one for one in named.values() if one in found))
    version = ANALYSIS_VERSIONS[request.kind]
    found[key] = Step(Ticket(key=key, request=request, inputs=named, analysis_version=version), after)


def falling_with(key: str, uses: Mapping[str, Use]) -> tuple[str, ...]:
    """A job that is cancelled, then those it is built on, directly or not, that nobody asked for or waits for else."""
    fallen = {key: None}
    while True:
        below = {one for fell in fallen for one in uses[fell].inputs if one in uses} - set(fallen)
        more = [one for one in below if not uses[one].asked and set(uses[one].users) <= set(fallen)]
        if not more:
            return tuple(fallen)
        fallen |= dict.fromkeys(sorted(more))
