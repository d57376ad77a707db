"""What the comparison with regions answers: it is computed, shown, and looked at layer by layer."""

from __future__ import annotations

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, no_update

from backend.client import Client
from backend.contracts.problems import KnownError
from backend.contracts.vocabulary import JobState
from frontend import follow
from frontend.choices.neurons_regions import RegionsOfNeurons
from frontend.fields import filled
from frontend.panels import neurons_regions as panel
from frontend.panels.neurons_regions import PREFIX
from frontend.results.neurons import SHOWN, graph
from frontend.results.neurons_list_handlers import Shown
from frontend.results.neurons_regions import curve, downloads
from frontend.shell import ShellId, problem_alert
from frontend.stored_regions import stored_regions
from frontend.study import to_remember
from frontend.views.neurons_opened import found, summary_of


def submit(choice: RegionsOfNeurons, shown: Shown, api: Client) -> tuple[Any, Any, Any]:
    """Ask for the comparison: what to follow, a problem, what the address keeps."""
    try:
        if not choice.regions:
            raise KnownError(
                "invalid_request", "no region is chosen", title="That cannot be asked", field="regions",
                hint="Choose stored regions, or those that are made for these languages.",
            )  # fmt: skip
        request = found(api.manifest(shown["key"])).request
        job = api.submit(choice.request(request, stored_regions(api, request.activations.model)))
    except KnownError as error:
        return no_update, problem_alert(error.problem), no_update
    followed = {"key": job.key, "done": job.state is JobState.DONE}
    return followed, None, {"result": shown["key"], "enriched": job.key, "held": None}


def ended_with(ended: dict[str, str] | None, api: Client) -> tuple[Any, ...]:
    """Table, files, no curve yet, key."""
    if not ended or ended["state"] != JobState.DONE or (summary := summary_of(ended["key"], api)) is None:
        return (no_update,) * 4
    return panel.table(summary), downloads(ended["key"], api), None, ended["key"]


def chosen(language: str, region: str, key: str, api: Client) -> tuple[Any, dict[str, Any]]:
    """One cell layer by layer, and the address."""
    summary = summary_of(key, api)
    if summary is None:
        return no_update, {}
    return curve(key, (language, region), summary, graph), {"held": [language, region]}


def register(app: Dash, api: Client) -> None:
    """Connect form, table and curve."""
    follow.register(app, api, PREFIX)

    @app.callback(
        Output(follow.job_id(PREFIX), "data"),
        Output(panel.PROBLEM, "children"),
        Output(ShellId.QUERY, "data", allow_duplicate=True),
        Input(panel.RUN, "n_clicks"),
        State(panel.REGIONS, "value"),
        State(panel.PERCENT, "value"),
        State(SHOWN, "data"),
        running=[(Output(panel.RUN, "loading"), True, False)],
        prevent_initial_call=True,
    )
    def _submit(clicks: int | None, regions: list[str] | None, percent: Any, shown: Shown) -> Any:
        choice = RegionsOfNeurons(tuple(regions or ()), None if percent == "" else percent)
        return submit(choice, shown, api) if clicks else (no_update,) * 3

    @app.callback(
        Output(panel.TABLE, "children"),
        Output("neurons-held-downloads", "children"),
        Output(panel.CURVE, "children"),
        Output(panel.KEY, "data"),
        Input(follow.ended_id(PREFIX), "data"),
        prevent_initial_call=True,
    )
    def _ended(ended: dict[str, str] | None) -> Any:
        return ended_with(ended, api)

    @app.callback(
        Output(panel.CURVE, "children", allow_duplicate=True),
        Output(ShellId.QUERY, "data", allow_duplicate=True),
        Input(panel.LOOKED, "data"),
        State(panel.KEY, "data"),
        running=[(Output(panel.CURVE, "className"), "is-loading", "")],
        prevent_initial_call=True,
    )
    def _chosen(at: dict[str, Any] | None, key: str) -> Any:
        return chosen(at["language"], at["region"], key, api) if at else (no_update,) * 2

    @app.callback(
        Output(ShellId.QUERY, "data", allow_duplicate=True),
        Input(panel.REGIONS, "value"),
        Input(panel.PERCENT, "value"),
        State(panel.DRAWN, "data"),
        State(ShellId.QUERY, "data"),
        prevent_initial_call=True,
    )
    def _remember(regions: list[str] | None, percent: Any, drawn: Any, written: Any) -> Any:
        return to_remember({"regions": regions or [], "percent": filled(percent)}, drawn, written)

    app.clientside_callback(
        ClientsideFunction("neurons", "mark"),
        Output(panel.TABLE, "title"),
        Input(panel.LOOKED, "data"),
        prevent_initial_call=True,
    )
