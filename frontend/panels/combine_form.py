"""The pieces of a combined region: presets, regions by language and rank, stored ones, files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.contracts.models import CorpusSummary
from backend.contracts.vocabulary import Scope, Selection
from frontend import score_fields
from frontend.choices.combine import EACH, SUMMED, CombineChoice
from frontend.fields import SHARES, label, more, number, segments, share_percent, shown_share
from frontend.language_chips import language_chips, shortcut
from frontend.language_names import name_of
from frontend.shell import hint, icon

PREFIX = "combine"


class FormId(StrEnum):
    """Ids of the form; those of how it is scored are in `score_fields`."""

    MODEL = "combine-model"
    """Store, name of the model the page is about."""
    DRAWN = "combine-drawn"
    """Store, the choice with which the page was drawn."""
    LANGUAGES = "combine-languages"
    PAPER = "combine-languages-paper"
    ALL = "combine-languages-all"
    NONE = "combine-languages-none"
    ENDS = "combine-ends"
    SEED = "combine-seed"
    SHARES = "combine-shares"
    PERCENT = "combine-percent"
    SCOPE = "combine-scope"
    JOINED = "combine-joined"
    ADD = "combine-add"
    STORED = "combine-stored"
    ADD_STORED = "combine-add-stored"
    ONLY = "combine-only"
    ONLY_LANGUAGE = "combine-only-language"
    SHARED = "combine-shared"
    ANY = "combine-any"
    FILE = "combine-file"
    FILE_NOTE = "combine-file-note"
    FILE_WHICH = "combine-file-which"
    UPLOADED = "combine-uploaded"
    """Store, `{file, name}` of a file that the browser uploaded, or `{problem}`."""
    PROBLEM = "combine-problem"


FIELDS: dict[str, str] = {
    "languages": FormId.LANGUAGES,
    "ends": FormId.ENDS,
    "percent": FormId.PERCENT,
    "scope": FormId.SCOPE,
    "joined": FormId.JOINED,
    "seed": FormId.SEED,
    **score_fields.field_ids(PREFIX),
}
"""Element that holds each field of `CombineChoice` that describes pieces."""


def form(
    choice: CombineChoice,
    corpora: Sequence[CorpusSummary],
    regions: Sequence[Mapping[str, Any]],
    drawn: Mapping[str, Any] | None = None,
) -> html.Div:
    """Languages and how they are scored; presets; single pieces. `regions` are options of stored regions.

    `drawn`: what the form keeps of how it was drawn (`study.drawn_with`).
    """
    languages = next((corpus.languages for corpus in corpora if corpus.name == choice.scores.corpus), ())
    return html.Div(
        [
            dcc.Store(id=FormId.MODEL, data=choice.model),
            dcc.Store(id=FormId.DRAWN, data=dict(drawn or choice.state())),
            dcc.Store(id=FormId.UPLOADED),
            _languages_card(choice, corpora, languages),
            html.Div([_presets_card(choice), _pieces_card(choice, regions)], className="combine-cards"),
        ],
        className="study-form",
    )


def language_options(languages: Sequence[str]) -> list[dict[str, str]]:
    """The chosen languages as options of the monolingual preset."""
    return [{"value": code, "label": name_of(code)} for code in languages]


def _languages_card(choice: CombineChoice, corpora: Sequence[CorpusSummary], languages: Sequence[str]) -> html.Section:
    shortcuts = [shortcut(FormId.PAPER, "paper's six"), shortcut(FormId.ALL, "all"), shortcut(FormId.NONE, "none")]
    share = [
        segments(FormId.SHARES, shown_share(choice.percent), SHARES),
        share_percent(FormId.PERCENT, choice.percent),
    ]
    scopes = {Scope.PER_MATRIX: "in each matrix", Scope.GLOBAL: "over all matrices"}
    return html.Section(
        [
            html.H2("Made from", className="study-heading"),
            label("Languages", "A region is made for each of them; ✓: scored already.", shortcuts),
            language_chips(FormId.LANGUAGES, languages, choice.languages),
            label("Share of the parameters", "The paper's monolingual regions are made from 1 %, 3 % and 5 %."),
            dmc.Group(share, gap="xs", wrap="nowrap"),
            label("Threshold", "The same share of every matrix, as in the paper, or one threshold for all matrices."),
            segments(FormId.SCOPE, choice.scope, scopes),
            score_fields.estimator(PREFIX, choice.scores),
            score_fields.text_and_samples(PREFIX, choice.scores, corpora),
        ],
        className="atlas-card study-card",
    )


def _presets_card(choice: CombineChoice) -> html.Section:
    only = dmc.Group(
        [
            dmc.Select(
                id=FormId.ONLY_LANGUAGE,
                data=language_options(choice.languages),
                value=choice.languages[0] if choice.languages else None,
                allowDeselect=False,
                size="xs",
                flex=1,
                **{"aria-label": "Language of the monolingual region"},
            ),
            dmc.Button("Only this one", id=FormId.ONLY, size="xs", variant="light"),
        ],
        gap="xs",
        wrap="nowrap",
    )
    both = dmc.SimpleGrid(
        [
            dmc.Button("Shared by all", id=FormId.SHARED, size="xs", variant="light"),
            dmc.Button("In any of them", id=FormId.ANY, size="xs", variant="light"),
        ],
        cols=2,
        spacing="xs",
    )
    return html.Section(
        [
            html.H2("With one click", className="study-heading"),
            label("Monolingual region", _ONLY_HINT),
            only,
            label("All chosen languages", _BOTH_HINT),
            both,
        ],
        className="atlas-card study-card",
    )


def _pieces_card(choice: CombineChoice, regions: Sequence[Mapping[str, Any]]) -> html.Section:
    ends = [dmc.Chip(end.value, value=end.value, size="xs", variant="outline") for end in Selection]
    pick = dmc.ChipGroup(dmc.Group(ends, gap=4), id=FormId.ENDS, multiple=True, value=list(choice.ends))
    seed = number(FormId.SEED, hint("seed of random", "Another seed, another random region."), choice.seed)
    add = dmc.Button("Add to the list", id=FormId.ADD, fullWidth=True, leftSection=icon("plus", 16))
    return html.Section(
        [
            html.H2("By hand", className="study-heading"),
            label("Which end of the ranking", _ENDS_HINT),
            pick,
            label("Several languages", _JOINED_HINT),
            segments(FormId.JOINED, choice.joined, {EACH: "one piece each", SUMMED: "scores added up"}),
            more("Seed", seed),
            add,
            *_stored(regions),
            _upload(),
        ],
        className="atlas-card study-card",
    )


def _stored(regions: Sequence[Mapping[str, Any]]) -> tuple[Any, ...]:
    picker = dmc.Select(
        id=FormId.STORED,
        data=list(regions),
        placeholder="A stored region" if regions else "No region is stored yet",
        searchable=True,
        size="xs",
        flex=1,
        **{"aria-label": "Stored region"},
    )
    button = dmc.Button("Add", id=FormId.ADD_STORED, size="xs", variant="default")
    return label("A region that is stored", _STORED_HINT), dmc.Group([picker, button], gap="xs", wrap="nowrap")


def _upload() -> html.Div:
    """The browser sends the file to the API itself (combine.js): it may be as large as a model's masks."""
    button = dmc.Button(
        "Choose a .safetensors or .json file", id=FormId.FILE, size="xs", variant="default",
        leftSection=icon("upload", 15), fullWidth=True,
    )  # fmt: skip
    note = html.Div(id=FormId.FILE_NOTE, className="study-note", role="status")
    return html.Div([label("A file", _FILE_HINT), button, note, _which()], className="study-field")


