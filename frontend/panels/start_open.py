"""The form that opens another model: where it comes from, and what is accepted."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html, no_update
from pydantic import ValidationError

from backend.client import Client
from backend.contracts.problems import KnownError
from backend.contracts.requests import OpenModelRequest
from backend.contracts.vocabulary import JobState
from frontend import urls
from frontend.panels.problem import problem_alert
from frontend.shell import ShellId, icon


class OpenId(StrEnum):
    """Ids of the form."""

    ORIGIN = "start-open-origin"
    SOURCE = "start-open-source"
    REVISION = "start-open-revision"
    SUBMIT = "start-open-submit"
    ANSWER = "start-open-answer"
    EXPLANATION = "start-open-explanation"


_ORIGINS = {
    "hub": (
        "Hugging Face",
        "HuggingFaceTB/SmolLM2-135M",
        "The name of a public model, owner/name. Its safetensors files are downloaded once; "
        "no code of the model is ever run.",
    ),
    "folder": (
        "Folder",
        "/data/models/my-model",
        "An absolute folder on the worker's machine with config.json, a tokenizer and safetensors files, "
        "below one of the allowed roots (LINGUA_ATLAS_MODEL_ROOTS).",
    ),
    "gguf": (
        "GGUF file",
        "/data/models/model.Q4_K_M.gguf",
        "An absolute path of a .gguf file below one of the allowed roots. It is converted once, with progress.",
    ),
}
USUAL = "hub"
FAMILIES = "Llama, Mistral, Qwen 2 and 3, Gemma 2 and 3, SmolLM, OLMo, GPT-2, GPT-NeoX and Pythia, BLOOM."


def form(query: Mapping[str, str]) -> html.Div:
    """The form as the address fills it in (`origin`, `source`, `revision`); on Hugging Face first."""
    chosen = query["origin"] if query.get("origin") in _ORIGINS else USUAL
    placeholder, explanation, style = explain(chosen)
    origin = dmc.SegmentedControl(
        id=OpenId.ORIGIN,
        data=[{"value": value, "label": label} for value, (label, _, _) in _ORIGINS.items()],
        value=chosen,
        size="xs",
        fullWidth=True,
    )
    fields = dmc.Group(
        [
            dmc.TextInput(
                id=OpenId.SOURCE,
                label="Model",
                value=query.get("source", ""),
                placeholder=placeholder,
                style={"flex": 1, "minWidth": 180},
                debounce=False,
            ),
            dmc.TextInput(
                id=OpenId.REVISION,
                label="Revision",
                value=query.get("revision", ""),
                placeholder="main",
                w=110,
                style=style,
            ),
            dmc.Button("Open", id=OpenId.SUBMIT, leftSection=icon("plus", 15)),
        ],
        align="flex-end",
        gap="sm",
    )
    return html.Div(
        dmc.Stack(
            [
                origin,
                fields,
                dmc.Text(explanation, id=OpenId.EXPLANATION, size="xs", c="dimmed"),
                dmc.Text(["Families: ", FAMILIES], size="xs", c="dimmed"),
                html.Div(id=OpenId.ANSWER, **{"aria-live": "polite"}),
            ],
            gap="sm",
        )
    )


def explain(origin: str) -> tuple[str, str, dict[str, str]]:
    """Placeholder, explanation, and whether a revision is asked for."""
    _, placeholder, explanation = _ORIGINS[origin]
    return placeholder, explanation, {} if origin == "hub" else {"display": "none"}


def open_model(source: str | None, revision: str | None, *, api: Client) -> Any:
    """Ask for the model; says what happens next, or what is wrong."""
    try:
        request = OpenModelRequest(source=(source or "").strip(), revision=(revision or "").strip() or None)
        job = api.submit(request)
    except ValidationError:
        given = "nothing" if not (source or "").strip() else f"{len(source or '')} characters"
        error = KnownError("bad_model_source", f"A model needs a name or a path; given: {given}.", field="source")
        return problem_alert(error.problem, id="start-open-problem")
    except KnownError as error:
        return problem_alert(error.problem, id="start-open-problem")
    if job.state is JobState.DONE:
        return dmc.Alert("This model is open already.", color="teal", variant="light")
    follow = dcc.Link("Follow it in Runs", href=urls.link("runs", job=job.key), className="atlas-anchor")
    return dmc.Alert(["On its way. ", follow], title=job.title, color="indigo", variant="light")


def register(app: Dash, api: Client) -> None:
    """Connect the form."""

    @app.callback(
        Output(OpenId.SOURCE, "placeholder"),
        Output(OpenId.EXPLANATION, "children"),
        Output(OpenId.REVISION, "style"),
        Input(OpenId.ORIGIN, "value"),
    )
    def _explain(origin: str) -> Any:
        return explain(origin)

    app.clientside_callback(
        f"(origin, source, revision) => ({{origin: origin === '{USUAL}' ? null : origin, source, revision}})",
        Output(ShellId.QUERY, "data", allow_duplicate=True),
        Input(OpenId.ORIGIN, "value"),
        Input(OpenId.SOURCE, "value"),
        Input(OpenId.REVISION, "value"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output(OpenId.ANSWER, "children"),
        Input(OpenId.SUBMIT, "n_clicks"),
        Input(OpenId.SOURCE, "n_submit"),
        State(OpenId.SOURCE, "value"),
        State(OpenId.REVISION, "value"),
        State(OpenId.ORIGIN, "value"),
        prevent_initial_call=True,
        running=[(Output(OpenId.SUBMIT, "loading"), True, False)],
    )
    def _open(clicks: Any, enters: Any, source: str | None, revision: str | None, origin: str) -> Any:
        if not (clicks or enters):
            return no_update
        return open_model(source, revision if origin == "hub" else None, api=api)
