"""Touch: change a parameter or a dimension, read what the model writes then, measure what it forgot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update

from backend.client import Client
from backend.contracts.models import ModelDescription
from backend.contracts.problems import KnownError
from backend.contracts.requests import DEFAULT_CORPUS, PerturbationRequest
from backend.contracts.results import Manifest, PerturbationSummary, ResultRow
from backend.contracts.vocabulary import AnalysisKind, EditAction, JobState, Sampling
from frontend import follow, shell
from frontend.choices.touch import DIMENSION, EVERYWHERE, TouchForm, edit_words
from frontend.choices.touch_suggestions import suggestions
from frontend.choices.touched import touched
from frontend.panels import touch_attempts, touch_grid_handlers, touch_measured, touch_prompts, touch_what, touch_where
from frontend.shell import ShellId
from frontend.study import no_model

PATH = "/touch"
TITLE = "Touch"
ICON = "touch"
LEAD = "Change one parameter or one dimension, then read the same prompt before and after."
PREFIX = "touch"
FIELDS = {
    "target": "target", "matrix": "matrix", "row": "row", "column": "column", "side": "side", "dimension": "dimension",
    "spread": "spread", "first": "first", "last": "last", "action": "action", "factor": "factor", "value": "value",
    "edit_seed": "edit-seed", "length": "length", "sampling": "sampling", "temperature": "temperature", "seed": "seed",
    "evaluated": "evaluated",
}  # fmt: skip
"""Field of the form by the end of its component's id."""


def layout(query: dict[str, str], api: Client) -> Any:
    """The form on the left, what came of it on the right; `key` and `beside` open stored attempts."""
    name = query.get("model") or next((model.name for model in api.models()), "")
    if not name:
        return no_model(TITLE, LEAD, api)
    shown = touched(query, api.model(name), api)
    card = touch_grid_handlers.card(name, shown.grid, shown.grid_key, api, running=shown.grid_is_running)
    keys, running = shown.keys, shown.is_running
    return html.Div(
        [
            shell.page_header(TITLE, LEAD),
            dcc.Store(id="touch-model", data=name),
            dcc.Store(id="touch-shown", data={"keys": keys, "running": running}),
            dcc.Store(id="touch-drawn", data=shown.drawn.state()),
            dcc.Store(id="touch-rows", data=len(shown.form.prompts)),
            html.Div(
                [_form(shown.form, api.model(name), api), _outcome(keys[0] if keys and running else None, card)],
                className="touch-page",
            ),
        ]
    )


def _form(form: TouchForm, model: ModelDescription, api: Client) -> html.Div:
    corpus = next((corpus for corpus in api.corpora() if corpus.name == DEFAULT_CORPUS), None)
    languages = corpus.languages if corpus else form.evaluated
    return html.Div(
        [
            _section("Where", touch_where.panel(form, model), html.Div(id="touch-suggestions")),
            _section("What to write there", touch_what.panel(form)),
            _section(
                "Prompts",
                html.Div(touch_prompts.rows(form.prompts), id="touch-prompts", className="touch-prompts"),
                touch_prompts.adder(languages),
            ),
            _section("Reading and measuring", touch_what.decoding(form), touch_what.evaluation(form, languages)),
            html.Div(
                [
                    dmc.Button("Touch and read", id="touch-run", size="md", fullWidth=True),
                    html.Div(id="touch-problem", role="alert"),
                ],
                className="touch-run",
            ),
        ],
        className="atlas-card touch-form",
    )


def _section(title: str, *parts: Any) -> html.Section:
    return html.Section([html.H2(title, className="map-heading"), *parts], className="touch-section")


def _outcome(following: str | None, grid: Any) -> html.Div:
    return html.Div(
        [
            follow.slot(PREFIX, following),
            html.Div(id="touch-texts", className="touch-texts"),
            html.Div(id="touch-measured"),
            grid,
            touch_grid_handlers.places(),
            html.Section(
                [html.H2("Attempts", className="map-heading"), html.Div(id="touch-attempts")], className="atlas-card"
            ),
        ],
        className="touch-outcome",
    )


FORM = (
    State("touch-model", "data"),
    State({"type": "touch-prompt", "row": ALL, "language": ALL}, "value"),
    State({"type": "touch-prompt", "row": ALL, "language": ALL}, "id"),
    *[State(f"touch-{end}", "value") for end in FIELDS.values()],
)
"""Everything the form says, in the order in which `form_of` reads it."""


