"""The form of the Development page: which models, which text, which tasks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html

from backend.contracts.development import AXIS_WORDS, FamilyMembers
from backend.contracts.models import CorpusSummary, ModelSummary
from backend.contracts.tasks import TaskSummary
from frontend.choices.development import FOLDER, MODELS, REVISIONS, TRAINING, WAYS, DevelopmentChoice
from frontend.choices.fields import BOS_LABELS
from frontend.fields import corpus_select, label, more
from frontend.figures.development import short
from frontend.form_parts import field_id, number, section, segments, tags
from frontend.job_words import count
from frontend.language_chips import language_chips, shortcut
from frontend.shell import hint, icon

PREFIX = "development"
FIELDS = DevelopmentChoice._fields
RUN, PROBLEM, MEMBERS = "development-run", "development-problem", "development-members"
TEN_BUTTON, ALL_BUTTON, NONE_BUTTON = "development-ten", "development-all", "development-none"
LANGUAGES = field_id(PREFIX, "languages")
_AXES = {"auto": "as it fits", "step": "by step", "parameters": "by size"}
MOST_LISTED = 12


def form(
    choice: DevelopmentChoice,
    *,
    models: Sequence[ModelSummary],
    trainings: Sequence[tuple[str, str]],
    corpora: Sequence[CorpusSummary],
    tasks: Sequence[TaskSummary],
) -> html.Div:
    """Two cards and the button. `trainings`: keys with their words."""
    return html.Div(
        [_family(choice, models, trainings), _measured(choice, corpora, tasks)],
        className="study-form",
    )


def part_id(way: str) -> str:
    """The fields of one way of naming a family."""
    return f"{PREFIX}-way-{way}"


def hidden_parts(way: str) -> list[bool]:
    """Which of the parts, in the order of `WAYS`, are hidden; last, the choice of the axis."""
    return [*(one != way for one in WAYS), way not in (MODELS, FOLDER)]


def who(found: FamilyMembers) -> Any:
    """Who would be measured, and where each stands."""
    lines = [
        html.Div(
            [html.Span(one.label), html.Span("by its size" if one.position is None else short(one.position))],
            className="development-who",
        )
        for one in found.members[:MOST_LISTED]
    ]
    more_of_them = len(found.members) - MOST_LISTED
    return html.Div(
        [
            html.Div(f"{len(found.members)} models by {AXIS_WORDS[found.axis]}:", className="study-note"),
            *lines,
            html.Div(f"and {more_of_them} more", className="study-note") if more_of_them > 0 else None,
        ]
    )


def _family(
    choice: DevelopmentChoice, models: Sequence[ModelSummary], trainings: Sequence[tuple[str, str]]
) -> html.Section:
    parts = {
        MODELS: _models(choice, models),
        REVISIONS: _revisions(choice),
        FOLDER: _text("folder", hint("Folder", _FOLDER_HINT), choice.folder, "/models/my-checkpoints"),
        TRAINING: _training(choice, trainings),
    }
    axis = [label("Where a model stands", _AXIS_HINT), segments(PREFIX, "axis", choice.axis, _AXES)]
    *hidden, axis_hidden = hidden_parts(choice.way)
    return section(
        "Which models",
        segments(PREFIX, "way", choice.way, WAYS),
        *(
            html.Div(parts[way], id=part_id(way), hidden=is_hidden, className="study-card")
            for way, is_hidden in zip(WAYS, hidden, strict=True)
        ),
        html.Div(axis, id=part_id("axis"), hidden=axis_hidden),
        html.Div(id=MEMBERS),
    )


def _models(choice: DevelopmentChoice, models: Sequence[ModelSummary]) -> list[Any]:
    data = [
        {"value": one.name, "label": f"{one.name} · {count(one.n_parameters)}", "disabled": one.status != "ready"}
        for one in models
    ]
    opened = dmc.MultiSelect(
        id=field_id(PREFIX, "models"), label="Opened models", data=data, value=list(choice.models), searchable=True,
        placeholder="" if choice.models else "two or more", size="xs",
        comboboxProps={"width": 340, "position": "bottom-start"},
    )  # fmt: skip
    return [
        html.Div("Several sizes of one family, or any models beside each other.", className="study-note"),
        opened,
        tags(PREFIX, "others", hint("Others, opened for it", _OTHERS_HINT), choice.others, "org/name, /folder"),
    ]


def _revisions(choice: DevelopmentChoice) -> list[Any]:
    return [
        html.Div("Checkpoints that one Hugging Face id keeps as branches or tags.", className="study-note"),
        _text("source", "Hugging Face id", choice.source, "bigscience/bloom-560m-intermediate"),
        _text("pattern", hint("Their names as a pattern", _PATTERN_HINT), choice.pattern, "global_step{step}"),
        tags(PREFIX, "steps", "steps", choice.steps, "1000, 10000, 100000"),
        tags(PREFIX, "revisions", hint("or revisions by name", _PATTERN_HINT), choice.revisions, "step1000, step2000"),
    ]


def _training(choice: DevelopmentChoice, trainings: Sequence[tuple[str, str]]) -> list[Any]:
    known = [key for key, _ in trainings]
    select = dmc.Select(
        id=field_id(PREFIX, "training"),
        label=hint("Training of this atlas", _TRAINING_HINT),
        data=[{"value": key, "label": words} for key, words in trainings],
        value=choice.training if choice.training in known else None,
        placeholder="choose one" if known else "no training yet: start one on the Train page",
        size="xs",
        comboboxProps={"width": 340, "position": "bottom-start"},
    )
    return [select]


def _text(name: str, words: Any, value: str | None, placeholder: str) -> dmc.TextInput:
    return dmc.TextInput(
        id=field_id(PREFIX, name), label=words, value=value or "", placeholder=placeholder, size="xs", debounce=True
    )


def _measured(
    choice: DevelopmentChoice, corpora: Sequence[CorpusSummary], tasks: Sequence[TaskSummary]
) -> html.Section:
    languages = next((corpus.languages for corpus in corpora if corpus.name == choice.corpus), ())
    shortcuts = [shortcut(TEN_BUTTON, "ten"), shortcut(ALL_BUTTON, "all"), shortcut(NONE_BUTTON, "none")]
    select = dmc.MultiSelect(
        id=field_id(PREFIX, "tasks"),
        label=hint("Tasks", _TASKS_HINT),
        data=[{"value": one.file, "label": f"{one.title} ({one.n_items})"} for one in tasks],
        value=[file for file in choice.tasks if any(one.file == file for one in tasks)],
        placeholder="" if choice.tasks else "none",
        searchable=True,
        size="xs",
    )
    rest = [
        dmc.SimpleGrid(
            [
                number(PREFIX, "threshold", hint("z above", _Z_HINT), choice.threshold, allowDecimal=True, step=0.5),
                number(PREFIX, "n_items", hint("items of a task", "The first so many; empty: all."), choice.n_items),
            ],
            cols=2,
            spacing="xs",
        ),
        label("BOS token", "Whether each sentence begins with BOS."),
        segments(PREFIX, "bos", choice.bos, BOS_LABELS),
    ]
    return section(
        "What is measured",
        label("Languages", "The same sentences in each; six or more, or no neuron can be key.", shortcuts),
        language_chips(LANGUAGES, languages, choice.languages, named_families=False),
        corpus_select(field_id(PREFIX, "corpus"), "Corpus", corpora, choice.corpus),
        dmc.SimpleGrid(
            [number(PREFIX, "start", "from line", choice.start), number(PREFIX, "stop", "to line", choice.stop)],
            cols=2,
            spacing="xs",
        ),
        select,
        more("Threshold, items, BOS", rest),
        dmc.Button("Measure the development", id=RUN, fullWidth=True, leftSection=icon("play", 16)),
        html.Div(id=PROBLEM),
    )


_FOLDER_HINT = (
    "A folder whose folders are models. The number in a folder's name is its step (step1000, checkpoint-500); without "
    "one, the models are placed by their number of parameters."
)
_AXIS_HINT = (
    "The step is the number in a name; the size is the number of parameters, told by the model once it is open."
)
_OTHERS_HINT = "Hugging Face ids (org/name, org/name@revision), absolute folders, GGUF files. Each is opened first."
_PATTERN_HINT = "{step} stands for each of the steps; or name every revision, with its step in the name."
_TRAINING_HINT = "Its checkpoints, and the model it began with, by the samples trained on."
_TASKS_HINT = "Accuracy of every model on them: does it understand better as its meanings align?"
_Z_HINT = "A neuron is key for a language where its z-score over the languages exceeds this; the paper takes 2."