def _which() -> html.Div:
    """What lists of pairs or triples are, asked when a file holds such; combine.js shows it and sends the answer."""
    answers = (
        ("coordinates", "Each is one place: [layer, row, column] of mlp.down_proj, or [layer, neuron]"),
        ("neurons", "Each is a list of neurons: the first of layer 0, the next of layer 1"),
    )
    buttons = [
        html.Button(words, className="combine-which-answer", type="button", **{"data-import-form": form})
        for form, words in answers
    ]
    return html.Div(buttons, id=FormId.FILE_WHICH, hidden=True, role="group", **{"aria-label": "What the lists are"})


_ONLY_HINT = (
    "Paper A, Eq. 5: the top of this language without the top and the bottom of every other chosen language. Zeroing "
    "it should hurt this language and its relatives only."
)
_BOTH_HINT = (
    "Shared by all: the parameters that are in the top of every chosen language. In any of them: in the top of at "
    "least one."
)
_JOINED_HINT = (
    "One piece each: every language has its own region. Scores added up: one region from the sum of the languages' "
    "scores, as the paper's core region is made."
)
_STORED_HINT = "Ranked, combined or imported; a combined one comes with its parts."
_FILE_HINT = (
    "Masks by matrix name as safetensors (this atlas exports such files), or JSON with the coordinates of single "
    "weights or with neuron numbers by layer."
)
_ENDS_HINT = (
    "Top: the most important parameters; bottom: the least important; middle: those around the median; random: as "
    "many, drawn by chance."
)
