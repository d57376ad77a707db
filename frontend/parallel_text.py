"""The part of a form that asks about parallel text: which languages, which sentences, with BOS or without.

Its fields are the components `PREFIX-NAME`; the prefix is the name of the page too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, no_update

from backend.contracts.models import CorpusSummary
from frontend import urls
from frontend.choices.fields import BOS_LABELS
from frontend.choices.languages import LanguagesChoice
from frontend.choices.neurons import NeuronsChoice
from frontend.fields import corpus_select, filled, label
from frontend.form_parts import field_id, number, segments
from frontend.language_chips import Chooses, language_chips, none, register_shortcuts, shortcut, ten
from frontend.shell import ShellId

_SHORTCUTS: dict[str, Chooses] = {"ten": ten, "all": list, "none": none}


def text_fields(prefix: str) -> dict[str, tuple[str, str]]:
    """Element and property that hold each field of a choice."""
    return {name: (field_id(prefix, name), "value") for name in ("languages", "corpus", "start", "stop", "bos")}


def text_part(
    prefix: str, choice: LanguagesChoice | NeuronsChoice, corpora: Sequence[CorpusSummary], explanation: str
) -> list[Any]:
    """Languages with their shortcuts, corpus and lines; `explanation` says what the languages are for."""
    languages = next((corpus.languages for corpus in corpora if corpus.name == choice.corpus), ())
    shortcuts = [shortcut(_shortcut_id(prefix, name), name) for name in _SHORTCUTS]
    lines = [number(prefix, "start", "from line", choice.start), number(prefix, "stop", "to line", choice.stop)]
    return [
        label("Languages", explanation, shortcuts),
        language_chips(field_id(prefix, "languages"), languages, choice.languages),
        corpus_select(field_id(prefix, "corpus"), "Corpus", corpora, choice.corpus),
        dmc.SimpleGrid(lines, cols=2, spacing="xs"),
    ]


def bos_part(prefix: str, bos: str, explanation: str) -> list[Any]:
    """Whether the BOS token counts as one of the tokens of a sentence."""
    return [label("BOS token", explanation), segments(prefix, "bos", bos, BOS_LABELS)]


def fields_of(names: Iterable[str], values: Sequence[Any]) -> dict[str, Any]:
    """What the browser holds as what a choice does; an emptied number is None."""
    fields = dict(zip(names, map(filled, values), strict=True))
    return {**fields, "languages": fields["languages"] or ()}


def register(app: Dash, prefix: str) -> None:
    """Connect the shortcuts; another corpus is another page, `PREFIX-drawn` says with which this one was drawn."""
    chips = field_id(prefix, "languages")
    register_shortcuts(app, chips, {_shortcut_id(prefix, name): chooses for name, chooses in _SHORTCUTS.items()})

    @app.callback(
        Output(ShellId.LOCATION, "href", allow_duplicate=True),
        Input(field_id(prefix, "corpus"), "value"),
        State(field_id(prefix, "drawn"), "data"),
        prevent_initial_call=True,
    )
    def _corpus(corpus: str, drawn: dict[str, Any]) -> Any:
        return no_update if corpus == drawn["corpus"] else urls.link(prefix, model=drawn["model"], corpus=corpus)


def _shortcut_id(prefix: str, name: str) -> str:
    return f"{field_id(prefix, 'languages')}-{name}"
