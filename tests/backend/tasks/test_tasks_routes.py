"""`/tasks` over HTTP, and requests that name a task."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from backend.artifacts.tasks import MAX_TASK_BYTES, Tasks
from backend.contracts.tasks import TaskItems, TaskList, TaskSummary
from backend.settings import MAX_BODY_BYTES
from tests.backend.artifacts.test_task_items import QUESTION, STORY, lines
from tests.backend.atlas_folder import MODEL

SUMS = {"title": "sums", "form": "multiple_choice", "language": "en"}


def add(api: TestClient, content: bytes, **changes: str):
    return api.post("/tasks", params=SUMS | changes, content=content)


def choice(**changes: object) -> dict:
    built_in = Tasks().all()[0]
    task = {"file": built_in.file, "title": "stories", "form": "story_cloze", "language": "ar"}
    named = {name: changes.pop(name) for name in tuple(changes) if name in task}
    return {"request": {"kind": "choice", "model": MODEL, "task": task | named, **changes}}


def test_the_built_in_stories_are_there(api: TestClient):
    tasks = TaskList.model_validate_json(api.get("/tasks").content).tasks
    assert {task.language for task in tasks} == {"ar", "de", "en", "es", "fr", "hi", "ru", "zh"}
    found = TaskItems.model_validate_json(api.get(f"/tasks/{tasks[2].file}/items", params={"stop": 2}).content)
    assert found.items[0].context.startswith("Anna planned a picnic") and len(found.items) == 2
    assert found.items[0].context.endswith(" The ending in English:")


def test_a_task_is_added_listed_and_read(api: TestClient):
    task = TaskSummary.model_validate_json(add(api, lines(QUESTION, QUESTION)).content)
    assert task in TaskList.model_validate_json(api.get("/tasks").content).tasks
    read = api.get(f"/tasks/{task.file}/items", params={"prompt": "texts", "start": 1})
    found = TaskItems.model_validate_json(read.content)
    assert (found.task, found.start, len(found.items), found.items[0].choices[0]) == (task, 1, 1, " 3")


@pytest.mark.parametrize(
    ("content", "changes", "field", "told"),
    [
        (lines(QUESTION, STORY), {}, "task.file", "line 2 has no question"),
        (lines(QUESTION), {"form": "story_cloze"}, "task.file", "line 1 has neither sentences nor"),
        (lines(QUESTION), {"language": "no code"}, "language", "language"),
        (lines(QUESTION), {"title": ""}, "title", "title"),
    ],
)
def test_a_bad_task_is_refused_with_its_reason(api: TestClient, content, changes, field, told):
    answer = add(api, content, **changes)
    assert answer.status_code == 422
    assert told in answer.json()["detail"] and field in answer.json()["field"]
    assert all(task["built_in"] for task in api.get("/tasks").json()["tasks"])


def test_a_task_may_be_larger_than_a_request(api: TestClient):
    many = lines(*[QUESTION] * 40_000)
    assert MAX_BODY_BYTES < len(many) < MAX_TASK_BYTES
    assert add(api, many).json()["n_items"] == 40_000


@pytest.mark.parametrize(
    ("changes", "status", "code", "told"),
    [
        ({"file": "0" * 64}, 404, "unknown_task", "tasks list"),
        ({"form": "multiple_choice"}, 422, "bad_task", "story_cloze"),
        ({"n_items": 21}, 422, "items_out_of_range", "20"),
        (
            {"change": {"change": "edits", "edits": [
                {"where": {"target": "scalar", "matrix": "9.norm.input", "index": [0]}, "action": "zero"}]}},
            422, "unknown_matrix", "0.attn.q",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_before_it_is_queued(api: TestClient, changes, status, code, told):
    answer = api.post("/jobs", json=choice(**changes)).json()
    assert (answer["status"], answer["code"]) == (status, code)
    assert told in answer["detail"] + answer["hint"]
    assert api.get("/jobs").json()["jobs"] == []


def test_a_development_must_name_tasks_that_are_here(api: TestClient):
    request = {
        "kind": "development",
        "members": [{"model": MODEL, "position": 1}],
        "languages": ["ar", "de", "en", "es", "fr", "hi"],
        "lines": {"start": 0, "stop": 3},
        "tasks": [choice()["request"]["task"] | {"file": "0" * 64}],
    }
    answer = api.post("/jobs", json={"request": request}).json()
    assert answer["code"] == "unknown_task"
