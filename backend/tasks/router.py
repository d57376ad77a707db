"""`/tasks`: what a `choice` request can name; list, add, read."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.concurrency import run_in_threadpool

from backend.artifacts.tasks import Tasks
from backend.contracts.base import Language
from backend.contracts.neurons import ChoicePrompt, TaskForm
from backend.contracts.regions import Sha256
from backend.contracts.tasks import TaskItems, TaskList, TaskSummary
from backend.dependencies import SettingsOf
from backend.openapi import problems

router = APIRouter(tags=["tasks"])

PATH = "/tasks"
MAX_ITEMS = 1000
_LINES = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
TaskHash = Annotated[Sha256, Path(description="SHA-256 of the task's file.")]


@router.get(PATH)
def list_tasks(settings: SettingsOf) -> TaskList:
    """Built-in and added tasks."""
    return _tasks(settings).listed()


@router.post(PATH, responses=problems(507), openapi_extra={"requestBody": {"required": True, "content": _LINES}})
async def add_task(
    request: Request,
    settings: SettingsOf,
    title: Annotated[str, Query(min_length=1, max_length=120)],
    form: TaskForm,
    language: Language,
) -> TaskSummary:
    """Check every line of the body (JSON lines, one item each) and keep it; a bad line is named by its number."""
    content = await request.body()
    tasks = _tasks(settings)
    return await run_in_threadpool(lambda: tasks.add(content, title=title, form=form, language=language))


@router.get(f"{PATH}/{{file}}/items", responses=problems(404))
def read_items(
    file: TaskHash,
    settings: SettingsOf,
    prompt: ChoicePrompt = "letters",
    start: Annotated[int, Query(ge=0, le=2**53)] = 0,
    stop: Annotated[int | None, Query(ge=1, le=2**53, description=f"At most {MAX_ITEMS} above start.")] = None,
) -> TaskItems:
    """Items as a model reads them: context, choices, which is right."""
    tasks = _tasks(settings)
    task = tasks.named(file)
    items = tasks.items(file, task.form, prompt)
    return TaskItems(task=task, prompt=prompt, start=start, items=items[start : min(stop or 2**53, start + MAX_ITEMS)])


def _tasks(settings: SettingsOf) -> Tasks:
    return Tasks(settings.layout.tasks)
