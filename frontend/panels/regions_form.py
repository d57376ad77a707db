"""The form of the Regions page: which region, and how its removal is measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.contracts.models import CorpusSummary
from backend.contracts.requests import RegionSpec
from backend.contracts.vocabulary import ImportanceMode, PerplexityRule, Scope
from frontend.choices.regions import RegionsChoice
from frontend.job_words import duration
from frontend.language_chips import language_chips, shortcut
from frontend.language_names import name_of
from frontend.shell import hint, icon


class FormId(StrEnum):
    """Ids of the form."""

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
    MODE = "regions-mode"
    CORPUS = "regions-corpus"
    START = "regions-start"
    STOP = "regions-stop"
    EVALUATED = "regions-evaluated"
    EVALUATED_SAME = "regions-evaluated-same"
    EVALUATED_ALL = "regions-evaluated-all"
    EVALUATED_START = "regions-evaluated-start"
    EVALUATED_STOP = "regions-evaluated-stop"
    RULE = "regions-rule"
    DRAWS = "regions-draws"
    MEASURE = "regions-measure"
    SHOW = "regions-show"
    PROBLEM = "regions-problem"


FIELDS = {
    "languages": FormId.LANGUAGES,
    "percent": FormId.PERCENT,
    "scope": FormId.SCOPE,
    "mode": FormId.MODE,
    "corpus": FormId.CORPUS,
    "start": FormId.START,
    "stop": FormId.STOP,
    "evaluated": FormId.EVALUATED,
    "evaluated_start": FormId.EVALUATED_START,
    "evaluated_stop": FormId.EVALUATED_STOP,
    "rule": FormId.RULE,
    "draws": FormId.DRAWS,
}
"""Element that holds each field of `RegionsChoice`."""
PAPER_SIX = ("ar", "es", "ru", "zh", "ko", "vi")
SHARES = ("1", "3", "5")


def form(choice: RegionsChoice, corpora: Sequence[CorpusSummary]) -> html.Div:
    """Two cards: the region with its button, the removal with its button."""
    languages = next((corpus.languages for corpus in corpora if corpus.name == choice.corpus), ())
    return html.Div(
        [
            dcc.Store(id=FormId.MODEL, data=choice.model),
            dcc.Store(id=FormId.DRAWN, data=choice.state()),
            _region_card(choice, corpora, languages),
            _removal_card(choice, languages),
            html.Div(id=FormId.PROBLEM),
        ],
        className="study-form",
    )


def _region_card(choice: RegionsChoice, corpora: Sequence[CorpusSummary], languages: Sequence[str]) -> html.Section:
    shortcuts = [shortcut(FormId.PAPER, "paper's six"), shortcut(FormId.ALL, "all"), shortcut(FormId.NONE, "none")]
    return html.Section(
        [
            html.H2("The region", className="study-heading"),
            _label("Languages scored", _LANGUAGES_HINT, shortcuts),
            language_chips(FormId.LANGUAGES, languages, choice.languages),
            html.Div(id=FormId.COST, className="study-note"),
            _label("Share of the parameters", _SHARE_HINT),
            _share(choice),
            _label("Threshold", _SCOPE_HINT),
            _segments(
                FormId.SCOPE, choice.scope, {Scope.PER_MATRIX: "in each matrix", Scope.GLOBAL: "over all matrices"}
            ),
            _more(choice, corpora),
            dmc.Button(
                "Show region in the Atlas",
                id=FormId.SHOW,
                variant="default",
                fullWidth=True,
                leftSection=icon("atlas", 16),
            ),
        ],
        className="atlas-card study-card",
    )


def _removal_card(choice: RegionsChoice, languages: Sequence[str]) -> html.Section:
    shortcuts = [shortcut(FormId.EVALUATED_SAME, "same as above"), shortcut(FormId.EVALUATED_ALL, "all")]
    lines = [
        _number(FormId.EVALUATED_START, "from line", choice.evaluated_start),
        _number(FormId.EVALUATED_STOP, "to line", choice.evaluated_stop),
        _number(FormId.DRAWS, hint("random draws", _DRAWS_HINT), choice.draws),
    ]
    rules = {PerplexityRule.SAMPLES: "each sentence", PerplexityRule.WINDOWS_2048: "windows of 2048"}
    return html.Section(
        [
            html.H2("Its removal", className="study-heading"),
            _label(
                "Languages measured",
                "Perplexity is measured in each of them, on lines that were not scored.",
                shortcuts,
            ),
            language_chips(FormId.EVALUATED, languages, choice.evaluated, named_families=False),
            dmc.SimpleGrid(lines, cols=3, spacing="xs"),
            _label("Perplexity over", _RULE_HINT),
            _segments(FormId.RULE, choice.rule, rules),
            dmc.Button("Measure removal", id=FormId.MEASURE, fullWidth=True, leftSection=icon("play", 16)),
        ],
        className="atlas-card study-card",
    )


def _share(choice: RegionsChoice) -> dmc.Group:
    shown = f"{choice.percent:g}" if choice.percent is not None else ""
    known = {share: f"{share} %" for share in SHARES}
    typed = dmc.NumberInput(
        id=FormId.PERCENT,
        value=choice.percent,
        suffix=" %",
        decimalScale=6,
        clampBehavior="none",
        step=0.5,
        size="xs",
        w=92,
        debounce=True,
        **{"aria-label": "Share in percent"},
    )
    return dmc.Group([_segments(FormId.SHARES, shown, known), typed], gap="xs", wrap="nowrap")


def _more(choice: RegionsChoice, corpora: Sequence[CorpusSummary]) -> dmc.Accordion:
    names = [{"value": corpus.name, "label": corpus.name, "disabled": bool(corpus.problem)} for corpus in corpora]
    modes = {ImportanceMode.ABS_OF_SUM: "abs of sum", ImportanceMode.SUM_OF_ABS: "sum of abs"}
    content = dmc.Stack(
        [
            _label("Importance", _MODE_HINT),
            _segments(FormId.MODE, choice.mode, modes),
            dmc.Select(
                id=FormId.CORPUS, data=names, value=choice.corpus, label="Corpus", size="xs", allowDeselect=False
            ),
            dmc.SimpleGrid(
                [
                    _number(FormId.START, "scored from line", choice.start),
                    _number(FormId.STOP, "to line", choice.stop),
                ],
                cols=2,
                spacing="xs",
            ),
        ],
        gap=6,
    )
    item = dmc.AccordionItem(
        [dmc.AccordionControl("How it is scored"), dmc.AccordionPanel(content)],
        value="more",
    )
    return dmc.Accordion([item], variant="default", chevronPosition="left", className="study-more")


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


def _label(text: str, explanation: str, right: Sequence[Any] = ()) -> dmc.Group:
    return dmc.Group(
        [html.Div(hint(text, explanation), className="study-label"), dmc.Group(list(right), gap=0)],
        justify="space-between",
        gap=4,
        className="study-label-row",
    )


def _segments(segments_id: str, value: str, options: Mapping[Any, str]) -> dmc.SegmentedControl:
    data = [{"value": str(option), "label": label} for option, label in options.items()]
    return dmc.SegmentedControl(id=segments_id, value=str(value), data=data, size="xs", fullWidth=True, flex=1)


def _number(number_id: str, label: Any, value: int | None) -> dmc.NumberInput:
    return dmc.NumberInput(
        id=number_id, label=label, value=value, allowDecimal=False, clampBehavior="none", size="xs", debounce=True
    )


_LANGUAGES_HINT = (
    "Each language is scored on its own: how much the loss would change without a parameter, |θ·g| "
    "(paper A, Eq. 4). The scores of the chosen languages are added."
)
_SHARE_HINT = "The paper removes 1 %, 3 % and 5 % of the parameters of the layers. Any share between 0 and 100 % works."
_SCOPE_HINT = (
    "In each matrix: the same share of every matrix, as in the paper. Over all matrices: one threshold for the whole "
    "model, so that some matrices give much more than others."
)
_MODE_HINT = (
    "Abs of sum: gradients are summed over the text, signs included, then |θ·g| once (the authors' code). "
    "Sum of abs: |θ·g| of each batch, added up."
)
_DRAWS_HINT = "Random regions of the same size, each with its own seed: how much of the loss is due to size alone."
_RULE_HINT = (
    "Each sentence: BOS and the sentence, on its own. "
    "Windows of 2048: all sentences joined and cut into windows of 2048 tokens, as papers report it."
)
