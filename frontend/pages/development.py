"""Development: how regions and alignment come about over training and size (paper B, Figures 4 to 7, 10, 11)."""

from __future__ import annotations

from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update

from backend.client import Client
from backend.contracts.development import Development
from backend.contracts.problems import KnownError
from backend.contracts.requests import DEFAULT_CORPUS, DevelopmentRequest, TrainingRequest
from backend.contracts.vocabulary import AnalysisKind
from frontend import urls
from frontend.choices.development import WAYS, DevelopmentChoice
from frontend.choices.train import run_words
from frontend.figures.development import scale_of
from frontend.form_parts import field_id, inputs, plain
from frontend.language_chips import none, register_shortcuts, ten
from frontend.panels import development_form as form
from frontend.panels import development_members, development_shown
from frontend.panels.development_form import FIELDS, PREFIX
from frontend.panels.development_shown import SCALE, figure_id
from frontend.panels.stored_requests import stored_requests
from frontend.panels.stored_results import empty
from frontend.shell import ShellId, page_header, problem_alert
from frontend.study import columns, register_submit, to_remember

PATH = "/development"
TITLE = "Development"
ICON = "train"
LEAD = "Checkpoints or sizes side by side: do regions shrink and meanings align as a model learns and grows?"
DRAWN, SHOWN, SIGNATURE = "development-drawn", "development-shown", "development-signature"
PROGRESS, RESULT, STORED, CLOCK = (
    "development-progress",
    "development-result",
    "development-stored",
    "development-clock",
)
CLOCK_MILLISECONDS = 2000


def layout(query: dict[str, str], api: Client) -> Any:
    """The form on the left; progress, figures, verdicts and models on the right. `result` names what is shown."""
    rows = api.results(kind=AnalysisKind.DEVELOPMENT.value)
    key = query.get("result") or query.get("key") or (rows[0].key if rows else None)
    found, problem = _found(key, api)
    corpora = api.corpora()
    choice = DevelopmentChoice.first(corpora, query.get("corpus") or DEFAULT_CORPUS)
    if found and found.plan and query.get("result"):
        choice = choice.of_plan(found.plan)
    elif found and found.request and query.get("result"):
        choice = choice.of_request(found.request, {model.name: model.source for model in api.models()})
    choice = choice.with_query(query)
    fields = form.form(
        choice, models=api.models(), trainings=trainings(api), corpora=corpora, tasks=api.tasks()
    )  # fmt: skip
    drawn = problem_alert(problem) if problem else shown(found, query.get("scale"), api)
    content = [
        html.Div(development_members.under_way(found) if found else None, id=PROGRESS),
        html.Div(drawn, id=RESULT, className="study-results"),
        html.Div(stored(key, api), id=STORED),
        dcc.Store(id=DRAWN, data=choice.state()),
        dcc.Store(id=SHOWN, data=key if found else None),
        dcc.Store(id=SIGNATURE, data=signature(found) if found else None),
        dcc.Interval(id=CLOCK, interval=CLOCK_MILLISECONDS, disabled=not (found and found.state == "running")),
    ]
    return html.Div([page_header(TITLE, LEAD), columns(fields, content)])


def trainings(api: Client) -> list[tuple[str, str]]:
    """Trainings that have or may have checkpoints, newest first: key and words."""
    asked = [(job.key, job.request) for job in api.jobs()]
    asked += [(row.key, row.request) for row in api.results(kind=AnalysisKind.TRAINING.value)]
    found = {key: request for key, request in asked if isinstance(request, TrainingRequest)}
    return [(key, f"{request.model} · {run_words(request)}") for key, request in found.items()]


def shown(found: Development | None, scale: str | None, api: Client) -> Any:
    """Everything a development shows so far, or the empty place; `scale` of the axis as it is asked for."""
    if found is None:
        jobs = [job for job in api.jobs() if isinstance(job.request, DevelopmentRequest)]
        told = "Choose two models or more in the form, then click “Measure the development”."
        return empty("No development has been measured yet", told, jobs[:8])
    latex = api.table(found.result, "tex") if found.result else None
    return [
        *development_shown.figures(found, scale),
        development_shown.observed(found),
        development_members.members_table(found, latex),
    ]


def stored(shown_key: str | None, api: Client) -> Any:
    """The list of developments."""
    rows = api.results(kind=AnalysisKind.DEVELOPMENT.value)
    return stored_requests("development", "Stored developments", rows, shown_key, told)


def told(request: Any) -> str:
    """What makes one differ from others, in a few words."""
    if not isinstance(request, DevelopmentRequest):
        return ""
    first, last = request.members[0], request.members[-1]
    names = f"{first.label or first.model} to {last.label or last.model}"
    tasks = f" · {len(request.tasks)} tasks" if request.tasks else ""
    return f"{len(request.members)} models, {names} · {' '.join(request.languages)}{tasks}"


def signature(found: Development) -> list[Any]:
    """What the figures and the table look like: with the same signature nothing is drawn again."""
    members = [[one.stage, [part.state for part in one.parts]] for one in found.members]
    return [found.key, found.state, found.result, members]


def submit(choice: DevelopmentChoice, api: Client) -> tuple[Any, Any, Any]:
    """Begin: what is shown, a problem, what the address keeps."""
    try:
        found = api.develop(choice.plan(api.tasks()))
    except KnownError as error:
        return no_update, problem_alert(error.problem), no_update
    return found.key, None, choice.state() | {"result": found.key}


def members(choice: DevelopmentChoice, api: Client) -> Any:
    """Who would be measured, or what is wrong, before anything is asked."""
    if not choice.is_named():
        return None
    try:
        return form.who(api.family_members(choice.plan(api.tasks())))
    except KnownError as error:
        return html.Div(error.problem.detail, className="study-note")