def form_of(model: str, texts: Sequence[str | None], ids: Sequence[dict[str, Any]], *values: Any) -> TouchForm:
    """The form from its components; an emptied prompt is ''."""
    prompts = tuple((place["language"], text or "") for place, text in zip(ids, texts, strict=True))
    fields: dict[str, Any] = dict(zip(FIELDS, values, strict=True))
    fields["evaluated"] = tuple(fields["evaluated"] or ())
    return TouchForm(model=model, prompts=prompts, **fields)


def remembered(form: TouchForm, drawn: Mapping[str, Any]) -> dict[str, Any]:
    """The form for the address: what differs from what the page is drawn with."""
    return {name: value if value != drawn.get(name) else None for name, value in form.state().items()}


def run(form: TouchForm, *, api: Client) -> tuple[Any, Any, Any]:
    """Submit the form: (job to follow, keys to show, problem). A problem leaves all else as it is."""
    try:
        status = api.submit(form.request(api.model(form.model)), queue="interactive")
    except KnownError as error:
        return no_update, no_update, shell.problem_alert(error.problem)
    job = None if status.state is JobState.DONE else {"key": status.key}
    return job, {"keys": [status.key], "running": job is not None}, None


def measured(shown: dict[str, Any], *, api: Client) -> Any:
    """Sentences and perplexities of every finished attempt on the page."""
    manifests = [manifest for key in shown["keys"] if (manifest := _finished(api, key))]
    panels = [_measured(manifest, titled=len(manifests) > 1) for manifest in manifests]
    return html.Div(panels, className="touch-measured") if panels else None


def _finished(api: Client, key: str) -> Manifest | None:
    try:
        return api.manifest(key)
    except KnownError:
        return None


def _measured(manifest: Manifest, *, titled: bool) -> Any:
    summary = manifest.summary
    if not isinstance(summary, PerturbationSummary) or not isinstance(manifest.request, PerturbationRequest):
        return None
    title = "; ".join(edit_words(edit) for edit in manifest.request.edits) if titled else ""
    heading = html.H2("What was done, and what it cost", className="map-heading")
    return html.Section([heading, touch_measured.panel(summary, title)], className="atlas-card")


def attempts(model: str, shown: dict[str, Any], *, api: Client) -> Any:
    """The stored perturbations of the model."""
    rows: tuple[ResultRow, ...] = api.results(kind=AnalysisKind.PERTURBATION.value, model=model)
    return touch_attempts.listing(rows, tuple(shown["keys"]))


def suggested(model: str, *, api: Client) -> Any:
    """Chips of dimensions worth a try; nothing where the model cannot be looked at."""
    try:
        found = suggestions(api.model(model), api)
    except KnownError:
        return None
    if not found:
        return None
    chips = [
        html.Button(str(index), id={"type": "touch-suggestion", "index": index}, className="touch-chip")
        for index in found.dimensions
    ]
    lead = shell.hint("Try one", f"Residual dimensions {found.reason}.")
    return html.Div([html.Span(lead, className="touch-label"), *chips], className="touch-chips")


def shown_parts(target: str, spread: str, matrix: str, side: str, *, model: ModelDescription) -> tuple[Any, ...]:
    """Hidden flags of dimension, layers, matrix and cell parts and of the column; the hint on ranges."""
    hidden = touch_where.visible(target, spread, matrix, model)
    vector = any(view.name == matrix and len(view.shape) == 1 for view in model.matrices)
    parts = (hidden["dimension"], hidden["layers"], hidden["matrix"], hidden["cell"], vector)
    return (*parts, touch_where.range_hint(target, side, matrix, model))


