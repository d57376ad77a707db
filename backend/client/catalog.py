"""What is there: models, corpora, tasks, analyses, published tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from backend.client.transport import Transport, given
from backend.contracts.models import (
    AddedFile,
    AddedFiles,
    AnalysisInfo,
    AnalysisList,
    BrokenEntry,
    CorpusLines,
    CorpusList,
    CorpusSummary,
    ModelDescription,
    ModelList,
    ModelSummary,
    Removed,
)
from backend.contracts.neurons import ChoicePrompt, TaskForm
from backend.contracts.published import PublishedEntry, PublishedList, PublishedTable
from backend.contracts.reports import ReportList
from backend.contracts.reproduction import Conditions, Experiment, ExperimentList, Reproduction
from backend.contracts.tasks import TaskItems, TaskList, TaskSummary
from backend.wire import parsed

Listed = Literal["models", "tasks", "imports", "reports"]


class Catalog(Transport):
    """What can be asked, and of what."""

    def trouble(self) -> str:
        """What `/health` says is the matter, one sentence; '' when all is well."""
        return str(self._send("GET", "/health").json().get("problem", ""))

    def models(self) -> tuple[ModelSummary, ...]:
        """Opened models, newest first."""
        return self._get(ModelList, "/models").models

    def broken(self, what: Listed) -> tuple[BrokenEntry, ...]:
        """Entries of a list that cannot be read, each with its reason; corpora and results say it in their own rows."""
        listed: Mapping[Listed, type[ModelList] | type[TaskList] | type[AddedFiles] | type[ReportList]] = {
            "models": ModelList, "tasks": TaskList, "imports": AddedFiles, "reports": ReportList
        }  # fmt: skip
        return self._get(listed[what], f"/{what}").broken

    def model(self, name: str) -> ModelDescription:
        """Everything about one opened model, its matrices included."""
        return self._get(ModelDescription, f"/models/{name}")

    def corpora(self) -> tuple[CorpusSummary, ...]:
        """Corpora that can be read, the built-in one first."""
        return self._get(CorpusList, "/corpora").corpora

    def corpus_lines(
        self, name: str, start: int = 0, stop: int | None = None, languages: Sequence[str] = ()
    ) -> CorpusLines:
        """Aligned lines of a corpus; all languages when none is named."""
        return self._get(CorpusLines, f"/corpora/{name}/lines", start=start, stop=stop, languages=list(languages))

    def tasks(self) -> tuple[TaskSummary, ...]:
        """Tasks that a `choice` request can name, the built-in ones first."""
        return self._get(TaskList, "/tasks").tasks

    def add_task(self, content: bytes, *, title: str, form: TaskForm, language: str) -> TaskSummary:
        """Send the JSON lines of a task; a bad line comes back as a problem that names it."""
        params = given({"title": title, "form": form, "language": language})
        headers = {"Content-Type": "application/jsonl"}
        return parsed(TaskSummary, self._send("POST", "/tasks", params=params, content=content, headers=headers))

    def task_items(
        self, file: str, start: int = 0, stop: int | None = None, *, prompt: ChoicePrompt = "letters"
    ) -> TaskItems:
        """Items of one task as a model reads them, at most 1000 at a time."""
        return self._get(TaskItems, f"/tasks/{file}/items", start=start, stop=stop, prompt=prompt)

    def imports(self) -> tuple[AddedFile, ...]:
        """Uploaded files, newest first."""
        return self._get(AddedFiles, "/imports").files

    def remove(self, what: Literal["models", "corpora", "tasks", "imports"], name: str) -> Removed:
        """Remove what was added; a problem when it is in use, built in, or not there."""
        return parsed(Removed, self._send("DELETE", f"/{what}/{name}"))

    def analyses(self) -> tuple[AnalysisInfo, ...]:
        """Every kind of question, with its schema and an example."""
        return self._get(AnalysisList, "/analyses").analyses

    def published(self) -> tuple[PublishedEntry, ...]:
        """Tables of the papers whose numbers ship with the atlas."""
        return self._get(PublishedList, "/published").tables

    def published_table(self, name: str) -> PublishedTable:
        """One of them: `table-14`."""
        return self._get(PublishedTable, f"/published/{name}")

    def experiments(self) -> tuple[Experiment, ...]:
        """What can be reproduced, in the order in which it is best done."""
        return self._get(ExperimentList, "/reproductions").experiments

    def reproduction(self, name: str, conditions: Conditions) -> Reproduction:
        """Published and measured side by side, the jobs that belong to it, a verdict per claim. Submits nothing."""
        return self._get(Reproduction, f"/reproductions/{name}", **conditions.model_dump(mode="json"))

    def health(self) -> dict[str, str]:
        """`status` and `redis`; cheap, needs no token."""
        health: dict[str, str] = self._send("GET", "/health").json()
        return health
