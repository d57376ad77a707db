"""Dimensions: whole dimensions removed or perturbed, one norm scanned (paper A, 3.3: Tables 3, 4, 7, 8, Figure 3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html, no_update

from backend.client import Client
from backend.contracts.problems import KnownError
from backend.contracts.requests import (
    DimensionSweep,
    Request,
    ScalarSweep,
    StructuredRemovalRequest,
    SweepRequest,
)
from backend.contracts.results import Manifest
from backend.contracts.vocabulary import JobState
from frontend import follow, urls
from frontend.choices.dimension_tabs import Choice, first_choice, results_of, tab_named, tab_of
from frontend.choices.dimensions import StructuredChoice
from frontend.choices.dimensions_view import DimensionsView
from frontend.choices.region_source import region_words, stored_regions
from frontend.choices.sweep_words import action_words, ranked_by, setting_words, sweep_title
from frontend.choices.sweeps import PAPER_CASES, ScanChoice, SweepChoice, paper_indices
from frontend.form_parts import field_id, inputs, plain, register_region_part
from frontend.panels import dimensions_scan, dimensions_structured, dimensions_sweep
from frontend.panels.dimensions_action import register_action
from frontend.panels.stored_requests import stored_requests
from frontend.panels.stored_results import empty
from frontend.results import dimensions_handlers
from frontend.shell import ShellId, icon, page_header, problem_alert
from frontend.study import (
    Results,
    asked_for,
    columns,
    drawn_with,
    following_or_stored,
    no_model,
    register_arrive,
    register_show,
    register_submit,
    to_remember,
    wanted_model,
)

PATH = "/dimensions"
TITLE = "Dimensions"
ICON = "grid"
LEAD = "The region sits in few dimensions: remove them, disturb one at a time, or scan a single norm."
PREFIX = "dimensions"
MODEL, DRAWN = "dimensions-model", "dimensions-drawn"
RESULT, STORED, PROBLEM = "dimensions-result", "dimensions-stored", "dimensions-problem"


class Tab(NamedTuple):
    """One question of the page. Its fields are the components `dimensions-NAME-FIELD`."""

    name: str
    title: str
    explanation: str
    fields: tuple[str, ...]
    button: str
    nothing: str
    """What stands in the empty place."""
    result: Callable[[Manifest, Client, DimensionsView], list[Any]]

    @property
    def prefix(self) -> str:
        """Begin of the ids of its form."""
        return f"{PREFIX}-{self.name}"


TABS = {
    tab.name: tab
    for tab in (
        Tab(
            "structured", "Structured removal", "Tables 3, 7, 8: remove the N top dimensions of a side",
            dimensions_structured.FIELDS, "Measure removal", "No dimensions have been removed from this model yet",
            dimensions_structured.result,
        ),
        Tab(
            "sweep", "Dimension sweep", "Figure 3: disturb one dimension in all layers",
            dimensions_sweep.FIELDS, "Sweep dimensions", "No dimension of this model has been disturbed yet",
            dimensions_sweep.result,
        ),
        Tab(
            "scan", "Scan one norm", "Table 4: change a single parameter of a norm",
            dimensions_scan.FIELDS, "Scan the norm", "No norm of this model has been scanned yet",
            dimensions_scan.result,
        ),
    )
}  # fmt: skip


def layout(query: dict[str, str], api: Client) -> Any:
    """The tab of the address (or of the result it names): form on the left, its answer on the right."""
    model = wanted_model(query, api)
    if model is None:
        return no_model(TITLE, LEAD, api)
    tab = TABS[tab_named(query, api)]
    rows = results_of(tab.name, model, api)
    shown = following_or_stored(query, rows, (StructuredRemovalRequest, SweepRequest), api)
    choice = first_choice(tab.name, model, shown.request, query, api).with_query(query)
    if isinstance(choice, ScanChoice):
        choice = choice.sized(api.model(model))
    content = [
        follow.slot(PREFIX, shown.following),
        html.Div(problem_alert(shown.problem) if shown.problem else result(tab, shown.manifest, api, query), id=RESULT),
        html.Div(stored(tab, model, shown.manifest.key if shown.manifest else None, api), id=STORED),
    ]
    return html.Div(
        [
            page_header(TITLE, LEAD),
            dcc.Store(id=MODEL, data=model),
            dcc.Store(id=DRAWN, data=drawn_with(choice.state() | {"tab": tab.name}, query)),
            _tabs(tab.name, model),
            columns(_form(tab, choice, api), content),
        ]
    )


def result(tab: Tab, manifest: Manifest | None, api: Client, query: Mapping[str, str] | None = None) -> Any:
    """A result with everything that belongs to it, as `query` looks at it, or the empty place."""
    if manifest is None:
        coming = [job for job in api.jobs() if tab_of(job.request) == tab.name]
        next_click = f"Choose in the form, then click “{tab.button}”."
        return empty(tab.nothing, next_click, coming[:8], results_of(tab.name, None, api))
    shown = DimensionsView.of_query(query or {}, manifest)
    return html.Div(tab.result(manifest, api, shown), className="study-results")


def stored(tab: Tab, model: str, shown: str | None, api: Client) -> Any:
    """The list of results of a tab."""
    return stored_requests("dimensions", "Stored results", results_of(tab.name, model, api), shown, told)


def kept(name: str) -> Results:
    """The results of a tab."""
    tab = TABS[name]
    return Results(partial(results_of, name), partial(result, tab), partial(stored, tab))


def show(ended: dict[str, Any] | None, model: str, api: Client, *, shown: Sequence[str] = ()) -> tuple[Any, Any]:
    """The result of a job that ended, in its tab."""
    if not ended or ended["state"] != JobState.DONE:
        return no_update, no_update
    name = tab_of(api.manifest(ended["key"]).request) or "structured"
    return kept(name).show(ended, model, api, shown=shown)


def arrive(empties: Sequence[Any], drawn: dict[str, Any], api: Client) -> tuple[Any, Any]:
    """An empty place of the tab that is drawn, filled."""
    return kept(drawn["tab"]).arrive(empties, drawn["model"], api)


def told(request: Request) -> str:
    """What makes a request differ from others of its tab, in a few words."""
    match request:
        case StructuredRemovalRequest(ranking=ranking):
            counts = " ".join(map(str, request.counts))
            return f"N {counts} · {setting_words(ranking.setting)} · by {region_words(ranking.region)}"
        case SweepRequest(targets=DimensionSweep()):
            return f"{sweep_title(request)} · {ranked_by(request)}"
        case SweepRequest(targets=ScalarSweep() as targets):
            only = f" · {len(targets.indices)} of its scalars" if targets.indices else ""
            return f"{targets.matrix}: {action_words(request)}{only}"
        case _:
            return ""


def submit(choice: Choice, api: Client) -> tuple[Any, Any, Any, Any]:
    """Ask: what to follow, a problem, what address and form keep."""
    try:
        job = api.submit(choice.request(api))
    except KnownError as error:
        return no_update, problem_alert(error.problem), no_update, no_update
    state = choice.state() | {"tab": tab_of(choice.request(api))}
    of_result = {"tab": None, "language": None, "taken": None, "text": None}
    address, drawn = asked_for(state, job.key)
    return {"key": job.key, "done": job.state is JobState.DONE}, None, address | of_result, drawn


def paper_case(name: str, model: str, api: Client) -> tuple[Any, ...]:
    """Matrix, indices, action and factor of one of the paper's perturbations."""
    changes = PAPER_CASES[name][1]
    found = api.model(model)
    matrix = "1.norm.input" if any(view.name == "1.norm.input" for view in found.matrices) else no_update
    return matrix, list(paper_indices(found)) or no_update, changes["action"], changes.get("factor", no_update)


