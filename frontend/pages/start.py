"""Start: what this is, which models are open, what is being prepared, and where to click."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html, no_update

from backend.client import Client
from backend.contracts.problems import KnownError
from frontend import preparation, urls
from frontend.panels import start_corpora, start_models, start_open, start_preparation
from frontend.panels.unreadable import unreadable
from frontend.shell import ShellId, icon, problem_alert

PATH = "/"
TITLE = "Start"
ICON = "home"


_OPEN_ONE = "Open a model on this page: its weights can be looked at as soon as it is there."
_WHEN_OPEN = (
    "Once it is open, its weights can be looked at and touched. Language scores, regions, the similarity map and "
    "the removal table follow one by one, each usable as soon as it is ready."
)


class StartId(StrEnum):
    """Ids of the page."""

    CHOSEN = "start-chosen"
    MODELS = "start-models"
    PREPARATION = "start-preparation"


def layout(query: dict[str, str], api: Client) -> html.Div:
    """The start page of the chosen model."""
    models, prepared = live(query.get("model"), api=api)
    return html.Div(
        [
            dcc.Store(id=StartId.CHOSEN, data=query.get("model")),
            _welcome(),
            html.Div(
                [
                    html.Section(prepared, id=StartId.PREPARATION, className="atlas-card"),
                    html.Div(
                        [
                            html.Section(
                                [
                                    _heading("Models"),
                                    html.Div(models, id=StartId.MODELS),
                                    dmc.Divider(label="Open another model", labelPosition="left", my="md"),
                                    start_open.form(query),
                                ],
                                className="atlas-card",
                            ),
                            html.Section(
                                [_heading("Texts"), start_corpora.corpora(api.corpora())], className="atlas-card"
                            ),
                        ],
                        className="start-side",
                    ),
                ],
                className="start-columns",
            ),
        ],
        className="start-page",
    )


def _heading(text: str) -> dmc.Title:
    return dmc.Title(text, order=2, className="atlas-heading")


def _welcome() -> html.Div:
    return html.Div(
        [
            dmc.Title("Where does language live in a model?", order=1, className="atlas-title start-title"),
            dmc.Text(
                "Lingua Atlas shows which of a language model's weights carry which language. Look at them, "
                "change one, and read at once what happens to the text.",
                className="start-lead",
            ),
        ],
        className="start-welcome",
    )


def live(chosen: str | None, *, api: Client) -> tuple[Any, Any]:
    """The parts that change by themselves: model cards, and the preparation of the chosen model."""
    models, jobs = api.models(), api.jobs()
    names = [model.name for model in models]
    shown = chosen if chosen in names else (names[0] if names else None)
    arrivals = start_preparation.arrivals(preparation.opening(jobs, failed=shown is None))
    parts: list[Any] = [_heading(shown or "Getting ready"), *arrivals]
    if shown is not None:
        steps = preparation.steps(shown, jobs, api.results(model=shown))
        n_ready = sum(step.state == "ready" for step in steps)
        parts = [_prepared_head(shown, n_ready, len(steps)), *arrivals, start_preparation.checklist(steps)]
        parts.append(_touch(shown))
    else:
        parts.append(dmc.Text(_WHEN_OPEN if arrivals else _OPEN_ONE, c="dimmed", size="sm", mt="sm"))
    return [start_models.cards(models, shown), unreadable(api.broken("models"))], parts


def _prepared_head(model: str, n_ready: int, n_steps: int) -> html.Div:
    state = "everything is ready" if n_ready == n_steps else f"{n_ready} of {n_steps} ready, each usable at once"
    return html.Div([_heading(model), dmc.Text(state, size="sm", c="dimmed")], className="start-prepared-head")


def _touch(model: str) -> html.Div:
    link = dcc.Link(
        ["Touch a weight", icon("arrow", 14)], href=urls.link("touch", model=model), className="start-action"
    )
    return html.Div(
        [icon("touch", 20), dmc.Text("Change one dimension and compare the texts before and after.", size="sm"), link],
        className="start-touch",
    )


def refresh(chosen: str | None, *, api: Client) -> tuple[Any, Any]:
    """The live parts again; an API that is away leaves what is shown and says so."""
    try:
        return live(chosen, api=api)
    except KnownError as error:
        return no_update, problem_alert(error.problem)


def register(app: Dash, api: Client) -> None:
    """Connect the form and the live parts."""
    start_open.register(app, api)

    @app.callback(
        Output(StartId.MODELS, "children"),
        Output(StartId.PREPARATION, "children"),
        Input(ShellId.CHANGED, "data"),
        Input(ShellId.TICK, "n_intervals"),
        State(StartId.CHOSEN, "data"),
        prevent_initial_call=True,
    )
    def _refresh(_change: Any, _tick: Any, chosen: str | None) -> Any:
        return refresh(chosen, api=api)
