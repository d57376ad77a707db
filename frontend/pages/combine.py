"""Combine: regions as sets (paper A, Eq. 5), built by hand or with one click; how stored regions overlap."""

from __future__ import annotations

from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, html, no_update

from backend.client import Client
from backend.contracts.problems import KnownError
from backend.contracts.vocabulary import JobState
from frontend import follow, score_fields, urls
from frontend.choices.combine import CombineChoice, begun_with, first_choice, started_from
from frontend.choices.expression import decoded, encoded, grouped
from frontend.fields import filled_text, register_share
from frontend.language_chips import Chooses, none, paper_six, register_shortcuts
from frontend.panels import combine_editor, combine_form, combine_overlap, combine_overlap_handlers, combine_preview
from frontend.panels.combine_editor import EditorId, button_id, operator_id
from frontend.panels.combine_form import FIELDS, FormId, language_options
from frontend.panels.combine_handlers import Chosen, choice_of, with_line, with_pieces
from frontend.panels.combine_overlap import FILTERS, OverlapId
from frontend.panels.combine_preview import PreviewId
from frontend.shell import ShellId, page_header, problem_alert
from frontend.stored_regions import options, stored_regions
from frontend.study import columns, drawn_with, no_model, register_submit, to_remember, wanted_model

PATH = "/combine"
TITLE = "Combine"
ICON = "combine"
LEAD = "Regions are sets: take one language's without all others', keep what they share, see how much they overlap."
PREFIX = "combine"
BUTTONS = (FormId.ADD, FormId.ADD_STORED, FormId.ONLY, FormId.SHARED, FormId.ANY)


def layout(query: dict[str, str], api: Client) -> Any:
    """The page: pieces on the left; the list, what it gives and the overlaps on the right."""
    model = wanted_model(query, api)
    if model is None:
        return no_model(TITLE, LEAD, api)
    corpora = api.corpora()
    usual = started_from(begun_with(query, api), first_choice(model, query, corpora, api), api)
    choice = CombineChoice.of_query(query, usual)
    everywhere = stored_regions(api)
    here = [row for row in everywhere if row.model == model]
    shown = combine_overlap_handlers.drawn(choice.overlap, choice.pair, api)
    content = [
        html.Div(id=FormId.PROBLEM),
        combine_editor.editor(choice.list(), choice.parts, choice.title),
        html.Div(preview(choice, api), id=PreviewId.PREVIEW),
        follow.slot(PREFIX, followed(query.get("result"), api)),
        combine_overlap.section(everywhere, options(everywhere, with_model=True), choice.overlap, choice.pair, shown),
    ]
    form = combine_form.form(choice, corpora, options(here), drawn_with(choice.state(), query))
    return html.Div(
        [
            page_header(TITLE, LEAD),
            columns(form, content),
        ]
    )


def followed(key: str | None, api: Client) -> str | None:
    """The job of the address, while it has not ended."""
    try:
        return key if key and not api.job(key).state.ended else None
    except KnownError:
        return None


def preview(choice: CombineChoice, api: Client) -> Any:
    """What the list would give; nothing while it is empty."""
    try:
        request = choice.request()
        return combine_preview.preview(api.preview(request.expression), choice) if request else None
    except KnownError as error:
        return problem_alert(error.problem)


def submit(choice: CombineChoice, api: Client) -> tuple[Any, Any, Any]:
    """Compute the pieces that are missing and the region: what to follow, a problem, what the address keeps."""
    try:
        request = choice.request()
        if request is None:
            return no_update, no_update, no_update
        job = api.submit(request)
    except KnownError as error:
        return no_update, problem_alert(error.problem), no_update
    return {"key": job.key, "done": job.state is JobState.DONE}, None, {"model": choice.model, "result": job.key}


def register(app: Dash, api: Client) -> None:
    """Connect form, list, preview, job and overlaps."""
    follow.register(app, api, PREFIX)
    score_fields.register(app, PREFIX)
    register_share(app, FormId.SHARES, FormId.PERCENT)
    shortcuts: dict[str, Chooses] = {FormId.PAPER: paper_six, FormId.ALL: list, FormId.NONE: none}
    register_shortcuts(app, FormId.LANGUAGES, shortcuts)
    _register_pieces(app, api)
    _register_list(app)
    _register_preview(app, api)
    combine_overlap_handlers.register(app, api)
    _register_stored(app, api)
    _register_address(app)