def _tabs(chosen: str, model: str) -> html.Nav:
    links = [
        dcc.Link(
            [html.Span(tab.title, className="dim-tab-title"), html.Span(tab.explanation, className="study-note")],
            href=urls.link("dimensions", model=model, tab=tab.name),
            className="dim-tab is-chosen" if tab.name == chosen else "dim-tab",
        )
        for tab in TABS.values()
    ]
    return html.Nav(links, className="dim-tabs", **{"aria-label": "Questions about dimensions"})


def _form(tab: Tab, choice: Choice, api: Client) -> html.Div:
    corpora = api.corpora()
    match choice:
        case StructuredChoice():
            regions = stored_regions(choice.model, api, ranked_only=True)
            parts = dimensions_structured.form(tab.prefix, choice, regions, corpora)
        case SweepChoice():
            regions = stored_regions(choice.model, api, ranked_only=True)
            parts = dimensions_sweep.form(tab.prefix, choice, regions, corpora)
        case ScanChoice():
            parts = dimensions_scan.form(tab.prefix, choice, api.model(choice.model), corpora)
    ask = html.Section(
        [
            html.Div(choice.sentence(), id=f"{tab.prefix}-cost", className="study-note"),
            dmc.Button(tab.button, id=f"{tab.prefix}-run", fullWidth=True, leftSection=icon("play", 16)),
            html.Div(id=PROBLEM),
        ],
        className="atlas-card study-card",
    )
    return html.Div([*parts, ask], className="study-form")


