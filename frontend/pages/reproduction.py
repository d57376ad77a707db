"""Reproduction: the papers' tables beside what this model gives, claim by claim (all tables and figures of both)."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import dash_mantine_components as dmc
from dash import ALL, Dash, Input, Output, State, dcc, html, no_update

from backend.client import Client
from backend.contracts.models import CorpusSummary
from backend.contracts.problems import KnownError
from backend.contracts.reproduction import Experiment, Reproduction
from frontend import urls
from frontend.choices.reproduction import NUMBERS, ReproductionChoice
from frontend.fields import corpus_options, label
from frontend.panels import reproduction_claims, reproduction_steps, reproduction_table
from frontend.panels.reproduction_steps import StepsId, step_id
from frontend.shell import ShellId, page_header, problem_alert
from frontend.study import no_model, wanted_model

PATH = "/reproduction"
TITLE = "Reproduction"
ICON = "reproduction"
LEAD = "The papers' numbers beside ours, and which of their claims hold for this model."


class ReproductionId(StrEnum):
    """Ids of the page."""

    MODEL = "reproduction-model"
    TABLE = "reproduction-table"
    CORPUS = "reproduction-corpus"
    SAMPLES = "reproduction-samples"
    FEWER = "reproduction-fewer-samples"
    LINES = "reproduction-lines"
    TRAINING = "reproduction-training-samples"
    SENTENCES = "reproduction-sentences"
    MEMBERS = "reproduction-members"
    FORM = "reproduction-form"
    BODY = "reproduction-body"


FIELDS = (
    ReproductionId.TABLE, ReproductionId.CORPUS, ReproductionId.SAMPLES, ReproductionId.FEWER, ReproductionId.LINES,
    ReproductionId.TRAINING, ReproductionId.SENTENCES, ReproductionId.MEMBERS,
)  # fmt: skip


NUMBER_IDS = {
    "samples": ReproductionId.SAMPLES,
    "fewer_samples": ReproductionId.FEWER,
    "lines": ReproductionId.LINES,
    "training_samples": ReproductionId.TRAINING,
    "sentences": ReproductionId.SENTENCES,
}


def layout(query: dict[str, str], api: Client) -> Any:
    """The page: what to reproduce on top, verdicts, jobs and numbers below."""
    model = wanted_model(query, api)
    if model is None:
        return no_model(TITLE, LEAD, api)
    corpora = api.corpora()
    choice = ReproductionChoice.first(model, corpora, query)
    return html.Div(
        [
            page_header(TITLE, LEAD),
            dcc.Store(id=ReproductionId.MODEL, data=model),
            _form(choice, api.experiments(), corpora),
            html.Div(body(choice, api), id=ReproductionId.BODY, className="study-results"),
        ]
    )


def body(choice: ReproductionChoice, api: Client) -> Any:
    """Everything that follows from a choice, or the reason why it cannot be reproduced."""
    try:
        found = api.reproduction(choice.experiment, choice.conditions())
    except KnownError as error:
        return problem_alert(error.problem)
    return [_summary(found, choice), _numbers(found, choice)]


def _summary(found: Reproduction, choice: ReproductionChoice) -> html.Section:
    return html.Section(
        [
            html.H2(f"{found.experiment.title}: {found.experiment.question}", className="study-heading"),
            html.Ul([html.Li(line) for line in found.stand_ins], className="repro-stand-ins"),
            reproduction_steps.steps(found, choice.model),
            _elsewhere(found, choice),
            reproduction_claims.claims(found),
        ],
        className="atlas-card study-card",
    )


def _elsewhere(found: Reproduction, choice: ReproductionChoice) -> Any:
    if not found.measured_with:
        return None
    others = [choice.under(one, found.conditions) for one in found.measured_with]
    links = [html.Li(dcc.Link(words, href=urls.link("reproduction", **one.state()))) for words, one in others]
    told = "Measured already with other sizes; show it with"
    return html.Div([html.Div(told, className="study-note"), html.Ul(links)], className="repro-elsewhere")


def _numbers(found: Reproduction, choice: ReproductionChoice) -> Any:
    table = reproduction_table.comparison(found.comparison, choice.model)
    texts = dcc.Markdown(found.texts, className="repro-texts") if found.texts else None
    notes = [f"{one.what}: {one.why}" for one in found.inferred]
    aside = [
        _aside("Inferred, since the paper's text at hand does not say it", notes),
        _aside("Oddities of the printed numbers", list(found.notes)),
    ]
    if table is None and texts is None:
        return None
    is_published = any(group.origin == "published" for group in found.comparison.groups)
    name = ("Published and measured" if is_published else "Measured") if table else "Texts"
    heading = html.H2(name, className="study-heading")
    return html.Section([heading, table, texts, *aside], className="atlas-card study-card")


def _aside(title: str, lines: list[str]) -> Any:
    if not lines:
        return None
    return html.Div(
        [html.Div(title, className="study-label"), html.Ul([html.Li(line) for line in lines])], className="repro-aside"
    )


def _form(choice: ReproductionChoice, experiments: tuple[Experiment, ...], corpora: tuple[CorpusSummary, ...]) -> Any:
    tables = [
        {"group": f"Paper {paper}", "items": [
            {"value": one.name, "label": f"{one.title}: {one.question}"} for one in experiments if one.paper == paper
        ]}
        for paper in dict.fromkeys(one.paper for one in experiments)
    ]  # fmt: skip
    texts = corpus_options(corpora)
    return html.Div(
        [
            _field("Table or figure", "Of both papers, in the order in which they are best computed.",
                   dmc.Select(id=ReproductionId.TABLE, data=tables, value=choice.experiment, allowDeselect=False,
                              searchable=True, size="sm", **{"aria-label": "Table or figure"}), "is-wide"),
            _field("Corpus", "Text that stands in for the paper's, which is not published.",
                   dmc.Select(id=ReproductionId.CORPUS, data=texts, value=choice.corpus, allowDeselect=False,
                              size="sm", **{"aria-label": "Corpus"}), "is-corpus"),
            _number("samples", "Scored", "Lines scored per language; stands in for 100K.", choice),
            _number("fewer_samples", "Of these", "The first so many; stands in for 10K.", choice),
            _number("sentences", "Read", "Parallel sentences per language; for 100 Bible verses.", choice),
            _number("lines", "Measured", "Held-out lines measured per language.", choice),
            _number("training_samples", "Trained", "Samples of a training run.", choice),
            _field("Models", "Opened models to compare, with the step of each: NAME=STEP,NAME=STEP.",
                   dmc.TextInput(id=ReproductionId.MEMBERS, value=choice.members, debounce=600, size="sm",
                                 placeholder="NAME=STEP,NAME=STEP", **{"aria-label": "Models"}), "is-members"),
        ],
        id=ReproductionId.FORM,
        className=form_class(experiments, choice.experiment),
    )  # fmt: skip


def form_class(experiments: Sequence[Experiment], name: str) -> str:
    """Shows the fields that make a difference to one table; all of them for one that is unknown."""
    options = next((one.options for one in experiments if one.name == name), tuple(NUMBER_IDS))
    return " ".join(["atlas-card repro-form", *(f"shows-{option}" for option in options)])


def _field(name: str, explanation: str, control: Any, extra: str = "") -> html.Div:
    return html.Div([label(name, explanation), control], className=f"repro-field {extra}".strip())


def _number(option: str, name: str, explanation: str, choice: ReproductionChoice) -> html.Div:
    control = dmc.NumberInput(
        id=NUMBER_IDS[option], value=getattr(choice, option) or "",
        placeholder="auto", min=1, allowDecimal=False, size="sm", debounce=600,
        **{"aria-label": f"{name}: {explanation}"},
    )  # fmt: skip
    return _field(name, explanation, control, f"is-{option}")


def choice_of(model: str, *values: Any) -> ReproductionChoice:
    """The choice that the fields show, in the order of `FIELDS`; an emptied number is left to the corpus."""
    experiment, corpus, *numbers, members = values
    read = {name: int(value) if value else None for name, value in zip(NUMBERS, numbers, strict=True)}
    return ReproductionChoice(model, experiment, corpus, **read, members=members or "")


def chosen(choice: ReproductionChoice, api: Client) -> tuple[Any, dict[str, object], Any]:
    """What follows from a choice: the page below, the address, the fields that matter."""
    try:
        shown: Any = form_class(api.experiments(), choice.experiment)
    except KnownError:
        shown = no_update
    return body(choice, api), choice.state(), shown


def submit(choice: ReproductionChoice, api: Client) -> tuple[Any, Any]:
    """Ask for every job that is missing; the page again, and the problem of the first that is refused."""
    refused = None
    try:
        for step in reproduction_steps.missing(api.reproduction(choice.experiment, choice.conditions())):
            try:
                api.submit(step.request, "batch")
            except KnownError as error:
                refused = refused or problem_alert(error.problem)
    except KnownError as error:
        return no_update, problem_alert(error.problem)
    return body(choice, api), refused if refused is not None else no_update


def news(
    change: dict[str, Any] | None, steps: Sequence[dict[str, Any]], choice: ReproductionChoice, api: Client
) -> Any:
    """The page again when a job of its own (ids of `steps`) changed its state or is under way: news may be skipped."""
    own = change and any(step["under_way"] or step["key"] == change.get("key") for step in steps)
    return body(choice, api) if own else no_update


def register(app: Dash, api: Client) -> None:
    """Connect the fields, the button and the news of jobs."""
    model = State(ReproductionId.MODEL, "data")

    @app.callback(
        Output(ReproductionId.BODY, "children"),
        Output(ShellId.QUERY, "data", allow_duplicate=True),
        Output(ReproductionId.FORM, "className"),
        *(Input(field, "value") for field in FIELDS),
        model,
        prevent_initial_call=True,
    )
    def _choose(*values: Any) -> Any:
        choice = choice_of(values[-1], *values[:-1])
        return chosen(choice, api)

    @app.callback(
        Output(ReproductionId.BODY, "children", allow_duplicate=True),
        Output(StepsId.PROBLEM, "children", allow_duplicate=True),
        Input(StepsId.RUN, "n_clicks"),
        *(State(field, "value") for field in FIELDS),
        model,
        running=[(Output(StepsId.RUN, "loading"), True, False)],
        prevent_initial_call=True,
    )
    def _submit(clicks: int | None, *values: Any) -> Any:
        return submit(choice_of(values[-1], *values[:-1]), api) if clicks else (no_update, no_update)

    @app.callback(
        Output(ReproductionId.BODY, "children", allow_duplicate=True),
        Input(ShellId.CHANGED, "data"),
        State(step_id(ALL, ALL), "id"),
        *(State(field, "value") for field in FIELDS),
        model,
        prevent_initial_call=True,
    )
    def _news(change: Any, steps: list[dict[str, Any]], *values: Any) -> Any:
        return news(change, steps, choice_of(values[-1], *values[:-1]), api)
