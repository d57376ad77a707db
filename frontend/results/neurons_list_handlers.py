"""What the list of neurons and its overlap answer: another language, one neuron, a pair, a mask as a region."""

from __future__ import annotations

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, ctx, no_update

from backend.client import Client
from backend.contracts.problems import KnownError
from backend.contracts.requests import ImportRegionRequest
from backend.contracts.vocabulary import JobState
from frontend import follow
from frontend.choices.neurons import neuron_text
from frontend.choices.problems import checked
from frontend.language_names import name_of
from frontend.panels import neurons_card, neurons_counts, neurons_list
from frontend.panels.neurons_list import MASK_PREFIX
from frontend.results.neurons import SHOWN, card, listed, shared
from frontend.shell import ShellId, problem_alert
from frontend.views.neurons_opened import found

Shown = dict[str, Any]


def changed(language: str, layer: str, shown: Shown, api: Client) -> tuple[Any, Any, dict[str, Any]]:
    """Another language or layer: the list, its mask, the address."""
    number = None if layer == neurons_list.EVERY else int(layer)
    rows = listed(shown["key"], language, number, neuron_of(shown), api)
    return rows, neurons_list.mask_links(shown["key"], language), {"language": language, "layer": number}


def chosen(layer: int, index: int, shown: Shown, api: Client) -> tuple[Any, Shown, dict[str, Any]]:
    """One neuron: its card, what is shown now, the address."""
    these = found(api.manifest(shown["key"]))
    drawn = card(shown["key"], (layer, index), these.request.activations.model, len(these.summary.languages), api)
    return drawn, {**shown, "neuron": [layer, index]}, {"neuron": neuron_text((layer, index))}


def paired(pair: tuple[str, str], shown: Shown, api: Client) -> tuple[Any, Any, dict[str, Any]]:
    """Two languages: the matrix with their cell framed, their shared neurons, the address."""
    these = found(api.manifest(shown["key"]))
    matrix = neurons_counts.overlap(these.summary, these.request.threshold, pair)
    return matrix, shared(shown["key"], pair, api), {"pair": list(pair)}


def use_mask(language: str, shown: Shown, api: Client) -> tuple[Any, Any]:
    """The neurons of a language as a region: what to follow, a problem."""
    these = found(api.manifest(shown["key"]))
    try:
        file = api.upload(api.neuron_mask(shown["key"], language))
        title = f"key neurons of {name_of(language)}, z > {these.request.threshold:g}"
        asked = {"model": these.request.activations.model, "title": title, "file": file.sha256}
        job = api.submit(checked(lambda: ImportRegionRequest.model_validate(asked)))
    except KnownError as error:
        return no_update, problem_alert(error.problem)
    return {"key": job.key, "done": job.state is JobState.DONE}, None


def neuron_of(shown: Shown) -> tuple[int, int] | None:
    """The neuron whose card is open."""
    return (shown["neuron"][0], shown["neuron"][1]) if shown.get("neuron") else None


def register(app: Dash, api: Client) -> None:
    """Connect list, card, overlap and mask."""
    follow.register(app, api, MASK_PREFIX)

    @app.callback(
        Output(neurons_list.LISTED, "children"),
        Output(neurons_list.MASK, "children"),
        Output(ShellId.QUERY, "data", allow_duplicate=True),
        Input(neurons_list.LANGUAGE, "value"),
        Input(neurons_list.LAYER, "value"),
        State(SHOWN, "data"),
        running=[(Output(neurons_list.LISTED, "className"), "is-loading", "")],
        prevent_initial_call=True,
    )
    def _changed(language: str, layer: str, shown: Shown) -> Any:
        return changed(language, layer, shown, api) if ctx.triggered_id else (no_update,) * 3

    @app.callback(
        Output(neurons_card.CARD, "children"),
        Output(SHOWN, "data"),
        Output(ShellId.QUERY, "data", allow_duplicate=True),
        Input(neurons_list.CHOSEN, "data"),
        State(SHOWN, "data"),
        running=[(Output(neurons_card.CARD, "className"), "is-loading", "")],
        prevent_initial_call=True,
    )
    def _chosen(at: dict[str, Any] | None, shown: Shown) -> Any:
        return chosen(at["layer"], at["index"], shown, api) if at else (no_update,) * 3

    app.clientside_callback(
        ClientsideFunction("neurons", "row"),
        Output(neurons_list.LISTED, "title"),
        Input(SHOWN, "data"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output(neurons_counts.OVERLAP, "children"),
        Output(neurons_counts.PAIR, "children"),
        Output(ShellId.QUERY, "data", allow_duplicate=True),
        Input(neurons_counts.PAIR_CELL, "data"),
        State(SHOWN, "data"),
        running=[(Output(neurons_counts.PAIR, "className"), "is-loading", "")],
        prevent_initial_call=True,
    )
    def _paired(at: dict[str, Any] | None, shown: Shown) -> Any:
        return paired((at["left"], at["right"]), shown, api) if at else (no_update,) * 3

    _register_mask(app, api)


def _register_mask(app: Dash, api: Client) -> None:
    @app.callback(
        Output(follow.job_id(MASK_PREFIX), "data"),
        Output(neurons_list.MASK_DONE, "children"),
        Input(neurons_list.USE, "n_clicks"),
        State(neurons_list.LANGUAGE, "value"),
        State(SHOWN, "data"),
        running=[(Output(neurons_list.USE, "loading"), True, False)],
        prevent_initial_call=True,
    )
    def _use(clicks: int | None, language: str, shown: Shown) -> Any:
        return use_mask(language, shown, api) if clicks else (no_update,) * 2

    @app.callback(
        Output(neurons_list.MASK_DONE, "children", allow_duplicate=True),
        Input(follow.ended_id(MASK_PREFIX), "data"),
        State(neurons_list.LANGUAGE, "value"),
        State(SHOWN, "data"),
        prevent_initial_call=True,
    )
    def _used(ended: dict[str, str] | None, language: str, shown: Shown) -> Any:
        if not ended or ended["state"] != JobState.DONE:
            return no_update
        model = found(api.manifest(shown["key"])).request.activations.model
        return neurons_list.as_region(model, ended["key"], language)