def choice_of(name: str, model: str, values: dict[str, Any], api: Client) -> Choice:
    """The form of a tab, from its fields as the browser has them."""
    empties: dict[str, Choice] = {
        "structured": StructuredChoice(model),
        "sweep": SweepChoice(model),
        "scan": ScanChoice(model),
    }
    choice = empties[name].with_fields(plain(values))
    return choice.sized(api.model(model)) if isinstance(choice, ScanChoice) else choice


def register(app: Dash, api: Client) -> None:
    """Connect forms, jobs, results, figures and texts."""
    follow.register(app, api, PREFIX)
    for tab in TABS.values():
        _register_form(app, api, tab)
    for name in ("structured", "sweep"):
        register_region_part(app, TABS[name].prefix)
    for name in ("sweep", "scan"):
        register_action(app, TABS[name].prefix)
    _register_cases(app, api)
    register_show(app, PREFIX, State(MODEL, "data"), partial(show, api=api))
    register_arrive(app, PREFIX, State(DRAWN, "data"), partial(arrive, api=api))
    dimensions_handlers.register(app, api)


def _register_form(app: Dash, api: Client, tab: Tab) -> None:
    register_submit(
        app,
        f"{tab.prefix}-run",
        lambda model, values: submit(choice_of(tab.name, model, values, api), api),
        [State(MODEL, "data"), inputs(tab.prefix, tab.fields)],
        followed=follow.job_id(PREFIX),
        problem=PROBLEM,
        drawn=DRAWN,
    )

    @app.callback(
        Output(ShellId.QUERY, "data", allow_duplicate=True),
        Output(f"{tab.prefix}-cost", "children"),
        inputs(tab.prefix, tab.fields, Input),
        State(DRAWN, "data"),
        State(ShellId.QUERY, "data"),
        prevent_initial_call=True,
    )
    def _remember(values: dict[str, Any], drawn: dict[str, Any], written: Any) -> Any:
        choice = choice_of(tab.name, drawn["model"], values, api)
        return to_remember(choice.state() | {"tab": tab.name}, drawn, written), choice.sentence()

    @app.callback(
        Output(ShellId.LOCATION, "href", allow_duplicate=True),
        Input(field_id(tab.prefix, "corpus"), "value"),
        State(DRAWN, "data"),
        prevent_initial_call=True,
    )
    def _corpus(corpus: str, drawn: dict[str, Any]) -> Any:
        if corpus == drawn["corpus"]:
            return no_update
        return urls.link("dimensions", model=drawn["model"], tab=tab.name, corpus=corpus)


def _register_cases(app: Dash, api: Client) -> None:
    prefix = TABS["scan"].prefix
    for name in PAPER_CASES:

        @app.callback(
            *[
                Output(field_id(prefix, field), "value", allow_duplicate=True)
                for field in ("matrix", "indices", "action", "factor")
            ],
            Input(dimensions_scan.case_id(prefix, name), "n_clicks"),
            State(MODEL, "data"),
            prevent_initial_call=True,
        )
        def _case(clicks: int | None, model: str, name: str = name) -> Any:
            return paper_case(name, model, api) if clicks else (no_update,) * 4