def pieces(trigger: str, choice: CombineChoice, chosen: Chosen, api: Client) -> tuple[Any, Any, Any]:
    """The list with what a button adds, the title it gives, or a problem."""
    try:
        parts, title = with_pieces(trigger, choice, chosen, api)
    except KnownError as error:
        return no_update, no_update, problem_alert(error.problem)
    return parts, no_update if title is None else title, None


def line(text: str, target: str, trigger: Any, value: Any) -> tuple[Any, Any]:
    """The list and the group that new pieces go into, after a click in the list."""
    if not value:
        return no_update, no_update
    if trigger == EditorId.CLEAR:
        return "", ""
    if trigger == EditorId.GROUP:
        return encoded(grouped(decoded(text))), ""
    if trigger["type"] == "combine-op":
        changed = with_line(text, "join", trigger["path"], value)
        return changed if changed != text else no_update, no_update
    if trigger["do"] == "target":
        return no_update, "" if target == trigger["path"] else trigger["path"]
    return with_line(text, trigger["do"], trigger["path"]), ""


def stored_choices(model: str, api: Client) -> tuple[Any, ...]:
    """Options of every picker of stored regions: pieces, overlap, its filters."""
    everywhere = stored_regions(api)
    here = [row for row in everywhere if row.model == model]
    return options(here), options(everywhere, with_model=True), *combine_overlap.filter_options(everywhere)


def _register_pieces(app: Dash, api: Client) -> None:
    chosen = {
        "target": State(EditorId.TARGET, "data"),
        "language": State(FormId.ONLY_LANGUAGE, "value"),
        "stored": State(FormId.STORED, "value"),
        "uploaded": Input(FormId.UPLOADED, "data"),
    }

    @app.callback(
        Output(EditorId.PARTS, "data", allow_duplicate=True),
        Output(EditorId.TITLE, "value", allow_duplicate=True),
        Output(FormId.PROBLEM, "children", allow_duplicate=True),
        inputs={
            "clicks": [Input(button, "n_clicks") for button in BUTTONS],
            "chosen": chosen,
            "parts": State(EditorId.PARTS, "data"),
            "model": State(FormId.MODEL, "data"),
            "values": [State(element, "value") for element in FIELDS.values()],
        },
        prevent_initial_call=True,
    )
    def _pieces(clicks: list[Any], chosen: dict[str, Any], parts: str, model: str, values: list[Any]) -> Any:
        if not any(clicks) and not chosen["uploaded"]:
            return (no_update,) * 3
        choice = choice_of(model, values)._replace(parts=parts)
        return pieces(str(ctx.triggered_id), choice, Chosen(**chosen), api)

    @app.callback(
        Output(FormId.ONLY_LANGUAGE, "data"),
        Output(FormId.ONLY_LANGUAGE, "value"),
        Input(FormId.LANGUAGES, "value"),
        State(FormId.ONLY_LANGUAGE, "value"),
        prevent_initial_call=True,
    )
    def _languages(languages: list[str], chosen: str | None) -> Any:
        return language_options(languages), chosen if chosen in languages else next(iter(languages), None)

    app.clientside_callback(
        ClientsideFunction("combine", "upload"),
        Output(FormId.FILE_NOTE, "children"),
        Input(FormId.FILE, "n_clicks"),
        prevent_initial_call=True,
    )


