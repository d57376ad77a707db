"""What the pages that ask a question of a model share: which model, which result the address names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from dash import dcc, html, no_update

from backend.client import Client
from backend.contracts.problems import KnownError, Problem
from backend.contracts.requests import Request
from backend.contracts.results import Manifest, ResultRow
from backend.contracts.vocabulary import JobState
from frontend import urls
from frontend.panels.stored_results import empty
from frontend.shell import page_header


class Shown(NamedTuple):
    """What an address leads to: a stored result, a job to follow, or the reason why neither."""

    manifest: Manifest | None = None
    request: Request | None = None
    following: str | None = None
    problem: Problem | None = None


def to_remember(state: Mapping[str, object], drawn: Mapping[str, object], written: Mapping[str, object] | None) -> Any:
    """The state of a form for the address; nothing while it says what the page was drawn with and never changed.

    Dash runs a handler also when its inputs are drawn, whatever `prevent_initial_call` says, as soon as an output
    is older than they are. Stores give tuples back as lists.
    """
    plain = {name: list(value) if isinstance(value, tuple) else value for name, value in state.items()}
    untouched = plain == dict(drawn) and not set(plain) <= set(written or {})
    return no_update if untouched else plain


def wanted_model(query: Mapping[str, str], api: Client) -> str | None:
    """The model of the address, else the newest; None when none is open."""
    models = api.models()
    return query.get("model") or next((model.name for model in models if model.status == "ready"), None)


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


def no_model(title: str, lead: str, api: Client) -> html.Div:
    """The page before any model is open."""
    opening = [job for job in api.jobs() if job.request.kind == "open_model"]
    link: Any = ["Open one on the ", dcc.Link("start page", href=urls.link("start")), "."]
    return html.Div([page_header(title, lead), empty("No model is open yet", link, opening)])


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
