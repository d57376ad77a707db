"""The form of the Languages page: which languages, which sentences."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.contracts.models import CorpusSummary
from frontend.choices.languages import LanguagesChoice
from frontend.language_chips import language_chips, shortcut
from frontend.shell import hint, icon


class FormId(StrEnum):
    """Ids of the form."""

    MODEL = "languages-model"
    """Store, name of the model the form is about."""
    DRAWN = "languages-drawn"
    """Store, the choice with which the form was drawn."""
    LANGUAGES = "languages-languages"
    TEN = "languages-languages-ten"
    ALL = "languages-languages-all"
    NONE = "languages-languages-none"
    SIZE = "languages-size"
    CORPUS = "languages-corpus"
    START = "languages-start"
    STOP = "languages-stop"
    BOS = "languages-bos"
    COMPARE = "languages-compare"
    PROBLEM = "languages-problem"


FIELDS = {
    "languages": (FormId.LANGUAGES, "value"),
    "corpus": (FormId.CORPUS, "value"),
    "start": (FormId.START, "value"),
    "stop": (FormId.STOP, "value"),
    "bos": (FormId.BOS, "checked"),
}
"""Element and property that hold each field of `LanguagesChoice`."""


def form(choice: LanguagesChoice, corpora: Sequence[CorpusSummary]) -> html.Div:
    """One card and the place of its problem."""
    languages = next((corpus.languages for corpus in corpora if corpus.name == choice.corpus), ())
    names = [{"value": corpus.name, "label": corpus.name, "disabled": bool(corpus.problem)} for corpus in corpora]
    shortcuts = [shortcut(FormId.TEN, "ten"), shortcut(FormId.ALL, "all"), shortcut(FormId.NONE, "none")]
    card = html.Section(
        [
            html.H2("What is compared", className="study-heading"),
            _label("Languages", "The same sentences in each of them; at least two.", shortcuts),
            language_chips(FormId.LANGUAGES, languages, choice.languages),
            dmc.Select(
                id=FormId.CORPUS, data=names, value=choice.corpus, label="Corpus", size="xs", allowDeselect=False
            ),
            dmc.SimpleGrid(
                [_number(FormId.START, "from line", choice.start), _number(FormId.STOP, "to line", choice.stop)],
                cols=2,
                spacing="xs",
            ),
            html.Div(size_note(choice), id=FormId.SIZE, className="study-note"),
            dmc.Switch(
                id=FormId.BOS,
                checked=choice.bos,
                label=hint("with the BOS token", _BOS_HINT),
                size="xs",
            ),
            dmc.Button("Compare", id=FormId.COMPARE, fullWidth=True, leftSection=icon("play", 16)),
        ],
        className="atlas-card study-card",
    )
    return html.Div(
        [
            dcc.Store(id=FormId.MODEL, data=choice.model),
            dcc.Store(id=FormId.DRAWN, data=choice.state()),
            card,
            html.Div(id=FormId.PROBLEM),
        ],
        className="study-form",
    )


def size_note(choice: LanguagesChoice) -> str:
    """How many sentences and pairs this makes, before it is asked."""
    n_lines = (choice.stop or 0) - (choice.start or 0)
    n_languages = len(choice.languages)
    if n_languages < 2 or n_lines < 1:
        return "Choose two languages or more, and at least one line."
    total = n_languages * n_lines
    return f"{n_languages} languages × {n_lines} sentences: a map of {total:,} by {total:,}."


def _label(text: str, explanation: str, right: Sequence[Any]) -> dmc.Group:
    return dmc.Group(
        [html.Div(hint(text, explanation), className="study-label"), dmc.Group(list(right), gap=0)],
        justify="space-between",
        gap=4,
        className="study-label-row",
    )


def _number(number_id: str, label: str, value: int | None) -> dmc.NumberInput:
    return dmc.NumberInput(
        id=number_id, label=label, value=value, allowDecimal=False, clampBehavior="none", size="xs", debounce=True
    )


_BOS_HINT = (
    "The paper averages over the tokens of the sentence alone. BOS is the same in every language and pulls all "
    "sentences together."
)
