"""What an address leads to: the model, and a stored result or a job that makes one. Knows nothing about Dash."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from backend.client import Client
from backend.contracts.problems import KnownError, Problem
from backend.contracts.requests import Request
from backend.contracts.results import Manifest, ResultRow
from backend.contracts.vocabulary import JobState


class Shown(NamedTuple):
    """What an address leads to: a stored result, a job to follow, or the reason why neither."""

    manifest: Manifest | None = None
    request: Request | None = None
    following: str | None = None
    problem: Problem | None = None


def wanted_model(query: Mapping[str, str], api: Client) -> str | None:
    """The model of the address, else the newest; None when none is open. A name that nothing here knows is told so."""
    models, named = api.models(), query.get("model")
    if named is None or any(model.name == named for model in models):
        return named or next((model.name for model in models if model.status == "ready"), None)
    if models and not (query.get("result") or query.get("key") or api.results(model=named)):
        known = ", ".join(model.name for model in models)
        raise KnownError(
            "unknown_model",
            f"no model here is called {named!r}; there are {known}",
            title="Unknown model",
            hint="Choose one in the header, or open it on Start.",
            status=404,
        )
    return named


def following_or_stored(
    query: Mapping[str, str], rows: Sequence[ResultRow], kinds: tuple[type, ...], api: Client
) -> Shown:
    """The result or the running job that `result=` names; without it the newest of `rows`."""
    key = query.get("result") or query.get("key")
    if key is None:
        return _stored(rows[0].key, api) if rows else Shown()
    try:
        shown = _stored(key, api)
    except KnownError as error:
        shown = _followed(key, error.problem, api)
    if shown.request is not None and not isinstance(shown.request, kinds):
        return Shown(problem=_elsewhere(key, shown.request))
    return shown


def _stored(key: str, api: Client) -> Shown:
    manifest = api.manifest(key)
    return Shown(manifest=manifest, request=manifest.request)


def _followed(key: str, missing: Problem, api: Client) -> Shown:
    try:
        job = api.job(key)
    except KnownError:
        return Shown(problem=missing)
    # A job that ended without a result is followed as well: the slot tells how it ended.
    return Shown(request=job.request, following=key if job.state is not JobState.DONE else None)


def _elsewhere(key: str, request: Request) -> Problem:
    return KnownError(
        "other_kind",
        f"result {key} is of kind {request.kind.value}, which another page shows",
        hint="Open it from the Runs page.",
        title="Not on this page",
        status=404,
    ).problem
