"""The form of the Neurons page: which languages, which sentences, how far from the others a neuron must be."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.contracts.models import CorpusSummary
from backend.contracts.neurons import MIN_Z_LANGUAGES
from frontend.choices.neurons import NeuronsChoice
from frontend.fields import number
from frontend.parallel_text import bos_part, text_fields, text_part
from frontend.shell import hint, icon, term

PREFIX = "neurons"


class FormId(StrEnum):
    """Ids of the form."""

    MODEL = "neurons-model"
    """Store, name of the model the form is about."""
    DRAWN = "neurons-drawn"
    """Store, the choice with which the form was drawn."""
    NOTE = "neurons-note"
    THRESHOLD = "neurons-threshold"
    PERMUTATIONS = "neurons-permutations"
    SEPARATION = "neurons-separation"
    FIND = "neurons-find"
    PROBLEM = "neurons-problem"


FIELDS = {
    **text_fields(PREFIX),
    "threshold": (FormId.THRESHOLD, "value"),
    "permutations": (FormId.PERMUTATIONS, "value"),
    "separation": (FormId.SEPARATION, "value"),
}
"""Element and property that hold each field of `NeuronsChoice`."""


def form(choice: NeuronsChoice, corpora: Sequence[CorpusSummary]) -> html.Div:
    """One card and the place of its problem."""
    threshold = dmc.NumberInput(
        id=FormId.THRESHOLD, label=hint("z above", Z_HINT), value=choice.threshold, step=0.1,
        decimalScale=3, clampBehavior="none", size="xs", debounce=150,
    )  # fmt: skip
    shuffles = number(FormId.PERMUTATIONS, hint("shuffles", NULL_HINT), choice.permutations)
    separation = dmc.NumberInput(
        id=FormId.SEPARATION, label=hint("split from", SPLIT_HINT), value=choice.separation, step=0.05,
        decimalScale=3, clampBehavior="none", size="xs", debounce=150,
    )  # fmt: skip
    card = html.Section(
        [
            html.H2(term("Key neuron", "Which neurons belong to a language"), className="study-heading"),
            *text_part(PREFIX, choice, corpora, _LANGUAGES_HINT),
            dmc.SimpleGrid([threshold, shuffles, separation], cols=3, spacing="xs"),
            *bos_part(PREFIX, choice.bos, _BOS_HINT),
            html.Div(note(choice), id=FormId.NOTE, className="study-note", role="status"),
            dmc.Button("Find key neurons", id=FormId.FIND, fullWidth=True, leftSection=icon("play", 16)),
        ],
        className="atlas-card study-card",
    )
    stores = [dcc.Store(id=FormId.MODEL, data=choice.model), dcc.Store(id=FormId.DRAWN, data=choice.state())]
    return html.Div([*stores, card, html.Div(id=FormId.PROBLEM)], className="study-form")


def note(choice: NeuronsChoice) -> Any:
    """How large z can get with these languages; why nothing can be found, as soon as that is known."""
    refusal = choice.refusal()
    if refusal is None:
        return (
            f"With {len(choice.languages)} languages z can reach {choice.most_z:.2f}. "
            f"{(choice.stop or 0) - (choice.start or 0)} sentences in each are read."
            if choice.stop
            else f"With {len(choice.languages)} languages z can reach {choice.most_z:.2f}."
        )
    why = None
    if 2 <= len(choice.languages) < MIN_Z_LANGUAGES:
        why = html.Div(
            f"z cannot exceed √(L − 1) with L languages: {MIN_Z_LANGUAGES} or more are needed for the paper's "
            "threshold of 2."
        )
    return html.Div([html.Div(refusal), why], className="neurons-refusal")


_LANGUAGES_HINT = (
    "The same sentences in each of them. A key neuron of a language is one that differs from what it is in the others, "
    "so six languages or more are needed."
)
Z_HINT = (
    "A neuron k adds c(k) = Σ aᵢ(k)·aⱼ(k), over the pairs i < j of a language's sentences, to that language's "
    "similarity with itself (paper B, Eq. 10 to 12). z = (c − mean) / standard deviation over the languages (Eq. 13). "
    "Key: z above this number (Eq. 14); the paper takes 2. With L languages z cannot exceed √(L − 1)."
)
NULL_HINT = (
    "How often each sentence's translations are shuffled among the languages, and the key neurons counted again: what "
    "chance alone gives, and p, the part of the shuffles that give as many or more. On pure noise about 1.7 % of the "
    "neurons pass z > 2 in each of 9 languages. It says nothing of neurons that several languages share: of L "
    "languages, m alike and high have z = √((L − m) / m), which for two of nine is 1.87."
)
SPLIT_HINT = (
    "Which languages share a neuron: those above the best division of its contributions into a high and a low class. A "
    "neuron counts where this part of the variance over languages lies between the two classes; 1 is two values alone. "
    "For one language it is z² / (L − 1)."
)
_BOS_HINT = "The paper averages over the tokens of the sentence alone; BOS is the same in every language."