def register(app: Dash, api: Client) -> None:
    """Connect form, texts, measures and attempts."""
    follow.register(app, api, PREFIX)
    _register_form(app, api)
    touch_grid_handlers.register(app, api, FORM, form_of)

    @app.callback(
        Output(follow.job_id(PREFIX), "data"),
        Output("touch-shown", "data"),
        Output("touch-problem", "children"),
        Output("touch-drawn", "data"),
        Input("touch-run", "n_clicks"),
        *FORM,
        running=[(Output("touch-run", "loading"), True, False)],
        prevent_initial_call=True,
    )
    def _run(clicks: int | None, *fields: Any) -> Any:
        if not clicks:  # Dash may call this without a click when the page is built
            return (no_update,) * 4
        form = form_of(*fields)
        job, shown, problem = run(form, api=api)
        return job, shown, problem, form.state() if problem is None else no_update

    @app.callback(
        Output(ShellId.QUERY, "data", allow_duplicate=True),
        Input("touch-drawn", "data"),
        *[Input(state.component_id, state.component_property) for state in FORM[1:]],
        State("touch-model", "data"),
        prevent_initial_call=True,
    )
    def _remember(drawn: dict[str, Any], *fields: Any) -> Any:
        return remembered(form_of(fields[-1], *fields[:-1]), drawn) | {"model": fields[-1]}

    @app.callback(
        Output("touch-measured", "children"),
        Output("touch-attempts", "children"),
        Input("touch-shown", "data"),
        Input(follow.ended_id(PREFIX), "data"),
        State("touch-model", "data"),
    )
    def _measured_and_attempts(shown: dict[str, Any], _ended: Any, model: str) -> Any:
        return measured(shown, api=api), attempts(model, shown, api=api)

    @app.callback(Output("touch-suggestions", "children"), Input("touch-model", "data"))
    def _suggested(model: str) -> Any:
        return suggested(model, api=api)

    app.clientside_callback(
        ClientsideFunction("touch_page", "show"), Output("touch-texts", "title"), Input("touch-shown", "data")
    )


def _register_form(app: Dash, api: Client) -> None:
    parts = ("dimension-part", "layers-part", "matrix-part", "cell-part", "column-part")

    @app.callback(
        *[Output(f"touch-{part}", "hidden") for part in parts],
        Output("touch-range", "children"),
        Input("touch-target", "value"),
        Input("touch-spread", "value"),
        Input("touch-matrix", "value"),
        Input("touch-side", "value"),
        State("touch-model", "data"),
    )
    def _parts(target: str, spread: str, matrix: str, side: str, model: str) -> Any:
        return shown_parts(target, spread, matrix, side, model=api.model(model))

    @app.callback(
        *[Output(f"touch-{name}-part", "hidden") for name in ("factor", "value", "edit-seed")],
        Output("touch-action-hint", "children"),
        Input("touch-action", "value"),
    )
    def _operands(action: str) -> Any:
        return *touch_what.operands_hidden(action), touch_what.ACTIONS[EditAction(action)][1]

    @app.callback(Output("touch-sampled-part", "hidden"), Input("touch-sampling", "value"))
    def _sampled(sampling: str) -> bool:
        return sampling != Sampling.SAMPLED

    @app.callback(
        Output("touch-prompts", "children"),
        Output("touch-rows", "data"),
        Output("touch-add", "value"),
        Input("touch-add", "value"),
        Input({"type": "touch-remove", "row": ALL}, "n_clicks"),
        State({"type": "touch-prompt", "row": ALL, "language": ALL}, "value"),
        State({"type": "touch-prompt", "row": ALL, "language": ALL}, "id"),
        State("touch-rows", "data"),
        prevent_initial_call=True,
    )
    def _prompts(added: str | None, clicks: list[int | None], texts: list[str], ids: list[Any], n_rows: int) -> Any:
        if not added and not any(clicks):
            return no_update, no_update, no_update
        prompts = [(place["language"], text or "") for place, text in zip(ids, texts, strict=True)]
        removed = None
        if isinstance(ctx.triggered_id, dict):
            removed = [place["row"] for place in ids].index(ctx.triggered_id["row"])
        prompts = touch_prompts.changed(prompts, added=None if removed is not None else added, removed=removed)
        return touch_prompts.rows(prompts, first=n_rows), n_rows + len(prompts), None

    @app.callback(
        Output("touch-target", "value"),
        Output("touch-side", "value"),
        Output("touch-dimension", "value"),
        Output("touch-spread", "value"),
        Input({"type": "touch-suggestion", "index": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    def _take(clicks: list[int | None]) -> Any:
        if not any(clicks):
            return (no_update,) * 4
        return DIMENSION, "residual", ctx.triggered_id["index"], EVERYWHERE