def watch(key: str | None, drawn: list[Any] | None, scale: str | None, api: Client) -> tuple[Any, ...]:
    """Progress, what is shown, the stored ones, the signature, the address, whether the clock rests."""
    if not key:
        return (no_update,) * 5 + (True,)
    found, problem = _found(key, api)
    if found is None:
        return (problem_alert(problem),) + (no_update,) * 4 + (True,)
    now, rests = signature(found), found.state != "running"
    if now == drawn:
        return (no_update,) * 5 + (rests,)
    address = {"result": found.result} if found.result else no_update  # the one that stays
    return (
        development_members.under_way(found),
        shown(found, scale, api),
        stored(found.result, api),
        now,
        address,
        rests,
    )


def choice_of(values: dict[str, Any]) -> DevelopmentChoice:
    """The form from its fields as the browser has them."""
    fields = plain(values)
    return DevelopmentChoice()._replace(**{name: fields[name] for name in FIELDS if name in fields})


def register(app: Dash, api: Client) -> None:
    """Connect form, progress, figures and clicks."""
    _register_form(app, api)
    _register_result(app, api)


def _register_form(app: Dash, api: Client) -> None:
    register_submit(
        app,
        form.RUN,
        lambda values: submit(choice_of(values), api),
        [inputs(PREFIX, FIELDS)],
        followed=SHOWN,
        problem=form.PROBLEM,
    )

    @app.callback(
        Output(ShellId.QUERY, "data", allow_duplicate=True),
        Output(form.MEMBERS, "children"),
        inputs(PREFIX, FIELDS, Input),
        State(DRAWN, "data"),
        State(ShellId.QUERY, "data"),
        prevent_initial_call="initial_duplicate",
    )
    def _remember(values: dict[str, Any], drawn: dict[str, Any], written: Any) -> Any:
        choice = choice_of(values)
        return to_remember(choice.state(), drawn, written), members(choice, api)

    @app.callback(
        *[Output(form.part_id(part), "hidden") for part in (*WAYS, "axis")], Input(field_id(PREFIX, "way"), "value")
    )
    def _parts(way: str) -> list[bool]:
        return form.hidden_parts(way)

    @app.callback(
        Output(ShellId.LOCATION, "href", allow_duplicate=True),
        Input(field_id(PREFIX, "corpus"), "value"),
        State(DRAWN, "data"),
        prevent_initial_call=True,
    )
    def _corpus(corpus: str, drawn: dict[str, Any]) -> Any:
        if corpus == drawn["corpus"]:
            return no_update
        return urls.link("development", **(drawn | {"corpus": corpus, "languages": None, "stop": None}))

    register_shortcuts(app, form.LANGUAGES, {form.TEN_BUTTON: ten, form.ALL_BUTTON: list, form.NONE_BUTTON: none})


def _register_result(app: Dash, api: Client) -> None:
    @app.callback(
        Output(PROGRESS, "children"),
        Output(RESULT, "children"),
        Output(STORED, "children"),
        Output(SIGNATURE, "data"),
        Output(ShellId.QUERY, "data", allow_duplicate=True),
        Output(CLOCK, "disabled"),
        Input(SHOWN, "data"),
        Input(CLOCK, "n_intervals"),
        State(SIGNATURE, "data"),
        State(SCALE, "value", allow_optional=True),
        prevent_initial_call=True,
    )
    def _watch(key: str | None, _clock: Any, drawn: Any, scale: str | None) -> Any:
        return watch(key, drawn, scale, api)

    @app.callback(
        Output(ShellId.QUERY, "data", allow_duplicate=True),
        Input(SCALE, "value"),
        State(SHOWN, "data"),
        prevent_initial_call=True,
    )
    def _scale(scale: str, key: str) -> Any:
        positions = [point.position for point in api.development(key).summary.points]
        return {"scale": None if scale == scale_of(None, positions) else scale}

    @app.callback(
        Output(figure_id(ALL, ALL), "figure"),
        Input(ShellId.SCHEME, "data"),
        Input(SCALE, "value"),
        State(figure_id(ALL, ALL), "id"),
    )
    def _figures(scheme: str | None, scale: str | None, ids: list[dict[str, str]]) -> Any:
        if not ids:
            return []
        found = api.development(ids[0]["key"])
        return [development_shown.figure(one["name"], found, scale, dark=scheme == "dark") for one in ids]

    @app.callback(
        Output(ShellId.LOCATION, "href", allow_duplicate=True),
        Input(figure_id(ALL, ALL), "clickData"),
        prevent_initial_call=True,
    )
    def _click(_clicks: list[Any]) -> Any:
        click, place = ctx.triggered[0]["value"], ctx.triggered_id
        if not click or not isinstance(place, dict):
            return no_update
        return development_shown.leads_to(place["name"], click, api.development(place["key"]))

    @app.callback(
        Output(PROGRESS, "children", allow_duplicate=True),
        Input(development_members.CANCEL, "n_clicks"),
        State(SHOWN, "data"),
        running=[(Output(development_members.CANCEL, "loading"), True, False)],
        prevent_initial_call=True,
    )
    def _cancel(clicks: int | None, key: str | None) -> Any:
        if not clicks or not key:
            return no_update
        try:
            return development_members.under_way(api.cancel_development(key))
        except KnownError as error:
            return problem_alert(error.problem)


def _found(key: str | None, api: Client) -> tuple[Development | None, Any]:
    if not key:
        return None, None
    try:
        return api.development(key), None
    except KnownError as error:
        return None, error.problem
