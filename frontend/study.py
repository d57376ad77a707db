"""What the pages that ask a question of a model share: which model, which result the address names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from dash import ALL, Dash, Input, Output, State, dcc, html, no_update

from backend.client import Client
from backend.contracts.problems import KnownError, Problem
from backend.contracts.requests import Request
from backend.contracts.results import Manifest, ResultRow
from backend.contracts.vocabulary import JobState
from frontend import follow, urls
from frontend.panels.stored_results import empty, empty_id
from frontend.provenance import shown_id
from frontend.shell import page_header


class Results(NamedTuple):
    """The results of one kind that a page shows: one of them drawn, all of them listed."""

    rows: Callable[[str, Client], Sequence[ResultRow]]
    """Those of a model, newest first."""
    drawn: Callable[[Manifest | None, Client], Any]
    """One result, or its empty place."""
    listed: Callable[[str, str | None, Client], Any]
    """The list of a model's results; the key of the one that is drawn."""

    def show(
        self, ended: Mapping[str, Any] | None, model: str, api: Client, *, shown: Sequence[str] = ()
    ) -> tuple[Any, Any]:
        """The result that a job left behind, and the list with it; one that stands there already is not drawn again."""
        if not ended or ended["state"] != JobState.DONE or ended["key"] in shown:
            return no_update, no_update
        return self.drawn(api.manifest(ended["key"]), api), self.listed(model, ended["key"], api)

    def arrive(self, empties: Sequence[Any], model: str, api: Client) -> tuple[Any, Any]:
        """When any job changed: an empty place is drawn again, with the newest result if there is one now."""
        if not empties:
            return no_update, no_update
        rows = self.rows(model, api)
        newest = rows[0].key if rows else None
        return self.drawn(api.manifest(newest) if newest else None, api), self.listed(model, newest, api)


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


def register_show(app: Dash, prefix: str, asked: State, show: Callable[..., tuple[Any, Any]]) -> None:
    """When the job that is followed ends, `show(ended, asked, shown)` draws `PREFIX-result` and `PREFIX-stored`.

    `shown`: keys of the results that stand on the page.
    """

    @app.callback(
        Output(f"{prefix}-result", "children"),
        Output(f"{prefix}-stored", "children"),
        Input(follow.ended_id(prefix), "data"),
        asked,
        State(shown_id(ALL), "id"),
        prevent_initial_call=True,
    )
    def _show(ended: Any, asked: Any, shown: list[dict[str, str]]) -> Any:
        return show(ended, asked, shown=[one["key"] for one in shown])


def register_arrive(app: Dash, prefix: str, asked: State, arrive: Callable[..., tuple[Any, Any]]) -> None:
    """When any job changes, `arrive(empties, asked)` fills what is empty on the page."""

    @app.callback(
        Output(f"{prefix}-result", "children", allow_duplicate=True),
        Output(f"{prefix}-stored", "children", allow_duplicate=True),
        Input(follow.CHANGED, "data"),
        State(empty_id(ALL), "id"),
        asked,
        prevent_initial_call=True,
    )
    def _arrive(_change: Any, empties: list[Any], asked: Any) -> Any:
        return arrive(empties, asked)


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
