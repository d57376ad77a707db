"""The same perturbation of every model: one form, texts and perplexities side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.client import Client
from backend.contracts.problems import KnownError
from backend.contracts.requests import PerturbationRequest, Request
from backend.contracts.results import Continuation, PerturbationSummary, ResultRow
from backend.contracts.vocabulary import EditAction, Side
from frontend import theme
from frontend.choices.compare import CompareChoice, asked_of, counterpart, letter
from frontend.choices.problems import checked
from frontend.choices.touch import edit_words
from frontend.form_parts import number
from frontend.language_names import name_of
from frontend.panels.compare_ask import ask
from frontend.results.compare import Compared
from frontend.shell import icon, problem_alert
from frontend.views.compare_asked import touched

FIELDS = ("text", "language", "side", "index", "action", "factor", "length")
BUTTON = "compare-touch-button"
MODELS = "compare-touch-view"
PROBLEM = "compare-touch-problem"
_USUAL: dict[str, Any] = {
    "text": "Fudan University is located in", "language": "en", "side": Side.RESIDUAL.value, "index": 0,
    "action": EditAction.ZERO.value, "factor": 4.0, "length": 24,
}  # fmt: skip
_ACTIONS = {"zero": "Zero", "scale": "Multiply", "random": "Randomise", "reset": "Reset"}
_SIDES = {"residual": "residual dimension", "head": "head channel", "neuron": "neuron"}


def field(name: str) -> str:
    """Id of one field of the form."""
    return f"compare-touch-{name}"


def panel(view: Compared, api: Client) -> html.Div:
    """The form, the jobs under way, and what was written."""
    asked, problem = touched(view, api)
    rows: list[ResultRow | None] = []
    missing: list[Request] = []
    if asked:
        rows = [counterpart(asked, model, view.answered) for model in view.choice.models]
        missing = [asked_of(asked, model) for model, row in zip(view.choice.models, rows, strict=True) if row is None]
    sentence = html.Span("Not every model has been touched this way yet.", className="study-note")
    return html.Div(
        [
            _form(view, asked, api),
            html.Div(problem_alert(problem.problem) if problem else None, id=PROBLEM),
            ask("Touch the others too", missing, api, sentence=sentence),
            _results(view, rows, api) if any(rows) else _nothing(bool(asked)),
        ],
        className="compare-main",
    )


def submit(values: Mapping[str, Any], search: Mapping[str, str], api: Client) -> tuple[str | None, Any]:
    """Ask every model; gives the address of the view, or a problem. The result of A names the question."""
    choice = CompareChoice.of_query(search)
    try:
        keys = [api.submit(request(values, model)).key for model in choice.models]
    except KnownError as error:
        return None, problem_alert(error.problem)
    return choice.link(section="touch", touched=keys[0]), None


def request(values: Mapping[str, Any], model: str) -> PerturbationRequest:
    """What the form asks of one model; raises `KnownError` naming the bad field."""
    edit: dict[str, Any] = {
        "where": {"target": "dimension", "side": values["side"], "index": values["index"]},
        "action": values["action"],
    }
    if values["action"] == EditAction.SCALE:
        edit["factor"] = values["factor"]
    prompt = {"language": values["language"], "text": values["text"]}
    settings = {"max_new_tokens": values["length"]}
    asked = {"model": model, "edits": [edit], "prompts": [prompt], "settings": settings}
    return checked(lambda: PerturbationRequest.model_validate(asked))


def _values(asked: PerturbationRequest | None) -> dict[str, Any]:
    """The form that asks this; what the form cannot say stands at its usual value."""
    values = dict(_USUAL)
    if asked is None:
        return values
    edit, where = asked.edits[0], asked.edits[0].where
    if where.target == "dimension":
        values |= {"side": where.side.value, "index": where.index}
    if edit.action.value in _ACTIONS:
        values["action"] = edit.action.value
    if edit.factor is not None:
        values["factor"] = edit.factor
    if asked.prompts:
        values |= {"text": asked.prompts[0].text, "language": asked.prompts[0].language}
    return values | {"length": asked.settings.max_new_tokens}


def _form(view: Compared, asked: PerturbationRequest | None, api: Client) -> html.Section:
    values = _values(asked)
    codes = sorted({code for corpus in api.corpora() for code in corpus.languages} | {values["language"]}, key=name_of)
    languages = [{"value": code, "label": name_of(code)} for code in codes]
    text = dmc.Textarea(
        id=field("text"), label="Prompt", value=values["text"], autosize=True, minRows=1, maxRows=4, size="xs",
    )  # fmt: skip
    rest = [
        _select("language", "in", values, languages),
        _select("action", "do", values, [{"value": key, "label": word} for key, word in _ACTIONS.items()]),
        _select("side", "to", values, [{"value": key, "label": word} for key, word in _SIDES.items()]),
        number("compare-touch", "index", "number", values["index"], min=0),
        number("compare-touch", "factor", "factor (multiply)", values["factor"], allowDecimal=True),
        number("compare-touch", "length", "tokens", values["length"], min=1),
    ]
    button = dmc.Button("Touch all models", id=BUTTON, leftSection=icon("touch", 15), size="sm")
    told = html.Div(
        "Everywhere the dimension occurs, in every model; the weights are put back.", className="study-note"
    )
    return html.Section(
        [
            text,
            html.Div(rest, className="compare-touch-fields"),
            html.Div([told, button], className="compare-fields compare-spread"),
            dcc.Store(id=MODELS, data=_query(view.choice)),
        ],
        className="atlas-card study-card",
    )


def _query(choice: CompareChoice) -> dict[str, str]:
    found = {"models": ",".join(choice.models)}
    return found | ({"family": choice.family} if choice.family else {})


def _select(name: str, label: str, values: Mapping[str, Any], data: Sequence[Any]) -> dmc.Select:
    return dmc.Select(id=field(name), label=label, data=list(data), value=values[name], allowDeselect=False, size="xs")


def _nothing(is_asked: bool) -> html.Div:
    told = "The texts appear here, one column per model." if is_asked else "Choose a dimension and touch all models."
    return html.Div([html.Div("No text yet", className="empty-what"), html.Div(told, className="empty-next")],
                    className="empty")  # fmt: skip


def _results(view: Compared, rows: Sequence[ResultRow | None], api: Client) -> html.Section:
    summaries = [_summary(row, api) for row in rows]
    row = next(row for row in rows if row is not None)
    assert isinstance(row.request, PerturbationRequest)
    columns = [
        _column(f"{letter(place)} · {name}", summary)
        for place, (name, summary) in enumerate(zip(view.choice.models, summaries, strict=True))
    ]
    edits = ", ".join(edit_words(edit) for edit in row.request.edits)
    return html.Section(
        [html.H2(edits, className="study-heading"), html.Div(columns, className="compare-texts")],
        className="atlas-card study-card",
    )


def _summary(row: ResultRow | None, api: Client) -> PerturbationSummary | None:
    found = api.manifest(row.key).summary if row else None
    return found if isinstance(found, PerturbationSummary) else None


def _column(title: str, summary: PerturbationSummary | None) -> html.Div:
    if summary is None:
        return html.Div([html.H3(title, className="map-heading"), html.Div("not touched yet", className="study-note")])
    texts = [
        html.Div([_text("unchanged", base), _text("touched", changed)], className="compare-text-pair")
        for base, changed in zip(summary.base, summary.perturbed, strict=True)
    ]
    measured = [
        html.Div(f"perplexity {name_of(base.language)} {_number(base.perplexity)} → {_number(changed.perplexity)}")
        for base, changed in zip(summary.perplexity_base, summary.perplexity_perturbed, strict=True)
    ]
    return html.Div([html.H3(title, className="map-heading"), *texts, html.Div(measured, className="study-note")])


def _text(label: str, one: Continuation) -> html.Div:
    broken = "the model gives no next token any more" if one.finish == "not_finite" else one.text
    words = [html.Span(one.prompt, className="compare-prompt"), html.Span(broken)]
    return html.Div(
        [
            html.Div(label, className="study-note"),
            html.Div(words, className="compare-text", dir=theme.text_direction(one.language), lang=one.language),
        ]
    )


def _number(value: float | None) -> str:
    return "∞" if value is None else f"{value:,.2f}"
