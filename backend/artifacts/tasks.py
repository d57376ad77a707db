"""Tasks on disk: the stories that ship with the atlas, and uploaded files, each named by the hash of its bytes."""

from __future__ import annotations

import hashlib
import os
import tempfile
from functools import lru_cache
from pathlib import Path

from backend.artifacts.checksums import require_named_by_content
from backend.artifacts.disk import on_disk
from backend.artifacts.listing import json_entries
from backend.artifacts.task_items import items_of
from backend.contracts.models import BrokenEntry
from backend.contracts.neurons import ChoicePrompt, TaskFile, TaskForm
from backend.contracts.problems import KnownError
from backend.contracts.tasks import TaskItem, TaskList, TaskSummary

STORIES = Path(__file__).resolve().parents[1] / "data" / "stories"
MAX_TASK_BYTES = 64_000_000
"""Of an uploaded file; the test questions of MMLU are 7 MB."""
_STORIES_TITLE = "Everyday stories"


class Tasks:
    """Reads the built-in tasks, reads and writes uploaded ones below `root` (None: there are only the built-in)."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = root

    def all(self) -> tuple[TaskSummary, ...]:
        """Built-in ones by language, then uploaded ones by title; what cannot be read is left out."""
        return self.listed().tasks

    def listed(self) -> TaskList:
        """The same, and what cannot be read with its reason."""
        if self.root is None:
            return TaskList(tasks=_built_in())
        found = json_entries(self.root, TaskSummary.model_validate_json, lambda task: task.file)
        lost = [
            BrokenEntry(name=f"{task.file}.jsonl", problem=f"the items of {task.title!r} are gone")
            for task in found.entries
            if not (self.root / f"{task.file}.jsonl").is_file()
        ]
        added = sorted(found.entries, key=lambda task: (task.title, task.language, task.file))
        return TaskList(tasks=(*_built_in(), *added), broken=(*found.broken, *lost))

    def named(self, file: str) -> TaskSummary:
        """One task by its hash, or the problem of one that is not here."""
        for task in self.all():
            if task.file == file:
                return task
        raise KnownError(
            "unknown_task",
            f"no task with SHA-256 {file} is here",
            hint="`lingua-atlas tasks list` names those there are; add one with `lingua-atlas tasks add TITLE FILE`.",
            status=404,
            field="task.file",
        )

    def items(
        self, file: str, form: TaskForm, prompt: ChoicePrompt = "letters", n_items: int | None = None
    ) -> tuple[TaskItem, ...]:
        """The first `n_items` items (None: all), as a model reads them; a clear problem for what is not there."""
        task = self.named(file)
        if form != task.form:
            raise KnownError(
                "bad_task",
                f"{task.title!r} was added as {task.form}, not as {form}",
                hint=f"Ask it as {task.form}, or add the file again in the other form.",
                field="task.form",
            )
        require_named_by_content(self._path(task), file)
        found = _read(self._path(task), form, prompt)
        if n_items is not None and n_items > len(found):
            raise KnownError(
                "items_out_of_range",
                f"{task.title!r} has {len(found)} items, and {n_items} are asked for",
                hint=f"Ask for {len(found)} at most, or leave the number out to take all.",
                field="n_items",
            )
        return found[:n_items]

    def items_of(self, task: TaskFile, n_items: int | None) -> tuple[TaskItem, ...]:
        """What a request asks."""
        return self.items(task.file, task.form, task.prompt, n_items)

    def add(self, content: bytes, *, title: str, form: TaskForm, language: str) -> TaskSummary:
        """Check every line, then keep the file, whole or not at all; the same bytes again only get the new title."""
        if self.root is None:
            raise ValueError("these tasks are only the built-in ones: give a root to keep others")
        n_items, file = len(items_of(content, form)), hashlib.sha256(content).hexdigest()
        known = next((task for task in _built_in() if task.file == file), None)
        if known:
            return known
        task = TaskSummary(file=file, title=title, form=form, language=language, n_items=n_items)
        with on_disk(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            _write(self._path(task), content)
            _write(self.root / f"{file}.json", task.model_dump_json().encode())  # last: only what is whole is listed
        return task

    def remove(self, file: str) -> TaskSummary:
        """Remove an added task; a clear problem for a built-in one and for one that is not here."""
        task = self.named(file)
        if task.built_in or self.root is None:
            raise KnownError(
                "built_in",
                f"{task.title!r} comes with the atlas",
                hint="Only tasks that were added can be removed.",
                status=409,
            )
        (self.root / f"{file}.json").unlink(missing_ok=True)  # first: only what is whole is listed
        self._path(task).unlink(missing_ok=True)
        return task

    def _path(self, task: TaskSummary) -> Path:
        if task.built_in:
            return STORIES / f"{task.language}.jsonl"
        assert self.root is not None
        return self.root / f"{task.file}.jsonl"


@lru_cache(maxsize=1)
def _built_in() -> tuple[TaskSummary, ...]:
    return tuple(_story_task(path) for path in sorted(STORIES.glob("*.jsonl")))


def _story_task(path: Path) -> TaskSummary:
    content = path.read_bytes()
    return TaskSummary(
        file=hashlib.sha256(content).hexdigest(),
        title=f"{_STORIES_TITLE}, {path.stem}",
        form="story_cloze",
        language=path.stem,
        n_items=len(items_of(content, "story_cloze")),
        built_in=True,
        licence="CC0-1.0",
    )


@lru_cache(maxsize=8)
def _read(path: Path, form: TaskForm, prompt: ChoicePrompt) -> tuple[TaskItem, ...]:
    return tuple(items_of(path.read_bytes(), form, prompt))  # named by its content: it never changes


def _write(path: Path, content: bytes) -> None:
    descriptor, name = tempfile.mkstemp(prefix=".arriving-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)  # workers and API may run as different users of one volume
        os.replace(name, path)
    finally:
        Path(name).unlink(missing_ok=True)
