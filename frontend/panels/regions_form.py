"""The form of the Regions page: which region, and how its removal is measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.contracts.models import CorpusSummary
from backend.contracts.requests import RegionSpec
from backend.contracts.vocabulary import KindGroup, MatrixKind, PerplexityRule, Scope
from frontend import score_fields, urls
from frontend.choices.regions import ALONE, BOTH, RegionsChoice
from frontend.fields import SHARES, corpus_select, label, number, segments, share_percent, shown_share
from frontend.job_words import duration
from frontend.language_chips import language_chips, shortcut
from frontend.language_names import name_of
from frontend.shell import hint, icon, term

PREFIX = "regions"


class FormId(StrEnum):
    """Ids of the form; those of how it is scored are in `score_fields`."""

    MODEL = "regions-model"
    """Store, name of the model the form is about."""
    DRAWN = "regions-drawn"
    """Store, the choice with which the form was drawn."""
    LANGUAGES = "regions-languages"
    PAPER = "regions-languages-paper"
    ALL = "regions-languages-all"
    NONE = "regions-languages-none"
    COST = "regions-cost"
    SHARES = "regions-shares"
    PERCENT = "regions-percent"
    SCOPE = "regions-scope"
    EVALUATED = "regions-evaluated"
    EVALUATED_SAME = "regions-evaluated-same"
    EVALUATED_ALL = "regions-evaluated-all"
    EVALUATED_CORPUS = "regions-evaluated_corpus"
    EVALUATED_START = "regions-evaluated-start"
    EVALUATED_STOP = "regions-evaluated-stop"
    RULE = "regions-rule"
    DRAWS = "regions-draws"
    KINDS = "regions-kinds"
    VARIANTS = "regions-variants"
    OTHERS = "regions-others"
    MEASURE = "regions-measure"
    SHOW = "regions-show"
    PROBLEM = "regions-problem"


FIELDS: dict[str, str] = {
    "languages": FormId.LANGUAGES,
    "percent": FormId.PERCENT,
    "scope": FormId.SCOPE,
    "evaluated": FormId.EVALUATED,
    "evaluated_corpus": FormId.EVALUATED_CORPUS,
    "evaluated_start": FormId.EVALUATED_START,
    "evaluated_stop": FormId.EVALUATED_STOP,
    "rule": FormId.RULE,
    "draws": FormId.DRAWS,
    "kinds": FormId.KINDS,
    "variants": FormId.VARIANTS,
    "others": FormId.OTHERS,
    **score_fields.field_ids(PREFIX),
}
"""Element that holds each field of `RegionsChoice`, those of its scores included."""


def form(
    choice: RegionsChoice,
    corpora: Sequence[CorpusSummary],
    regions: Sequence[Mapping[str, Any]] = (),
    drawn: Mapping[str, Any] | None = None,
) -> html.Div:
    """Two cards: the region with its button, the removal with its button. `regions` are options of stored regions.

    `drawn`: what the form keeps of how it was drawn (`study.drawn_with`).
    """
    languages = {corpus.name: corpus.languages for corpus in corpora}
    return html.Div(
        [
            dcc.Store(id=FormId.MODEL, data=choice.model),
            dcc.Store(id=FormId.DRAWN, data=dict(drawn or choice.state())),
            _region_card(choice, corpora, languages.get(choice.scores.corpus, ())),
            _removal_card(choice, corpora, languages.get(choice.evaluated_corpus, ()), regions),
            html.Div(id=FormId.PROBLEM),
        ],
        className="study-form",
    )


def _region_card(choice: RegionsChoice, corpora: Sequence[CorpusSummary], languages: Sequence[str]) -> html.Section:
    shortcuts = [shortcut(FormId.PAPER, "paper's six"), shortcut(FormId.ALL, "all"), shortcut(FormId.NONE, "none")]
    scopes = {Scope.PER_MATRIX: "in each matrix", Scope.GLOBAL: "over all matrices"}
    show = dmc.Button(
        "Show region in the Atlas", id=FormId.SHOW, variant="default", fullWidth=True, leftSection=icon("atlas", 16)
    )
    return html.Section(
        [
            html.H2(term("Region", "The region"), className="study-heading"),
            label("Languages scored", _LANGUAGES_HINT, shortcuts),
            language_chips(FormId.LANGUAGES, languages, choice.languages, marked=True),
            html.Div(id=FormId.COST, className="study-note"),
            label("Share of the parameters", _SHARE_HINT),
            _share(choice),
            label("Threshold", _SCOPE_HINT),
            segments(FormId.SCOPE, choice.scope, scopes),
            label("What it holds", _KINDS_HINT),
            _kinds(choice.kinds),
            score_fields.estimator(PREFIX, choice.scores),
            score_fields.text_and_samples(PREFIX, choice.scores, corpora),
            show,
        ],
        className="atlas-card study-card",
    )


def _removal_card(
    choice: RegionsChoice,
    corpora: Sequence[CorpusSummary],
    languages: Sequence[str],
    regions: Sequence[Mapping[str, Any]],
) -> html.Section:
    shortcuts = [shortcut(FormId.EVALUATED_SAME, "same as above"), shortcut(FormId.EVALUATED_ALL, "all")]
    lines = [
        number(FormId.EVALUATED_START, "from line", choice.evaluated_start),
        number(FormId.EVALUATED_STOP, "to line", choice.evaluated_stop),
        number(FormId.DRAWS, hint("random draws", _DRAWS_HINT), choice.draws),
    ]
    rules = {PerplexityRule.SAMPLES: "each sentence", PerplexityRule.WINDOWS_2048: "windows of 2048"}
    return html.Section(
        [
            html.H2(term("Removal", "Its removal"), className="study-heading"),
            label("Languages measured", _MEASURED_HINT, shortcuts),
            language_chips(FormId.EVALUATED, languages, choice.evaluated, named_families=False),
            corpus_select(FormId.EVALUATED_CORPUS, hint("Text", _TEXT_HINT), corpora, choice.evaluated_corpus),
            dmc.SimpleGrid(lines, cols=3, spacing="xs"),
            label("Perplexity over", _RULE_HINT),
            segments(FormId.RULE, choice.rule, rules),
            label("Norms", _VARIANTS_HINT),
            segments(FormId.VARIANTS, choice.variants, {BOTH: "without and with", ALONE: "as the region"}),
            *_others(choice, regions),
            dmc.Button("Measure removal", id=FormId.MEASURE, fullWidth=True, leftSection=icon("play", 16)),
        ],
        className="atlas-card study-card",
    )


def _others(choice: RegionsChoice, regions: Sequence[Mapping[str, Any]]) -> tuple[Any, ...]:
    """The picker of further columns; without a stored region it says where one is made."""
    picker = dmc.MultiSelect(
        id=FormId.OTHERS,
        data=list(regions),
        value=list(choice.others),
        placeholder="" if choice.others else "Pick stored regions" if regions else "No region is stored yet",
        searchable=True,
        clearable=True,
        hidePickedOptions=True,
        size="xs",
        **{"aria-label": "Further regions as columns"},
    )
    make = dcc.Link("make one", href=urls.link("combine", model=choice.model), className="atlas-anchor study-note")
    return label("Further columns", _OTHERS_HINT, [make]), picker


def _kinds(chosen: Sequence[str]) -> dmc.MultiSelect:
    """Groups of kinds first, then single kinds."""
    groups = [{"value": group.value, "label": f"all {group.value}"} for group in KindGroup]
    kinds = [{"value": kind.value, "label": kind.value} for kind in MatrixKind]
    data = [{"group": "groups", "items": groups}, {"group": "single kinds", "items": kinds}]
    names = {"aria-label": "Kinds of matrices that the region holds"}
    return dmc.MultiSelect(
        id=FormId.KINDS, data=data, value=list(chosen), searchable=True, hidePickedOptions=True, size="xs", **names
    )


def _share(choice: RegionsChoice) -> dmc.Group:
    buttons = segments(FormId.SHARES, shown_share(choice.percent), SHARES)
    return dmc.Group([buttons, share_percent(FormId.PERCENT, choice.percent)], gap="xs", wrap="nowrap")


def cost(spec: RegionSpec, seconds: Mapping[str, float | None]) -> str:
    """Which languages are scored already and what the others take; `seconds` by scored language."""
    missing = [language for language in spec.languages if language not in seconds]
    if not missing:
        return "All of them are scored already: the region is there in seconds."
    names = ", ".join(name_of(language) for language in missing)
    known = [taken for taken in seconds.values() if taken]
    time = f", about {duration(len(missing) * sum(known) / len(known))}" if known else ""
    begin = f"{len(spec.languages) - len(missing)} of {len(spec.languages)} are scored already. " if seconds else ""
    return f"{begin}To be scored first: {names}{time}."


_LANGUAGES_HINT = (
    "Each language is scored on its own: how much the loss would change without a parameter, |θ·g| "
    "(paper A, Eq. 4). The scores of the chosen languages are added."
)
_SHARE_HINT = "The paper removes 1 %, 3 % and 5 % of the parameters of the layers. Any share between 0 and 100 % works."
_SCOPE_HINT = (
    "In each matrix: the same share of every matrix, as in the paper. Over all matrices: one threshold for the whole "
    "model, so that some matrices give much more than others."
)
_KINDS_HINT = (
    "Matrices alone, as usual. Norm vectors are 0.05 % of a region and do most of what harmless regions seem to do, so "
    "they are in no region that does not name them. Single kinds work too: attn.q, mlp.down."
)
_VARIANTS_HINT = (
    "Without and with: every column is measured for the region as it is, and a second time with the same share of "
    "every norm and bias in it. The verdict is that of the first."
)
_DRAWS_HINT = "Random regions of the same size, each with its own seed: how much of the loss is due to size alone."
_RULE_HINT = (
    "Each sentence: BOS and the sentence, on its own. "
    "Windows of 2048: all sentences joined and cut into windows of 2048 tokens, as papers report it."
)
_MEASURED_HINT = "Perplexity is measured in each of them, on lines that were not scored."
_TEXT_HINT = "The text that is measured; it may be another one than the text that is scored."
_OTHERS_HINT = (
    "Every stored region can be a column of the same table: combined, monolingual, imported, or of another share. "
    "Each column is a job of its own, so that columns which were measured before are there at once."
)
