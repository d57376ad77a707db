"""The questions of the Tasks page: each task under each condition, stored, under way, or not asked yet."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from backend.client import Client
from backend.contracts.jobs import JobStatus
from backend.contracts.requests import ChoiceRequest
from backend.contracts.results import ChoiceSummary, JudgedItem, Manifest
from backend.contracts.tasks import TaskSummary
from backend.contracts.vocabulary import JobState
from frontend.choices.stored_changes import Condition, condition
from frontend.choices.tasks import TasksChoice, intact


class Answer(NamedTuple):
    """One task under one condition."""

    task: TaskSummary
    condition: Condition
    request: ChoiceRequest
    key: str | None = None
    """Of the stored result."""
    manifest: Manifest | None = None
    """The stored result itself, once `read`."""
    job: JobStatus | None = None
    """While there is no result: the job that makes it, or that failed to."""

    @property
    def summary(self) -> ChoiceSummary | None:
        """What was found."""
        if self.manifest is None:
            return None
        assert isinstance(self.manifest.summary, ChoiceSummary)
        return self.manifest.summary

    @property
    def is_open(self) -> bool:
        """Whether its job is under way."""
        return self.job is not None and not self.job.state.ended


def conditions(choice: TasksChoice, api: Client, result: str | None = None) -> tuple[Condition, ...]:
    """The intact model, the changes that are chosen, and that of a stored result which has no option any more."""
    found = [intact(), *(condition(value, api) for value in choice.changes)]
    request = api.manifest(result).request if result else None
    if isinstance(request, ChoiceRequest) and request.change not in [one.change for one in found]:
        found.append(Condition("changed", request.change))
    return tuple(found)


def answers(
    choice: TasksChoice, tasks: Sequence[TaskSummary], under: Sequence[Condition], api: Client
) -> list[list[Answer]]:
    """Rows are the chosen tasks, columns the conditions."""
    # Jobs before results: what ends in between is then stored, or still followed; never in neither list.
    jobs = {_question(job.request): job for job in reversed(api.jobs()) if isinstance(job.request, ChoiceRequest)}
    stored = {_question(row.request): row.key for row in reversed(api.results(kind="choice", model=choice.model))}
    rows = []
    for task in choice.chosen(tasks):
        row = []
        for one in under:
            request = choice.request(task, one)
            key = stored.get(_question(request))
            job = None if key else jobs.get(_question(request))
            row.append(Answer(task, one, request, key, job=job))
        rows.append(row)
    return rows


def read(rows: Sequence[Sequence[Answer]], api: Client) -> list[list[Answer]]:
    """The same with every stored result."""
    return [[one._replace(manifest=_manifest(one.key, api)) if one.key else one for one in row] for row in rows]


def judged(answer: Answer, api: Client) -> Sequence[JudgedItem]:
    """Every judged item of a stored answer."""
    summary, manifest = answer.summary, answer.manifest
    if summary is None or manifest is None:
        return ()
    if len(summary.items) == summary.n_items:
        return summary.items
    return [JudgedItem.model_validate(item) for item in json.loads(api.file(manifest.key, "items.json"))]


def signature(rows: Sequence[Sequence[Answer]]) -> list[list[str]]:
    """What is drawn: while it stays the same, nothing is drawn again."""
    if any(answer.key for row in rows for answer in row):
        return [[answer.key or "" for answer in row] for row in rows]
    return [["on its way"]] if any(answer.is_open for row in rows for answer in row) else []


def under_way(rows: Sequence[Sequence[Answer]]) -> list[Answer]:
    """Answers whose job is open, or ended without a result that anybody has stored."""
    ended_badly = (JobState.FAILED, JobState.CANCELLED)
    return [one for row in rows for one in row if one.job and (one.is_open or one.job.state in ended_badly)]


@lru_cache(maxsize=1024)
def _manifest(key: str, api: Client) -> Manifest:
    """A result does not change; bars, table and items of a page ask for the same dozens of them."""
    return api.manifest(key)


def _question(request: Any) -> str:
    """A request without the words for people: title and language of the task change nothing."""
    asked: Mapping[str, Any] = request.model_dump(mode="json")
    task = {name: value for name, value in asked["task"].items() if name not in ("title", "language")}
    return json.dumps({**asked, "task": task}, sort_keys=True)
