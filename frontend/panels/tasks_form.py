"""The form of the Tasks page: which tasks, how many items, under which changes; and a file of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.contracts.tasks import TaskSummary
from frontend.choices.tasks import N_HASH, TasksChoice
from frontend.fields import label, more, number, segments
from frontend.language_chips import shortcut
from frontend.language_names import name_of
from frontend.shell import hint, icon


class FormId(StrEnum):
    """Ids of the form."""

    MODEL = "tasks-model"
    """Store, name of the model the form is about."""
    DRAWN = "tasks-drawn"
    """Store, the choice with which the form was drawn."""
    TASKS = "tasks-tasks"
    ALL = "tasks-tasks-all"
    NONE = "tasks-tasks-none"
    ITEMS = "tasks-items"
    PROMPT = "tasks-prompt"
    CHANGES = "tasks-changes"
    COST = "tasks-cost"
    ASK = "tasks-ask"
    PROBLEM = "tasks-problem"
    TITLE = "tasks-new-title"
    FORM = "tasks-new-form"
    LANGUAGE = "tasks-new-language"
    FILE = "tasks-file"
    FILE_NOTE = "tasks-file-note"
    ADDED = "tasks-added"
    """Store, hash of the task that the browser has just uploaded."""


FIELDS: dict[str, str] = {
    "tasks": FormId.TASKS,
    "items": FormId.ITEMS,
    "prompt": FormId.PROMPT,
    "changes": FormId.CHANGES,
}
"""Element that holds each field of `TasksChoice`."""
FORMS = {"story_cloze": "story cloze", "multiple_choice": "multiple choice"}


def form(choice: TasksChoice, tasks: Sequence[TaskSummary], changes: Sequence[dict[str, Any]]) -> html.Div:
    """One card to ask, one to add a task, and the place of the problem."""
    shortcuts = [shortcut(FormId.ALL, "all"), shortcut(FormId.NONE, "none")]
    card = html.Section(
        [
            html.H2("What is asked", className="study-heading"),
            label("Tasks", _TASKS_HINT, shortcuts),
            _tasks(choice, tasks),
            number(FormId.ITEMS, hint("items of each, empty for all", _ITEMS_HINT), choice.items),
            _prompt(choice, tasks),
            label("Changes, beside the intact model", _CHANGES_HINT),
            _changes(choice, changes),
            html.Div(cost(choice, tasks), id=FormId.COST, className="study-note"),
            dmc.Button("Ask them", id=FormId.ASK, fullWidth=True, leftSection=icon("play", 16)),
        ],
        className="atlas-card study-card",
    )
    stores = [
        dcc.Store(id=FormId.MODEL, data=choice.model),
        dcc.Store(id=FormId.DRAWN, data=choice.state()),
        dcc.Store(id=FormId.ADDED),
    ]
    add = html.Section([more("Add a task of your own", _add())], className="atlas-card study-card")
    return html.Div([*stores, card, html.Div(id=FormId.PROBLEM), add], className="study-form")


def cost(choice: TasksChoice, tasks: Sequence[TaskSummary]) -> str:
    """How many runs and items this makes, before it is asked."""
    chosen = choice.chosen(tasks)
    if not chosen:
        return "Choose at least one task."
    n_items = sum(task.n_items if choice.items is None else min(choice.items, task.n_items) for task in chosen)
    n_conditions = 1 + len(choice.changes)
    runs = len(chosen) * n_conditions
    return (
        f"{runs} {'run' if runs == 1 else 'runs'}, {n_items * n_conditions:,} items. What is stored is not asked again."
    )


def _tasks(choice: TasksChoice, tasks: Sequence[TaskSummary]) -> dmc.CheckboxGroup:
    built_in = [task for task in tasks if task.built_in]
    added = [task for task in tasks if not task.built_in]
    stories = dmc.SimpleGrid([_box(task, name_of(task.language)) for task in built_in], cols=2, spacing=6)
    groups = [html.Div(hint("Everyday stories", _STORIES_HINT), className="chips-family"), stories]
    if added:
        groups += [html.Div("Added", className="chips-family"), *(_box(task, task.title) for task in added)]
    content = html.Div(groups, className="tasks-list")
    return dmc.CheckboxGroup(content, id=FormId.TASKS, value=list(choice.tasks))


def _box(task: TaskSummary, words: str) -> dmc.Checkbox:
    told = None if task.built_in else f"{FORMS[task.form]}, {name_of(task.language)}, {task.n_items:,} items"
    return dmc.Checkbox(label=words, description=told, value=task.file[:N_HASH], size="xs")


def _prompt(choice: TasksChoice, tasks: Sequence[TaskSummary]) -> html.Div:
    ways = {"letters": "letters", "texts": "texts"}
    parts = [
        label("Multiple choice is judged by", _PROMPT_HINT),
        segments(FormId.PROMPT, choice.prompt, ways),
    ]
    return html.Div(parts, hidden=all(task.form == "story_cloze" for task in tasks))


def _changes(choice: TasksChoice, changes: Sequence[dict[str, Any]]) -> dmc.MultiSelect:
    return dmc.MultiSelect(
        id=FormId.CHANGES,
        data=list(changes),
        value=list(choice.changes),
        placeholder="" if choice.changes else "none" if changes else "no region is stored yet",
        searchable=True,
        clearable=True,
        size="xs",
        maxValues=4,
        **{"aria-label": "Changes"},
    )


def _add() -> dmc.Stack:
    """The browser sends the file to the API itself (tasks.js); what is wrong with it is told below the button."""
    fields = [
        dmc.TextInput(id=FormId.TITLE, label="Title", placeholder="XStoryCloze, Spanish", size="xs"),
        label("Form", _FORM_HINT),
        segments(FormId.FORM, "story_cloze", FORMS),
        dmc.TextInput(id=FormId.LANGUAGE, label="Code of its language", placeholder="es", size="xs"),
        dmc.Button(
            "Choose a .jsonl file", id=FormId.FILE, size="xs", variant="default", fullWidth=True,
            leftSection=icon("upload", 15),
        ),
        html.Div(id=FormId.FILE_NOTE, className="study-note", role="status"),
        html.Div(
            ["Datasets of Hugging Face: ", dmc.Code("lingua-atlas tasks add TITLE hf:ORG/NAME")], className="study-note"
        ),
    ]  # fmt: skip
    return dmc.Stack(fields, gap=8)


_TASKS_HINT = (
    "Each choice is scored by its log-likelihood after the story or the question; the likeliest one is the model's "
    "answer (paper B, appendix B)."
)
_STORIES_HINT = (
    "20 stories of four sentences with two English endings. Stories come in pairs that share both endings and differ "
    "in which is right, so that the endings alone tell nothing. Written and translated by a language model, not "
    "reviewed by native speakers; CC0."
)
_ITEMS_HINT = "The first so many. With 20 items the standard error is about 11 points, with 500 about 2."
_PROMPT_HINT = (
    "Letters: the choices are listed in the prompt as A, B, C … and the letter is scored, as the lm-evaluation-harness "
    "asks MMLU. Texts: only the question is shown and the text of each choice is scored; small models do better so."
)
_CHANGES_HINT = (
    "Regions that are stored are set to zero; edits of the Touch page are made again; key neurons are turned off. "
    "The weights are restored afterwards, and that is proven."
)
_FORM_HINT = (
    "JSON lines, one item each. Story cloze: input_sentence_1 to 4, sentence_quiz1, sentence_quiz2, "
    "answer_right_ending (1 or 2), as XStoryCloze has them. Multiple choice: question, choices, answer (an index from "
    "0, or a letter), as MMLU has them."
)
