"""The form of the Estimators page: which scores are checked, on which text, with how many parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.contracts.models import CorpusSummary
from frontend.choices.estimators import EstimatorsChoice
from frontend.choices.fields import BOS_HINT, BOS_LABELS
from frontend.choices.scores import ESTIMATORS
from frontend.fields import corpus_select, label, more, number, segments
from frontend.language_names import name_of
from frontend.shell import hint, icon, term


class FormId(StrEnum):
    """Ids of the form."""

    MODEL = "estimators-model"
    """Store, name of the model the form is about."""
    DRAWN = "estimators-drawn"
    """Store, the choice with which the form was drawn."""
    ESTIMATORS = "estimators-estimators"
    LANGUAGE = "estimators-language"
    CORPUS = "estimators-corpus"
    START = "estimators-start"
    STOP = "estimators-stop"
    SAMPLES = "estimators-n_samples"
    PARAMETERS = "estimators-n_parameters"
    SAMPLING = "estimators-sampling"
    SEED = "estimators-seed"
    COST = "estimators-cost"
    CHECK = "estimators-check"
    PROBLEM = "estimators-problem"


FIELDS: dict[str, str] = {name: f"estimators-{name}" for name in EstimatorsChoice._fields if name != "model"}
"""Element that holds each field of `EstimatorsChoice`."""


def form(
    choice: EstimatorsChoice, corpora: Sequence[CorpusSummary], drawn: Mapping[str, Any] | None = None
) -> html.Div:
    """One card and the place of its problem. `drawn`: how it was drawn (`study.drawn_with`)."""
    languages = next((corpus.languages for corpus in corpora if corpus.name == choice.corpus), ())
    known = dict.fromkeys((*languages, choice.language))
    language = dmc.Select(
        id=FormId.LANGUAGE,
        data=[{"value": code, "label": name_of(code)} for code in sorted(known, key=name_of)],
        value=choice.language,
        label="Language",
        searchable=True,
        allowDeselect=False,
        size="xs",
    )
    card = html.Section(
        [
            html.H2(term("Faithfulness", "The check"), className="study-heading"),
            label("Ways of scoring", "Each is scored on the same text, then held against what really happens."),
            _estimators(choice),
            language,
            number(FormId.PARAMETERS, hint("parameters zeroed, one by one", _PARAMETERS_HINT), choice.n_parameters),
            number(FormId.SAMPLES, hint("sentences the loss is measured on", _SAMPLES_HINT), choice.n_samples),
            html.Div(cost(choice), id=FormId.COST, className="study-note"),
            _more(choice, corpora),
            dmc.Button("Check them", id=FormId.CHECK, fullWidth=True, leftSection=icon("play", 16)),
        ],
        className="atlas-card study-card",
    )
    stores = [
        dcc.Store(id=FormId.MODEL, data=choice.model),
        dcc.Store(id=FormId.DRAWN, data=dict(drawn or choice.state())),
    ]
    return html.Div([*stores, card, html.Div(id=FormId.PROBLEM)], className="study-form")


def cost(choice: EstimatorsChoice) -> str:
    """What the check computes, before it is asked."""
    n_parameters, n_samples = choice.n_parameters or 0, choice.n_samples or 0
    if not choice.estimators:
        return "Choose at least one way of scoring."
    n_measured = n_parameters * (2 if choice.sampling == "both" else 1)
    return f"{n_measured + 1:,} forward passes over {n_samples:,} sentences, besides the scores themselves."


def _estimators(choice: EstimatorsChoice) -> dmc.CheckboxGroup:
    boxes = [
        dmc.Checkbox(label=words.label, description=words.formula, value=name, size="xs")
        for name, words in ESTIMATORS.items()
    ]
    return dmc.CheckboxGroup(dmc.Stack(boxes, gap=8), id=FormId.ESTIMATORS, value=list(choice.estimators))


def _more(choice: EstimatorsChoice, corpora: Sequence[CorpusSummary]) -> Any:
    lines = [
        number(FormId.START, "scored from line", choice.start),
        number(FormId.STOP, "to line", choice.stop),
        number(FormId.SEED, "seed", choice.seed),
    ]
    ways = {"both": "both", "stratified": "by rank", "uniform": "all alike"}
    fields = [
        corpus_select(FormId.CORPUS, "Text", corpora, choice.corpus),
        dmc.SimpleGrid(lines, cols=3, spacing="xs"),
        label("How parameters are drawn", _SAMPLING_HINT),
        segments(FormId.SAMPLING, choice.sampling, ways),
        label("BOS token", BOS_HINT),
        segments(FIELDS["bos"], choice.bos, BOS_LABELS),
    ]
    return more("Text and draw", dmc.Stack(fields, gap=8))


_PARAMETERS_HINT = (
    "Each of them is set to zero, the loss is measured, and it is put back: Eq. 2 itself. Two hundred give a rank "
    "correlation to about ±0.1; a thousand to ±0.05."
)
_SAMPLES_HINT = (
    "The first lines of the scored text. More of them make the measured change sharper, and the check longer."
)
_SAMPLING_HINT = (
    "By rank: equal parts from all ranks of the first way of scoring, so that important parameters are among them. "
    "All alike: nearly all parameters hardly matter, so a uniform draw shows how the score orders the many small ones. "
    "Both: so many in each way, and a rank correlation for each."
)
