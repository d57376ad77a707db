"""The same change of every model: one form, texts and perplexities side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.client import Client
from backend.contracts.formulas import region_label
from backend.contracts.models import ModelDescription
from backend.contracts.problems import KnownError
from backend.contracts.regions import RegionQuestion
from backend.contracts.requests import PerturbationRequest, Request
from backend.contracts.vocabulary import REGION_KINDS, Sampling
from frontend.choices.compare import CompareChoice, asked_of
from frontend.choices.compare_touch import REGION, TouchAll, missing_in
from frontend.choices.touch import DIMENSION, SCALAR, edit_words
from frontend.figures.compare import all_matrices
from frontend.form_parts import number
from frontend.language_names import name_of
from frontend.panels.compare_ask import ask
from frontend.panels.compare_touched import texts_and_numbers
from frontend.results.compare import Compared
from frontend.results.compare_touch import Asked, answers, asked
from frontend.shell import hint, icon, problem_alert, term
from frontend.stored_regions import as_region, options

FIELDS = TouchAll._fields
BUTTON = "compare-touch-button"
MODELS = "compare-touch-view"
PROBLEM = "compare-touch-problem"
FORM = "compare-touch-form"
_ACTIONS = {"zero": "Zero", "scale": "Multiply", "set": "Set to", "random": "Randomise", "reset": "Reset"}
_SIDES = {"residual": "residual dimension", "head": "head channel", "neuron": "neuron"}
_TARGETS = {DIMENSION: "a dimension", SCALAR: "one parameter", REGION: "a stored region"}


def field(name: str) -> str:
    """Id of one field of the form."""
    return f"compare-touch-{name}"


def panel(view: Compared, api: Client) -> html.Div:
    """The form, the jobs under way, and what was written."""
    question, problem = asked(view, api)
    found, missing = answers(view, question, api) if question else ([], [])
    told = any(one.base or one.reason for one in found)
    sentence = html.Span("Not every model has been touched this way yet.", className="study-note")
    return html.Div(
        [
            _form(view, question, api),
            html.Div(problem_alert(problem.problem) if problem else None, id=PROBLEM),
            ask("Touch the others too", missing, view, sentence=sentence),
            texts_and_numbers(found, words(question)) if question and told else _nothing(question),
        ],
        className="compare-main",
    )


def words(question: Asked) -> str:
    """What is done to every model."""
    if isinstance(question.texts, PerturbationRequest):
        return ", ".join(edit_words(edit) for edit in question.texts.edits)
    return f"Without {region_label(question.region)}" if question.region else "Changed"


def submit(values: Mapping[str, Any], search: Mapping[str, str], api: Client) -> tuple[str | None, Any]:
    """Ask every model in which the change is defined; gives the address of the view, or a problem."""
    choice = CompareChoice.of_query(search)
    given: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    form = TouchAll(**{name: given[name] for name in FIELDS if name in given})
    try:
        keys = [[api.submit(one).key for one in requests] for requests in _requests(form, choice, api)]
    except KnownError as error:
        return None, problem_alert(error.problem)
    touched, question = (*keys[0], None)[:2]
    return choice.link(section="touch", touched=touched, question=question, cell=None, dimension=None), None


def _requests(form: TouchAll, choice: CompareChoice, api: Client) -> list[list[Request]]:
    """The questions of every model that has such a place; a problem where none has."""
    region = as_region(api.manifest(form.region).request) if form.target == REGION and form.region else None
    found, reasons = [], []
    for name in choice.models:
        model = api.model(name)
        try:
            requests = form.requests(model, _own(region, model))
        except KnownError as error:
            if error.problem.code != "no_such_side" or name == choice.models[0]:
                raise
            reasons.append(error.problem.detail)
            continue
        reason = missing_in(requests[0], model)
        if reason and not (region is not None and name == choice.models[0]):
            reasons.append(reason)
        else:
            found.append(requests)
    if not found:
        raise KnownError(
            "nowhere", " ".join(reasons), title="No model has that place", hint="Choose another place.", field="index"
        )
    return found


def _own(region: RegionQuestion | None, model: ModelDescription) -> RegionQuestion | None:
    """The region of the same question in this model."""
    return None if region is None else as_region(asked_of(region, model.name))


def _form(view: Compared, question: Asked | None, api: Client) -> html.Section:
    first = view.models[0]
    stored = [row for row in view.of_kinds(*REGION_KINDS) if row.model == first.name]
    form = TouchAll.of_choice(view.choice, first)
    if question is not None:
        own = as_region(asked_of(question.region, first.name)) if question.region else None
        key = next((row.key for row in stored if row.request == own), None)
        form = TouchAll.of_request(question.texts, first, key)
        if question.perplexity:
            form = form._replace(evaluated=question.perplexity.evaluation.languages)
    codes = {code for corpus in api.corpora() for code in corpus.languages} | {form.language, *form.evaluated}
    languages = [{"value": code, "label": name_of(code)} for code in sorted(codes, key=name_of)]
    return html.Section(
        [
            html.Div(
                [
                    _row(*_what(form, view, stored)),
                    dmc.Textarea(
                        id=field("text"), label="Prompts, one a line", value=form.text, autosize=True, minRows=1,
                        maxRows=6, size="xs",
                    ),
                    _row(*_how(form, languages)),
                ],
                id=FORM, className=form_class(form),
            ),
            html.Div(
                [
                    html.Div("The same in every model, with the same prompts and seed; the weights are put back.",
                             className="study-note"),
                    dmc.Button("Touch all models", id=BUTTON, leftSection=icon("touch", 15), size="sm"),
                ],
                className="compare-fields compare-spread",
            ),
            dcc.Store(id=MODELS, data=_query(view.choice)),
        ],
        className="atlas-card study-card",
    )  # fmt: skip


def form_class(form: TouchAll) -> str:
    """Which fields are shown; `compare.js` writes the same when one of these changes."""
    return f"compare-touch-form is-{form.target} does-{form.action} by-{form.sampling} in-{form.spread}"


def _what(form: TouchAll, view: Compared, stored: Sequence[Any]) -> list[Any]:
    """The place and what is done there."""
    names = [{"value": one.name, "label": one.name} for one in all_matrices(view.models)]
    spread = [{"value": "everywhere", "label": "everywhere"}, {"value": "matrix", "label": "in one matrix"}]
    return [
        _select("target", "Touch", form.target, _options(_TARGETS)),
        _only("not-region", _select("action", "Do", form.action, _options(_ACTIONS))),
        _only("for-scale", number("compare-touch", "factor", "times", form.factor, allowDecimal=True)),
        _only("for-set", number("compare-touch", "value", "value", form.value, allowDecimal=True, allowNegative=True)),
        _only("for-dimension", _select("side", term("Side"), form.side, _options(_SIDES))),
        _only("for-dimension", number("compare-touch", "dimension", "Index", form.dimension, min=0)),
        _only("for-dimension", _select("spread", "Where", form.spread, spread)),
        _only("for-matrix", _select("matrix", "Matrix", form.matrix, names, searchable=True)),
        _only("for-scalar", number("compare-touch", "row", "Row", form.row, min=0)),
        _only("for-scalar", number("compare-touch", "column", "Column", form.column, min=0)),
        _only("for-region", dmc.Select(
            id=field("region"), label=hint("Region of A", _REGION), data=options(stored), value=form.region, size="xs",
            searchable=True, placeholder="a stored region" if stored else "A has none yet",
            comboboxProps={"width": 380, "position": "bottom-start"},
        )),
    ]  # fmt: skip


def _how(form: TouchAll, languages: Sequence[Any]) -> list[Any]:
    """How it is read and measured."""
    sampling = {Sampling.GREEDY.value: "greedy", Sampling.SAMPLED.value: "sampled"}
    return [
        _select("language", "Prompts are in", form.language, languages, searchable=True),
        number("compare-touch", "length", "New tokens", form.length, min=1),
        _select("sampling", hint("Decoding", _DECODING), form.sampling, _options(sampling)),
        _only("for-seed", number("compare-touch", "seed", "Seed", form.seed, min=0)),
        dmc.MultiSelect(
            id=field("evaluated"), label=term("Perplexity", "Perplexity in"), data=list(languages),
            value=list(form.evaluated), size="xs", searchable=True, placeholder="" if form.evaluated else "none",
        ),
    ]  # fmt: skip


def _row(*parts: Any) -> html.Div:
    return html.Div(list(parts), className="compare-touch-fields")


def _only(when: str, part: Any) -> html.Div:
    return html.Div(part, className=when)


def _options(words: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"value": str(key), "label": word} for key, word in words.items()]


def _query(choice: CompareChoice) -> dict[str, str]:
    found = {"models": ",".join(choice.models)}
    return found | ({"family": choice.family} if choice.family else {})


def _select(name: str, label: Any, value: str, data: Sequence[Any], **props: Any) -> dmc.Select:
    return dmc.Select(
        id=field(name), label=label, data=list(data), value=str(value), allowDeselect=False, size="xs", **props
    )


def _nothing(question: Asked | None) -> html.Div:
    told = "The texts appear here, one column per model." if question else "Choose a place and touch all models."
    return html.Div([html.Div("No text yet", className="empty-what"), html.Div(told, className="empty-next")],
                    className="empty")  # fmt: skip


_DECODING = "Greedy: always the likeliest token, the same each time. Sampled: drawn by chance, by a seed."
_REGION = (
    "The region of the same question is set to zero in every model: the same languages, share, text and scoring. "
    "Where a model has no such region yet, its scores are computed first, which may take long."
)
