"""The form of the Languages page: which languages, which sentences."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import dash_mantine_components as dmc
from dash import dcc, html

from backend.contracts.models import CorpusSummary
from frontend.choices.languages import LanguagesChoice
from frontend.fields import corpus_select, label, number
from frontend.language_chips import language_chips, shortcut
from frontend.shell import hint, icon, term


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
    shortcuts = [shortcut(FormId.TEN, "ten"), shortcut(FormId.ALL, "all"), shortcut(FormId.NONE, "none")]
    card = html.Section(
        [
            html.H2(term("Activation vector", "What is compared"), className="study-heading"),
            label("Languages", "The same sentences in each of them; at least two.", shortcuts),
            language_chips(FormId.LANGUAGES, languages, choice.languages),
            corpus_select(FormId.CORPUS, "Corpus", corpora, choice.corpus),
            dmc.SimpleGrid(
                [number(FormId.START, "from line", choice.start), number(FormId.STOP, "to line", choice.stop)],
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


_BOS_HINT = (
    "The paper averages over the tokens of the sentence alone. BOS is the same in every language and pulls all "
    "sentences together."
)
