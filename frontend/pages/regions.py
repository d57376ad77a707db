"""Regions: which parameters carry these languages, and what is lost without them (paper A, 3.2, Tables 1, 14 to 16)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from dash import ALL, MATCH, Dash, Input, Output, State, ctx, html, no_update

from backend.client import Client
from backend.contracts.problems import KnownError
from backend.contracts.requests import RegionRequest, RemovalRequest
from backend.contracts.results import RemovalSummary, ResultRow
from backend.contracts.vocabulary import JobState
from frontend import follow, urls
from frontend.choices.regions import RegionsChoice, default_choice
from frontend.choices.removal_table import TableChoice
from frontend.figures.removal import Order
from frontend.panels import regions_form, regions_form_handlers, regions_table
from frontend.panels.regions_form import FIELDS, FormId
from frontend.panels.regions_form_handlers import choice_of
from frontend.panels.stored_requests import stored_requests
from frontend.panels.stored_results import told
from frontend.provenance import shown_id
from frontend.results.regions import figure, figure_id, measured_columns, result
from frontend.results.regions import so_far as columns_so_far
from frontend.shell import ShellId, page_header, problem_alert
from frontend.stored_regions import named_regions, options, stored_regions
from frontend.study import (
    Results,
    asked_for,
    columns,
    drawn_with,
    following_or_stored,
    no_model,
    register_arrive,
    register_submit,
    wanted_model,
)

PATH = "/regions"
TITLE = "Removal"
ICON = "regions"
LEAD = "Which parameters carry these languages, and what is lost without them."
PREFIX = "regions"
RESULT = "regions-result"
STORED = "regions-stored"
SO_FAR = "regions-so-far"


def layout(query: dict[str, str], api: Client) -> Any:
    """The page: form on the left; the job under way, the result and the stored ones on the right."""
    model = wanted_model(query, api)
    if model is None:
        return no_model(TITLE, LEAD, api)
    corpora = api.corpora()
    rows = results(model, api)
    shown = following_or_stored(query, rows, (RegionRequest, RemovalRequest), api)
    regions = stored_regions(api, model)
    choice = RegionsChoice.of_query(query, default_choice(query, model, corpora, shown.request, regions))
    content = [
        follow.slot(PREFIX, shown.following),
        html.Div(id=SO_FAR, **{"data-columns": ""}),
        html.Div(problem_alert(shown.problem) if shown.problem else result(shown.manifest, api, query), id=RESULT),
        html.Div(stored(model, shown.manifest.key if shown.manifest else None, api), id=STORED),
    ]
    form = regions_form.form(choice, corpora, options(regions), drawn_with(choice.state(), query))
    return html.Div([page_header(TITLE, LEAD), columns(form, content)])


def stored(model: str, shown: str | None, api: Client) -> Any:
    """The list of removal tables of a model."""
    return stored_requests("regions", "Stored removal tables", results(model, api), shown, told)


def results(model: str, api: Client) -> tuple[ResultRow, ...]:
    """The removal tables of a model, newest first."""
    return api.results(kind="removal", model=model)


REMOVALS = Results(results, result, stored)


def submit(choice: RegionsChoice, intent: str, api: Client) -> tuple[Any, Any, Any, Any]:
    """Ask for the removal table or the region: what to follow, a problem, what address and form keep."""
    try:
        job = api.submit(choice.region_request() if intent == "atlas" else removal_request(choice, api))
    except KnownError as error:
        return no_update, problem_alert(error.problem), no_update, no_update
    followed = {"key": job.key, "intent": intent, "done": job.state is JobState.DONE}
    address, drawn = asked_for(choice.state(), job.key)
    return followed, None, address | dict.fromkeys(("unit", "sort", "find")), drawn


def removal_request(choice: RegionsChoice, api: Client) -> RemovalRequest:
    """The table asked for, its further regions found among the stored ones."""
    rows = stored_regions(api, choice.model) if choice.others else ()
    known = {row.key for row in rows}
    if gone := [key for key in choice.others if key not in known]:
        raise KnownError(
            "unknown_region",
            f"no stored region of {choice.model} has the key {', '.join(gone)}",
            title="A column's region is gone",
            hint="Take it out of “Further columns”, or make the region again on the Combine page.",
            field="others",
        )
    return choice.removal_request(named_regions(rows, choice.others))


def so_far(job: dict[str, Any] | None, drawn: str | None, api: Client) -> tuple[Any, Any]:
    """The columns of the followed removal that are there already, and which they are; nothing once it ended.

    They are drawn again only when another one came.
    """
    try:
        status = api.job(job["key"]) if job and not job.get("done") else None
        if status is None or status.state.ended or not isinstance(status.request, RemovalRequest):
            return (None, "") if drawn else (no_update, no_update)
        keys = measured_columns(status.request, api)
        told = " ".join(keys.values())
        return (no_update, no_update) if told == drawn else (columns_so_far(status.request, keys, api), told)
    except KnownError:
        return no_update, no_update


def show(
    ended: dict[str, Any] | None, job: dict[str, Any] | None, model: str, api: Client, *, shown: Sequence[str] = ()
) -> tuple[Any, Any, Any]:
    """What a job that ended leads to: the result and the list on this page, or the Atlas."""
    if ended and ended["state"] == JobState.DONE and job and job.get("intent") == "atlas":
        return no_update, no_update, urls.open_result("region", ended["key"], model)
    return *REMOVALS.show(ended, model, api, shown=shown), no_update


def register(app: Dash, api: Client) -> None:
    """Connect form, job, result and figures."""
    follow.register(app, api, PREFIX)
    fields = [State(element, "value") for element in FIELDS.values()]
    regions_form_handlers.register(app, api)
    _register_table(app, api)
    register_arrive(app, PREFIX, State(FormId.MODEL, "data"), partial(REMOVALS.arrive, api=api))

    for button, intent in ((FormId.MEASURE, "removal"), (FormId.SHOW, "atlas")):
        register_submit(
            app,
            button,
            partial(_asked, intent, api),
            [State(FormId.MODEL, "data"), *fields],
            followed=follow.job_id(PREFIX),
            problem=FormId.PROBLEM,
            drawn=FormId.DRAWN,
        )

    @app.callback(
        Output(RESULT, "children"),
        Output(STORED, "children"),
        Output(ShellId.LOCATION, "href", allow_duplicate=True),
        Input(follow.ended_id(PREFIX), "data"),
        State(follow.job_id(PREFIX), "data"),
        State(FormId.MODEL, "data"),
        State(shown_id(ALL), "id"),
        prevent_initial_call=True,
    )
    def _show(ended: Any, job: Any, model: str, shown: list[dict[str, str]]) -> Any:
        return show(ended, job, model, api, shown=[one["key"] for one in shown])

    @app.callback(
        Output(SO_FAR, "children"),
        Output(SO_FAR, "data-columns"),
        Input(follow.job_id(PREFIX), "data"),
        Input(follow.CHANGED, "data"),
        Input(ShellId.TICK, "n_intervals"),
        State(SO_FAR, "data-columns"),
    )
    def _so_far(job: Any, _change: Any, _tick: Any, drawn: str | None) -> Any:
        return so_far(job, drawn, api)


def _asked(intent: str, api: Client, model: str, *values: Any) -> tuple[Any, Any, Any, Any]:
    return submit(choice_of(model, values), intent, api)


def table_state(key: str, unit: str, sort: str, search: str | None, api: Client) -> Any:
    """What stands above the table, for the address."""
    summary = api.manifest(key).summary
    if not isinstance(summary, RemovalSummary):
        return no_update
    return TableChoice(unit, Order(by=sort, search=search or "")).state(summary)


def _register_table(app: Dash, api: Client) -> None:
    """Connect the controls above the table, and the figures with the colours of the page."""

    @app.callback(
        Output(regions_table.table_id(MATCH), "children"),
        *(Input(regions_table.control_id(name, MATCH), "value") for name in ("unit", "sort", "search")),
        prevent_initial_call=True,
    )
    def _table(unit: str, sort: str, search: str | None) -> Any:
        summary = api.manifest(ctx.triggered_id["key"]).summary
        choice = TableChoice(unit, Order(by=sort, search=search or ""))
        return regions_table.table(summary, choice) if isinstance(summary, RemovalSummary) else no_update

    @app.callback(
        Output(ShellId.QUERY, "data", allow_duplicate=True),
        *(Input(regions_table.control_id(name, ALL), "value") for name in ("unit", "sort", "search")),
        State(regions_table.control_id("unit", ALL), "id"),
        prevent_initial_call=True,
    )
    def _remember_table(units: list[str], sorts: list[str], searches: list[str | None], ids: list[Any]) -> Any:
        return table_state(ids[0]["key"], units[0], sorts[0], searches[0], api) if ids else no_update

    @app.callback(
        Output(figure_id(ALL, ALL), "figure"),
        Input(ShellId.SCHEME, "data"),
        State(figure_id(ALL, ALL), "id"),
    )
    def _figures(scheme: str | None, ids: list[dict[str, str]]) -> Any:
        return [figure(one["name"], one["key"], scheme, api) for one in ids]
