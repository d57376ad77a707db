"""Tasks of multiple choice as people list, upload and read them. What is asked of them is `neurons.TaskFile`."""

from __future__ import annotations

from pydantic import Field

from backend.contracts.base import Contract, Language
from backend.contracts.models import BrokenEntry
from backend.contracts.neurons import ChoicePrompt, TaskForm
from backend.contracts.regions import Sha256

ENDING_IN_ENGLISH = "The ending in English:"
"""What paper B puts between the story and an English ending."""


class TaskSummary(Contract):
    """One task that a request can name by its `file`."""

    file: Sha256
    """SHA-256 of the bytes of its file."""
    title: str = Field(min_length=1, max_length=120)
    form: TaskForm
    language: Language
    n_items: int
    built_in: bool = False
    licence: str = ""


class TaskList(Contract):
    """`GET /tasks`: the built-in ones first."""

    tasks: tuple[TaskSummary, ...]
    broken: tuple[BrokenEntry, ...] = ()
    """Entries that cannot be read, each with its reason."""


class TaskItem(Contract):
    """One item as a model reads it."""

    context: str
    choices: tuple[str, ...]
    """Each with the blank that parts it from the context."""
    answer: int
    """Index of the right one, from 0."""


class TaskItems(Contract):
    """`GET /tasks/{file}/items`: some items of one task."""

    task: TaskSummary
    prompt: ChoicePrompt
    start: int
    items: tuple[TaskItem, ...]