def _register_list(app: Dash) -> None:
    @app.callback(
        Output(EditorId.PARTS, "data", allow_duplicate=True),
        Output(EditorId.TARGET, "data"),
        Input(button_id(ALL, ALL), "n_clicks"),
        Input(operator_id(ALL), "value"),
        Input(EditorId.GROUP, "n_clicks"),
        Input(EditorId.CLEAR, "n_clicks"),
        State(EditorId.PARTS, "data"),
        State(EditorId.TARGET, "data"),
        prevent_initial_call=True,
    )
    def _line(_clicks: Any, _operators: Any, _group: Any, _clear: Any, parts: str, target: str) -> Any:
        return line(parts, target, ctx.triggered_id, ctx.triggered[0]["value"])

    @app.callback(
        Output(EditorId.TITLE, "value", allow_duplicate=True),
        Output(FormId.PROBLEM, "children", allow_duplicate=True),
        Input(EditorId.CLEAR, "n_clicks"),
        prevent_initial_call=True,
    )
    def _anew(clicks: int | None) -> Any:
        return ("", None) if clicks else (no_update, no_update)

    @app.callback(
        Output(EditorId.ROWS, "children"),
        Input(EditorId.PARTS, "data"),
        Input(EditorId.TARGET, "data"),
        prevent_initial_call=True,
    )
    def _rows(parts: str, target: str) -> Any:
        return combine_editor.rows(decoded(parts), target)

    app.clientside_callback(
        ClientsideFunction("combine", "ask"),
        Output(EditorId.ROWS, "data-asked"),
        Input(EditorId.PARTS, "data"),
        prevent_initial_call=True,
    )


def _register_preview(app: Dash, api: Client) -> None:
    @app.callback(
        Output(PreviewId.PREVIEW, "children"),
        Input(EditorId.ASK, "data"),
        Input(follow.ended_id(PREFIX), "data"),
        State(FormId.MODEL, "data"),
        *(State(element, "value") for element in FIELDS.values()),
        running=[(Output(PreviewId.PREVIEW, "className"), "is-loading", "")],
        prevent_initial_call=True,
    )
    def _preview(parts: str, _ended: Any, model: str, *values: Any) -> Any:
        return preview(choice_of(model, values)._replace(parts=parts), api)

    register_submit(
        app,
        PreviewId.COMPUTE,
        lambda parts, title, model, *values: submit(choice_of(model, values)._replace(parts=parts, title=title), api),
        [
            State(EditorId.PARTS, "data"),
            State(EditorId.TITLE, "value"),
            State(FormId.MODEL, "data"),
            *(State(element, "value") for element in FIELDS.values()),
        ],
        followed=follow.job_id(PREFIX),
        problem=FormId.PROBLEM,
    )


def _register_stored(app: Dash, api: Client) -> None:
    """A region that was computed meanwhile can be picked at once."""

    @app.callback(
        Output(FormId.STORED, "data"),
        Output(OverlapId.REGIONS, "data"),
        *(Output(element, "data") for element in FILTERS),
        Input(ShellId.ENDED, "data"),
        State(FormId.MODEL, "data"),
        prevent_initial_call=True,
    )
    def _stored(event: Any, model: str) -> Any:
        return stored_choices(model, api) if event and event.get("state") == JobState.DONE else (no_update,) * 6


def _register_address(app: Dash) -> None:
    others = {
        "parts": Input(EditorId.PARTS, "data"),
        "title": Input(EditorId.TITLE, "value"),
        "overlap": Input(OverlapId.REGIONS, "value"),
        "pair": Input(OverlapId.SHOWN, "data"),
    }

    @app.callback(
        Output(ShellId.QUERY, "data", allow_duplicate=True),
        inputs={
            "values": [Input(element, "value") for element in FIELDS.values()],
            "others": others,
            "drawn": State(FormId.DRAWN, "data"),
            "written": State(ShellId.QUERY, "data"),
        },
        prevent_initial_call=True,
    )
    def _remember(values: list[Any], others: dict[str, Any], drawn: dict[str, Any], written: Any) -> Any:
        choice = choice_of(drawn["model"], values).changed(
            **{name: filled_text(value) for name, value in others.items()}
        )
        return to_remember(choice.state(), drawn, written)

    @app.callback(
        Output(ShellId.LOCATION, "href", allow_duplicate=True),
        Input(FIELDS["corpus"], "value"),
        State(EditorId.PARTS, "data"),
        State(EditorId.TITLE, "value"),
        State(FormId.DRAWN, "data"),
        prevent_initial_call=True,
    )
    def _corpus(corpus: str, parts: str, title: str, drawn: dict[str, Any]) -> Any:
        if corpus == drawn["corpus"]:
            return no_update
        return urls.link("combine", model=drawn["model"], corpus=corpus, parts=parts, title=title)
