"""What the pages that ask a question of a model share: which model, which result the address names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from dash import ALL, Dash, Input, Output, State, dcc, html, no_update

from backend.client import Client
from backend.contracts.results import Manifest, ResultRow
from backend.contracts.vocabulary import JobState
from frontend import follow, urls
from frontend.choices.shown import Shown, following_or_stored, wanted_model
from frontend.panels.stored_results import empty, empty_id
from frontend.provenance import shown_id
from frontend.shell import ShellId, page_header

__all__ = ["Results", "Shown", "following_or_stored", "no_model", "register_arrive", "register_show",
           "register_submit", "to_remember", "wanted_model"]  # fmt: skip


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


def drawn_with(state: Mapping[str, object], query: Mapping[str, str]) -> dict[str, Any]:
    """For the store of a form: what it was drawn with, and which of its fields the address named."""
    return _plain(state) | {_NAMED: [name for name in state if query.get(name)]}


def asked_for(state: Mapping[str, object], key: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """After a click: for the address, where the key says all that the form did; for the store of the form."""
    return dict.fromkeys(state) | {"model": state.get("model"), "result": key}, drawn_with(state, {})


def to_remember(state: Mapping[str, object], drawn: Mapping[str, object], written: Mapping[str, object] | None) -> Any:
    """The state of a form for the address: what differs from what the page was drawn with, or was named before.

    Dash runs a handler also when its inputs are drawn, whatever `prevent_initial_call` says, as soon as an output
    is older than they are. Stores give tuples back as lists. A store that is not `drawn_with` keeps no names: then
    all is written as soon as something changed.
    """
    plain, named = _plain(state), drawn.get(_NAMED)
    if not isinstance(named, list):
        untouched = plain == dict(drawn) and not set(plain) <= set(written or {})
        return no_update if untouched else plain
    kept = {*named, *_ALWAYS}
    return {name: value if name in kept or value != drawn.get(name) else None for name, value in plain.items()}


def _plain(state: Mapping[str, object]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in state.items()}


_NAMED = "_named"
_ALWAYS = ("model", "tab")
"""Stand in the address however usual they are: what is usual depends on the browser."""


def register_submit(
    app: Dash,
    button: str,
    submit: Callable[..., tuple[Any, ...]],
    asked: Sequence[Any],
    *,
    followed: str,
    problem: str,
    drawn: str | None = None,
) -> None:
    """A click on `button` asks what the form says: `submit(*asked)`; the button shows that it is being asked.

    `submit` answers what the stores and places named here hold from now on: `followed` what is waited for, `problem`,
    the address, and `drawn`, if there is one, what the form was drawn with.
    """
    outputs = [
        Output(followed, "data", allow_duplicate=True),
        Output(problem, "children", allow_duplicate=True),
        Output(ShellId.QUERY, "data", allow_duplicate=True),
    ]
    if drawn is not None:
        outputs.append(Output(drawn, "data", allow_duplicate=True))

    @app.callback(
        *outputs,
        Input(button, "n_clicks"),
        *asked,
        running=[(Output(button, "loading"), True, False)],
        prevent_initial_call=True,
    )
    def _submit(clicks: int | None, *values: Any) -> Any:
        return submit(*values) if clicks else (no_update,) * len(outputs)


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


def columns(form: Any, content: Sequence[Any]) -> html.Div:
    """The form on the left, what it leads to on the right."""
    return html.Div([form, html.Div(content, className="study-results")], className="study")


def no_model(title: str, lead: str, api: Client) -> html.Div:
    """The page before any model is open; `events.js` has it drawn again when one is."""
    opening = [job for job in api.jobs() if job.request.kind == "open_model"]
    link: Any = ["Open one on the ", dcc.Link("start page", href=urls.link("start")), "."]
    nothing = empty("No model is open yet", link, opening)
    return html.Div([page_header(title, lead), nothing], **{"data-no-model": "yes"})
