"""Train: further pre-training with a region removed, frozen, limited or free (paper A: Tables 2, 6, Figure 5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update

from backend.client import Client
from backend.contracts.problems import KnownError
from backend.contracts.results import TrainingSummary
from backend.contracts.vocabulary import JobState
from frontend import follow, urls
from frontend.choices.region_source import stored_regions
from frontend.choices.train import ONE, TrainChoice
from frontend.choices.train_shown import LINEAR, LOG, curves, first_choice, scale_of, wanted
from frontend.figures.blank import blank
from frontend.form_parts import field_id, inputs, plain, register_region_part
from frontend.panels import train_checkpoints, train_form, train_runs
from frontend.panels.stored_results import empty
from frontend.panels.train_form import FIELDS
from frontend.panels.train_form import PREFIX as FORM
from frontend.panels.train_runs import CHOSEN
from frontend.shell import ShellId, hint, page_header, problem_alert
from frontend.study import columns, drawn_with, no_model, register_submit, to_remember, wanted_model
from frontend.training_runs import MOST_SHOWN, ShownRun, TrainingRun, chosen_runs, shown_runs, training_runs

PATH = "/train"
TITLE = "Train"
ICON = "train"
LEAD = (
    "Train on with a region removed, frozen, limited or free, and see which languages are learned and which forgotten."
)
MODEL, DRAWN, SHOWN, LIST_DRAWN = "train-model", "train-drawn", "train-shown", "train-list-drawn"
RUNS, RUNS_CARD, FACTS, EMPTY = "train-runs", "train-runs-card", "train-facts", "train-empty"
CHECKPOINTS, SAVED_CARD, SAVED_DRAWN = "train-checkpoints", "train-saved-card", "train-saved-drawn"
LOSS, PERPLEXITY, SCALE, CLOCK, CURVES = "train-loss", "train-perplexity", "train-scale", "train-clock", "train-curves"
CLOCK_MILLISECONDS = 2000
_HEADING = "study-heading"
_ACTIVE = (JobState.RUNNING, JobState.QUEUED, JobState.WAITING)


def layout(query: dict[str, str], api: Client) -> Any:
    """The form on the left; curves, runs and checkpoints on the right. `runs` names the runs shown."""
    model = wanted_model(query, api)
    if model is None:
        return no_model(TITLE, LEAD, api)
    runs = training_runs(model, api)
    chosen = chosen_runs(runs, wanted(query))
    choice = first_choice(model, runs, chosen if wanted(query) else (), query, api).with_query(query)
    return html.Div(
        [
            page_header(TITLE, LEAD),
            dcc.Store(id=MODEL, data=model),
            dcc.Store(id=DRAWN, data=drawn_with(choice.state(), query)),
            dcc.Store(id=SHOWN, data=list(chosen)),
            dcc.Store(id=LIST_DRAWN),
            dcc.Store(id=SAVED_DRAWN),
            dcc.Interval(id=CLOCK, interval=CLOCK_MILLISECONDS, disabled=True),
            columns(
                train_form.form(choice, stored_regions(model, api), api.corpora()),
                _outcome(runs, chosen, scale_of(query), api),
            ),
        ]
    )


def _outcome(runs: Sequence[TrainingRun], chosen: Sequence[str], shown_scale: str, api: Client) -> list[Any]:
    scale = dmc.SegmentedControl(
        id=SCALE,
        value=shown_scale,
        data=[{"value": LOG, "label": "logarithmic"}, {"value": LINEAR, "label": "linear"}],
        size="xs",
    )
    curves = [
        dmc.Group(
            [html.H2(hint("Perplexity while it trains", _PERPLEXITY_HINT), className=_HEADING), scale],
            justify="space-between",
        ),
        _graph(PERPLEXITY, 300),
        html.H2("Loss on the training text", className=_HEADING),
        _graph(LOSS, 280),
        html.Div(id=FACTS),
    ]
    return [
        html.Div(_nothing(api) if not runs else None, id=EMPTY),
        html.Section(curves, id=CURVES, hidden=not chosen, className="atlas-card study-card"),
        html.Section(
            [
                html.H2(hint("Runs", "Choose which curves are laid over each other, six at most."), className=_HEADING),
                html.Div(train_runs.runs_list(runs, chosen), id=RUNS),
            ],
            id=RUNS_CARD,
            hidden=not runs,
            className="atlas-card study-card",
        ),
        html.Section(
            [html.H2("Saved models", className=_HEADING), train_checkpoints.slot(), html.Div(id=CHECKPOINTS)],
            id=SAVED_CARD,
            hidden=True,
            className="atlas-card study-card",
        ),
    ]


def _nothing(api: Client) -> Any:
    return empty(
        "This model has not been trained here yet",
        "Choose what to compare in the form, then click “Train”. Curves appear while it runs.",
        elsewhere=api.results(kind="training"),
    )


def _graph(name: str, height: int) -> dcc.Graph:
    return dcc.Graph(id=name, figure=blank(height), config={"displayModeBar": False})


def submit(choice: TrainChoice, api: Client) -> tuple[Any, Any, Any, Any]:
    """Submit every run of the plan: the keys to show, a problem, what address and form keep."""
    try:
        jobs = [api.submit(request, queue="batch") for request in choice.requests(api)]
    except KnownError as error:
        return no_update, problem_alert(error.problem), no_update, no_update
    keys = [job.key for job in jobs]
    # One run says all that the form does; of several, the address has to keep what a newcomer's form does not say.
    usual = first_choice(choice.model, training_runs(choice.model, api), keys, {}, api).state()
    drawn = drawn_with(usual, {})
    return keys, None, to_remember(choice.state(), drawn, None) | {"runs": keys, "result": None}, drawn


def is_live(shown: Sequence[ShownRun]) -> bool:
    """Whether one of the shown runs can still tell more."""
    return any(one.run.state in _ACTIVE for one in shown)


def choose(chosen: list[str] | None, shown: list[str], drawn: list[list[Any]] | None) -> tuple[Any, Any]:
    """The runs to show and the address after a click in the list; a list that was only drawn says nothing new.

    Dash tells of the boxes also when the list is drawn, and it may be drawn with what was chosen before: `drawn`.
    """
    if chosen is None or set(chosen) in (set(shown), {key for key, _, is_shown in drawn or () if is_shown}):
        return no_update, no_update
    kept = chosen[-MOST_SHOWN:]
    return kept, {"runs": kept, "result": None}


def act(action: str, key: str, api: Client) -> Any:
    """Cancel or resume a run; a problem is shown below the form."""
    try:
        api.cancel(key) if action == "cancel" else api.retry(key)
    except KnownError as error:
        return problem_alert(error.problem)
    return None


def note(choice: TrainChoice, runs: Sequence[TrainingRun], api: Client) -> str:
    """What a click on Train costs; seconds as the newest run of this model that ended took them."""
    bytes_ = api.model(choice.model).size_bytes
    for run in runs:
        if run.state is JobState.DONE:
            summary = api.manifest(run.key).summary
            if isinstance(summary, TrainingSummary) and summary.n_samples:
                per_sample = summary.seconds / summary.n_samples
                return train_form.cost(choice, model_bytes=bytes_, seconds_per_sample=per_sample)
    return train_form.cost(choice, model_bytes=bytes_, seconds_per_sample=None)


def choice_of(model: str, values: dict[str, Any]) -> TrainChoice:
    """The form from its fields as the browser has them."""
    return TrainChoice(model).with_fields(plain(values))


def register(app: Dash, api: Client) -> None:
    """Connect form, runs, curves and checkpoints."""
    register_region_part(app, FORM)
    _register_form(app, api)
    _register_runs(app, api)
    _register_checkpoints(app, api)


def _register_form(app: Dash, api: Client) -> None:
    register_submit(
        app,
        train_form.RUN,
        lambda model, values: submit(choice_of(model, values), api),
        [State(MODEL, "data"), inputs(FORM, FIELDS)],
        followed=SHOWN,
        problem=train_form.PROBLEM,
        drawn=DRAWN,
    )

    @app.callback(
        Output(ShellId.QUERY, "data", allow_duplicate=True),
        Output(train_form.COST, "children"),
        inputs(FORM, FIELDS, Input),
        State(DRAWN, "data"),
        State(ShellId.QUERY, "data"),
        prevent_initial_call="initial_duplicate",
    )
    def _remember(values: dict[str, Any], drawn: dict[str, Any], written: Any) -> Any:
        choice = choice_of(drawn["model"], values)
        return to_remember(choice.state(), drawn, written), note(choice, training_runs(choice.model, api), api)

    parts = (train_form.OWN_PART, train_form.FACTOR_PART, train_form.REGION_PART)

    @app.callback(
        *[Output(part, "hidden") for part in parts],
        Output(train_form.PLAN_NOTE, "children"),
        inputs(FORM, ("plan", "remove", "hold", "how"), Input),
    )
    def _parts(plan: str, remove: str, hold: str, how: str) -> Any:
        region = train_form.region_hidden(plan, remove, hold)
        return plan != ONE, train_form.factor_hidden(plan, how), region, train_form.plan_note(plan)

    @app.callback(
        Output(ShellId.LOCATION, "href", allow_duplicate=True),
        Input(field_id(FORM, "corpus"), "value"),
        State(DRAWN, "data"),
        prevent_initial_call=True,
    )
    def _corpus(corpus: str, drawn: dict[str, Any]) -> Any:
        return no_update if corpus == drawn["corpus"] else urls.link("train", model=drawn["model"], corpus=corpus)


def _register_runs(app: Dash, api: Client) -> None:
    @app.callback(
        Output(RUNS, "children"),
        Output(LIST_DRAWN, "data"),
        Output(EMPTY, "children"),
        Output(RUNS_CARD, "hidden"),
        Input(SHOWN, "data"),
        Input(follow.CHANGED, "data"),
        Input(CLOCK, "n_intervals"),
        State(LIST_DRAWN, "data"),
        State(MODEL, "data"),
    )
    def _list(chosen: list[str], _change: Any, _clock: Any, drawn: Any, model: str) -> Any:
        runs = training_runs(model, api)
        signature = train_runs.signature(runs, chosen)
        if signature == drawn:
            return (no_update,) * 4
        return train_runs.runs_list(runs, chosen), signature, _nothing(api) if not runs else None, not runs

    @app.callback(
        Output(SHOWN, "data", allow_duplicate=True),
        Output(ShellId.QUERY, "data", allow_duplicate=True),
        Input(CHOSEN, "value"),
        State(SHOWN, "data"),
        State(LIST_DRAWN, "data"),
        prevent_initial_call=True,
    )
    def _choose(chosen: list[str] | None, shown: list[str], drawn: list[list[Any]] | None) -> Any:
        return choose(chosen, shown, drawn)

    @app.callback(
        Output(PERPLEXITY, "figure"),
        Output(LOSS, "figure"),
        Output(FACTS, "children"),
        Output(CURVES, "hidden"),
        Output(CLOCK, "disabled"),
        Input(SHOWN, "data"),
        Input(SCALE, "value"),
        Input(ShellId.SCHEME, "data"),
        Input(CLOCK, "n_intervals"),
        Input(follow.CHANGED, "data"),
        State(MODEL, "data"),
    )
    def _curves(chosen: list[str], scale: str, scheme: str | None, _clock: Any, _change: Any, model: str) -> Any:
        shown = shown_runs(training_runs(model, api), chosen, api)
        drawn = curves(shown, dark=scheme == "dark", log=scale != LINEAR)
        return *drawn, train_runs.facts(shown), not shown, not is_live(shown)

    @app.callback(Output(ShellId.QUERY, "data", allow_duplicate=True), Input(SCALE, "value"), prevent_initial_call=True)
    def _scale(scale: str) -> Any:
        return {"scale": scale if scale != LOG else None}

    @app.callback(
        Output(train_form.PROBLEM, "children", allow_duplicate=True),
        Input(train_runs.act_id(ALL, ALL), "n_clicks"),
        prevent_initial_call=True,
    )
    def _act(clicks: list[int | None]) -> Any:
        return act(ctx.triggered_id["act"], ctx.triggered_id["key"], api) if any(clicks) else no_update


def _register_checkpoints(app: Dash, api: Client) -> None:
    follow.register(app, api, train_checkpoints.PREFIX)

    @app.callback(
        Output(CHECKPOINTS, "children"),
        Output(SAVED_CARD, "hidden"),
        Output(SAVED_DRAWN, "data"),
        Input(SHOWN, "data"),
        Input(CLOCK, "n_intervals"),
        Input(follow.CHANGED, "data"),
        State(SAVED_DRAWN, "data"),
        State(MODEL, "data"),
    )
    def _saved(chosen: list[str], _clock: Any, _change: Any, drawn: Any, model: str) -> Any:
        shown = shown_runs(training_runs(model, api), chosen, api)
        signature = train_checkpoints.signature(shown)
        if signature == drawn:
            return (no_update,) * 3
        return train_checkpoints.checkpoints(shown), not signature, signature

    @app.callback(
        Output(follow.job_id(train_checkpoints.PREFIX), "data"),
        Output(train_checkpoints.PROBLEM, "children"),
        Input(train_checkpoints.open_id(ALL, ALL), "n_clicks"),
        prevent_initial_call=True,
    )
    def _open(clicks: list[int | None]) -> Any:
        if not any(clicks) or not ctx.triggered[0]["value"]:
            return no_update, no_update
        return train_checkpoints.opened(ctx.triggered_id["source"], ctx.triggered_id["purpose"], api)

    @app.callback(
        Output(ShellId.LOCATION, "href", allow_duplicate=True),
        Input(follow.ended_id(train_checkpoints.PREFIX), "data"),
        State(follow.job_id(train_checkpoints.PREFIX), "data"),
        State(MODEL, "data"),
        prevent_initial_call=True,
    )
    def _lead(ended: Any, job: Any, model: str) -> Any:
        return train_checkpoints.leads_to(ended, job, model, api) or no_update


_PERPLEXITY_HINT = (
    "Measured on lines that are not trained on. The trained language falls; the others rise as they are forgotten."
)
