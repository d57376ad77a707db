"""The form of the Languages page: which languages, which sentences."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import dash_mantine_components as dmc
from dash import dcc, html

from backend.contracts.models import CorpusSummary
from frontend.choices.languages import LanguagesChoice
from frontend.parallel_text import bos_part, text_fields, text_part
from frontend.shell import icon, term

PREFIX = "languages"


class FormId(StrEnum):
    """Ids of the form."""

    MODEL = "languages-model"
    """Store, name of the model the form is about."""
    DRAWN = "languages-drawn"
    """Store, the choice with which the form was drawn."""
    SIZE = "languages-size"
    COMPARE = "languages-compare"
    PROBLEM = "languages-problem"


FIELDS = text_fields(PREFIX)
"""Element and property that hold each field of `LanguagesChoice`."""


def form(choice: LanguagesChoice, corpora: Sequence[CorpusSummary]) -> html.Div:
    """One card and the place of its problem."""
    card = html.Section(
        [
            html.H2(term("Activation vector", "What is compared"), className="study-heading"),
            *text_part(PREFIX, choice, corpora, "The same sentences in each of them; at least two."),
            html.Div(size_note(choice), id=FormId.SIZE, className="study-note"),
            *bos_part(PREFIX, choice.bos, _BOS_HINT),
            dmc.Button("Compare", id=FormId.COMPARE, fullWidth=True, leftSection=icon("play", 16)),
        ],
        className="atlas-card study-card",
    )
    stores = [dcc.Store(id=FormId.MODEL, data=choice.model), dcc.Store(id=FormId.DRAWN, data=choice.state())]
    return html.Div([*stores, card, html.Div(id=FormId.PROBLEM)], className="study-form")


def size_note(choice: LanguagesChoice) -> str:
    """How many sentences and pairs this makes, before it is asked."""
    n_lines = (choice.stop or 0) - (choice.start or 0)
    n_languages = len(choice.languages)
    if n_languages < 2 or n_lines < 1:
        return "Choose two languages or more, and at least one line."
    total = n_languages * n_lines
    return f"{n_languages} languages × {n_lines} sentences: a map of {total:,} by {total:,}."


_BOS_HINT = (
    "The paper averages over the tokens of the sentence alone. BOS is the same in every language and pulls all "
    "sentences together."
)
