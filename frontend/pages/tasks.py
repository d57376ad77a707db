"""Tasks: does the model understand a story, a question? Accuracy by log-likelihood, intact beside changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update

from backend.client import Client
from backend.contracts.problems import KnownError
from frontend import follow, urls
from frontend.choices.stored_changes import change_options
from frontend.choices.tasks import N_HASH, ItemsView, TasksChoice, label_of
from frontend.fields import filled
from frontend.figures.blank import blank
from frontend.figures.tasks import HEIGHT, accuracy
from frontend.panels import tasks_form, tasks_items, tasks_result
from frontend.panels.stored_requests import stored_requests
from frontend.panels.stored_results import empty, told
from frontend.panels.tasks_form import FIELDS, FormId
from frontend.panels.tasks_items import ItemsId
from frontend.panels.unreadable import unreadable
from frontend.provenance import provenance_line
from frontend.shell import ShellId, page_header, problem_alert
from frontend.study import columns, no_model, register_submit, to_remember, wanted_model
from frontend.task_answers import conditions, read, signature, under_way
from frontend.views.tasks_asked import (
    Rows,
    answered,
    bars,
    choice_of_state,
    judged_items,
    names,
    of_address,
    rows_of,
    shown_items,
)  # fmt: skip

PATH = "/tasks"
TITLE = "Tasks"
ICON = "check"
LEAD = "Which ending does the model find likelier, which answer? Intact, and with a part of it changed."
VIEW = "tasks-view"
"""Store, what is shown: `choice` and, where the address named one, `result`."""
DRAWN = "tasks-shown"
"""Store, keys of the answers that are drawn."""
JOBS, RESULT, STORED = "tasks-jobs", "tasks-result", "tasks-stored"
_FIRST = ItemsView()


def layout(query: dict[str, str], api: Client) -> Any:
    """The page: form on the left; jobs, bars, table and items on the right."""
    model = wanted_model(query, api)
    if model is None:
        return no_model(TITLE, LEAD, api)
    choice, result, problem = of_address(query, model, api)
    view = {"choice": choice.state(), "result": result}
    looked_at = ItemsView.of_query(query)
    rows = rows_of(view, api)
    content = [
        problem_alert(problem) if problem else None,
        html.Div(tasks_result.jobs(under_way(rows)), id=JOBS),
        html.Div(shown(rows, api, looked_at), id=RESULT, className="study-results"),
        html.Div(_stored(model, result, api), id=STORED),
        dcc.Store(id=VIEW, data=view),
        dcc.Store(id=DRAWN, data=signature(rows)),
    ]
    form = tasks_form.form(choice, api.tasks(), change_options(model, api))
    return html.Div([page_header(TITLE, LEAD), unreadable(api.broken("tasks")), columns(form, content)])


def shown(rows: Rows, api: Client, looked_at: ItemsView = _FIRST) -> Any:
    """Bars, table and items of what is stored; the empty place while nothing is."""
    stored = read(answered(rows), api)
    if not stored and any(one.is_open for row in rows for one in row):
        return empty("The first answer comes here", "Each task is drawn as soon as it is there.")
    if not stored:
        jobs = [job for job in api.jobs() if job.request.kind == "choice"]
        return empty("These tasks have not been asked yet", "Click “Ask them” in the form.", jobs[:8])
    tasks = [row[0].task for row in stored]
    first = next(one.manifest for row in stored for one in row if one.manifest)
    facts = (("judged by", "log-likelihood", "Sum over the tokens of a choice, as the lm-evaluation-harness does."),)
    card = tasks_result.card(stored)
    card.children.append(provenance_line(first, facts))
    return [card, tasks_items.browser([(task, label_of(task, tasks)) for task in tasks], looked_at)]


def submit(choice: TasksChoice, api: Client) -> tuple[Any, Any, Any]:
    """Ask every task under every condition: what is shown from now on, a problem, what the address keeps."""
    try:
        tasks = choice.chosen(api.tasks())
        if not tasks:
            hint = "Tick a story language or a task of your own."
            raise KnownError("no_task", "no task is chosen", hint=hint, title="Nothing to ask")
        under = conditions(choice, api)
        for request in [choice.request(task, one) for task in tasks for one in under]:
            api.submit(request)
    except KnownError as error:
        return no_update, problem_alert(error.problem), no_update
    return {"choice": choice.state(), "result": None}, None, choice.state()


def redraw(view: dict[str, Any], drawn: Any, api: Client) -> tuple[Any, Any, Any, Any]:
    """Jobs as they stand; result and list only when an answer has come."""
    rows = rows_of(view, api)
    jobs, now = tasks_result.jobs(under_way(rows)), signature(rows)
    if now == drawn:
        return jobs, no_update, no_update, no_update
    return jobs, shown(rows, api), _stored(view["choice"]["model"], view.get("result"), api), now


def figure(view: dict[str, Any], scheme: str | None, api: Client) -> Any:
    """The bars, in the colours of the page."""
    rows = read(answered(rows_of(view, api)), api)
    if not rows:
        return blank(HEIGHT)
    return accuracy(bars(rows), names(rows), dark=scheme == "dark")


def items(view: dict[str, Any], file: str, show: str, page: int, api: Client) -> tuple[Any, int]:
    """One page of the items of a task, and how many pages there are."""
    row = next((row for row in rows_of(view, api) if row[0].task.file == file), None)
    if row is None:
        return None, 1
    (row,) = read([row], api)
    found = judged_items(row, api)
    some, n_pages = shown_items(found, show, page)
    return tasks_items.listed(some, names([row]), row[0].task.language), n_pages


def remembered(file: str, show: str, page: int, view: dict[str, Any], api: Client) -> dict[str, object]:
    """For the address: which items are read; the first task is left out."""
    rows = answered(rows_of(view, api))
    task = None if rows and rows[0][0].task.file == file else file[:N_HASH]
    return ItemsView(task, show, page).state()


def cancel(view: dict[str, Any], api: Client) -> Any:
    """Cancel every job under way."""
    try:
        for one in under_way(rows_of(view, api)):
            if one.is_open and one.job:
                api.cancel(one.job.key)
    except KnownError as error:
        return problem_alert(error.problem)
    return tasks_result.jobs(under_way(rows_of(view, api)))


def choice_of(model: str, values: Sequence[Any]) -> TasksChoice:
    """The form, from the values of `FIELDS` in their order; an emptied number is None."""
    return choice_of_state({"model": model} | dict(zip(FIELDS, map(filled, values), strict=True)))


def _stored(model: str, result: str | None, api: Client) -> Any:
    return stored_requests("tasks", "Stored answers", api.results(kind="choice", model=model), result, told)


def register(app: Dash, api: Client) -> None:
    """Connect form, jobs, result and items."""
    _register_form(app, api)
    _register_result(app, api)

    @app.callback(
        Output(ItemsId.LIST, "children"),
        Output(ItemsId.PAGE, "total"),
        Output(ItemsId.PAGE, "value"),
        Output(ShellId.QUERY, "data", allow_duplicate=True),
        Input(ItemsId.TASK, "value"),
        Input(ItemsId.SHOW, "value"),
        Input(ItemsId.PAGE, "value"),
        State(VIEW, "data"),
        State(ItemsId.DRAWN, "data"),
        running=[(Output(ItemsId.LIST, "className"), "tasks-items is-loading", "tasks-items")],
        prevent_initial_call="initial_duplicate",
    )
    def _items(file: str, show: str, page: int, view: dict[str, Any], drawn: list[str]) -> Any:
        page = page if ctx.triggered_id == ItemsId.PAGE or [file, show] == drawn else 1
        return *items(view, file, show, page, api), page, remembered(file, show, page, view, api)

    app.clientside_callback(
        ClientsideFunction("tasks", "pick"),
        Output(ItemsId.TASK, "value"),
        Input(tasks_result.FIGURE, "clickData"),
        State(ItemsId.TASK, "data"),
        prevent_initial_call=True,
    )


def _register_result(app: Dash, api: Client) -> None:
    @app.callback(
        Output(JOBS, "children"),
        Output(RESULT, "children"),
        Output(STORED, "children"),
        Output(DRAWN, "data"),
        Input(VIEW, "data"),
        Input(follow.CHANGED, "data"),
        Input(ShellId.TICK, "n_intervals"),
        State(DRAWN, "data"),
    )  # at first too: a job may have ended since the page was read
    def _redraw(view: dict[str, Any], _change: Any, _tick: Any, drawn: Any) -> Any:
        return redraw(view, drawn, api)

    @app.callback(
        Output(tasks_result.FIGURE, "figure"),
        Input(ShellId.SCHEME, "data"),
        Input(DRAWN, "data"),
        State(VIEW, "data"),
    )
    def _figure(scheme: str | None, _drawn: Any, view: dict[str, Any]) -> Any:
        return figure(view, scheme, api)

    @app.callback(
        Output(JOBS, "children", allow_duplicate=True),
        Input(tasks_result.CANCEL, "n_clicks"),
        State(VIEW, "data"),
        running=[(Output(tasks_result.CANCEL, "loading"), True, False)],
        prevent_initial_call=True,
    )
    def _cancel(clicks: int | None, view: dict[str, Any]) -> Any:
        return cancel(view, api) if clicks else no_update


def _register_form(app: Dash, api: Client) -> None:
    fields = FIELDS.values()
    register_submit(
        app,
        FormId.ASK,
        lambda model, *values: submit(choice_of(model, values), api),
        [State(FormId.MODEL, "data"), *(State(element, "value") for element in fields)],
        followed=VIEW,
        problem=FormId.PROBLEM,
    )

    @app.callback(
        Output(FormId.COST, "children"),
        Output(ShellId.QUERY, "data", allow_duplicate=True),
        *(Input(element, "value") for element in fields),
        State(FormId.DRAWN, "data"),
        State(ShellId.QUERY, "data"),
        prevent_initial_call=True,
    )
    def _changed(*values: Any) -> Any:
        *chosen, drawn, written = values
        choice = choice_of(drawn["model"], chosen)
        return tasks_form.cost(choice, api.tasks()), to_remember(choice.state(), drawn, written)

    @app.callback(
        Output(FormId.TASKS, "value"),
        Input(FormId.ALL, "n_clicks"),
        Input(FormId.NONE, "n_clicks"),
        prevent_initial_call=True,
    )
    def _choose(*_clicks: Any) -> list[str]:
        return [task.file[:N_HASH] for task in api.tasks()] if ctx.triggered_id == FormId.ALL else []

    app.clientside_callback(
        ClientsideFunction("tasks", "upload"),
        Output(FormId.FILE, "title"),
        Input(FormId.FILE, "n_clicks"),
        State(FormId.TITLE, "value"),
        State(FormId.FORM, "value"),
        State(FormId.LANGUAGE, "value"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output(ShellId.LOCATION, "href", allow_duplicate=True),
        Input(FormId.ADDED, "data"),
        State(FormId.MODEL, "data"),
        *(State(element, "value") for element in fields),
        prevent_initial_call=True,
    )
    def _added(file: str | None, model: str, *values: Any) -> Any:
        return with_added(file, choice_of(model, values)) if file else no_update


def with_added(file: str, choice: TasksChoice) -> str:
    """The address of the form with a task that has just been added, chosen."""
    return urls.link("tasks", **choice._replace(tasks=(*choice.tasks, file[:N_HASH])).state())
