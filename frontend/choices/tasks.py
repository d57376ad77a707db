"""What is chosen on the Tasks page: from the address, to the address, to the requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Self

from backend.contracts.requests import ChoiceRequest, TaskFile
from backend.contracts.tasks import TaskSummary
from frontend.choices.fields import read
from frontend.choices.problems import checked
from frontend.choices.stored_changes import INTACT, Condition
from frontend.language_names import name_of

N_HASH = 12
"""Characters of a task's hash that name it on the page and in the address."""


class TasksChoice(NamedTuple):
    """Everything the form says. Numbers may be None or out of range: the request refuses them."""

    model: str
    tasks: tuple[str, ...] = ()
    """How their hashes begin."""
    items: int | None = None
    """The first so many of each; None is all."""
    prompt: str = "letters"
    changes: tuple[str, ...] = ()
    """Options of `stored_changes`; the intact model is always asked."""

    @classmethod
    def of_query(cls, query: Mapping[str, str], default: Self) -> Self:
        """`default` with whatever the query string names; what cannot be read is left as it was."""
        found = read(query, lists=("tasks", "changes"), words=("prompt",), numbers={"items": int})
        return default._replace(**found)

    @classmethod
    def of_request(cls, request: ChoiceRequest, change: str | None) -> Self:
        """The form that asks this request; `change` is its option, where there is one."""
        task = request.task
        return cls(request.model, (task.file[:N_HASH],), request.n_items, task.prompt, (change,) if change else ())

    @classmethod
    def first(cls, model: str, tasks: Sequence[TaskSummary]) -> Self:
        """What stands in the form of a newcomer: the stories that ship."""
        return cls(model, tuple(task.file[:N_HASH] for task in tasks if task.built_in))

    def state(self) -> dict[str, object]:
        """For `urls.link`: every choice by its name."""
        return self._asdict()

    def chosen(self, tasks: Sequence[TaskSummary]) -> tuple[TaskSummary, ...]:
        """The tasks that are chosen, in the order of the list; those that are gone are left out."""
        return tuple(task for task in tasks if task.file[:N_HASH] in self.tasks)

    def request(self, task: TaskSummary, condition: Condition) -> ChoiceRequest:
        """One task under one condition; raises `KnownError` naming the bad field. A short task gives all it has."""
        n_items = None if self.items is None or self.items >= task.n_items else self.items
        asked = {
            "model": self.model,
            "task": task_file(task, self.prompt),
            "n_items": n_items,
            "change": condition.change,
        }
        return checked(lambda: ChoiceRequest.model_validate(asked))


class ItemsView(NamedTuple):
    """Which items are read one by one."""

    task: str | None = None
    """How the hash of its task begins; None is the first one."""
    show: str = "all"
    """A filter: `all`, `wrong`, `changed`."""
    page: int = 1
    """`at` in the address."""

    @classmethod
    def of_query(cls, query: Mapping[str, str]) -> Self:
        """Whatever the query string names."""
        page = query.get("at", "")
        return cls(query.get("task") or None, query.get("show") or "all", int(page) if page.isdigit() else 1)

    def state(self) -> dict[str, object]:
        """For the address: what is as at first is left out."""
        return {
            "task": self.task,
            "show": None if self.show == "all" else self.show,
            "at": None if self.page <= 1 else self.page,
        }


def task_file(task: TaskSummary, prompt: str) -> TaskFile:
    """A task as a request names it."""
    asked = {"file": task.file, "title": task.title, "form": task.form, "language": task.language}
    if task.form == "multiple_choice":
        asked["prompt"] = prompt
    return checked(lambda: TaskFile.model_validate(asked))


def label_of(task: TaskSummary, tasks: Sequence[TaskSummary]) -> str:
    """Short name of a task among others: the language of the stories that ship, else its title."""
    if not task.built_in:
        return task.title
    alone = all(other.built_in for other in tasks)
    return name_of(task.language) if alone else f"{name_of(task.language)} stories"


def intact() -> Condition:
    """The model as it is."""
    return Condition(INTACT)
