"""Added tasks are kept by their content, whole or not at all."""

import hashlib
from pathlib import Path

import pytest

from backend.artifacts.tasks import Tasks
from backend.contracts.neurons import TaskFile
from backend.contracts.problems import KnownError
from tests.backend.artifacts.test_task_items import QUESTION, lines

CONTENT = lines(QUESTION, QUESTION | {"answer": "A"})
FILE = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def tasks(tmp_path: Path) -> Tasks:
    return Tasks(tmp_path / "tasks")


def add(tasks: Tasks, title: str = "sums"):
    return tasks.add(CONTENT, title=title, form="multiple_choice", language="en")


def test_what_was_added_is_listed_and_read(tasks: Tasks):
    task = add(tasks)
    assert (task.file, task.n_items, task.built_in) == (FILE, 2, False)
    assert tasks.all()[-1] == task == tasks.named(FILE)
    asked = TaskFile(file=FILE, title="sums", form="multiple_choice", language="en", prompt="texts")
    assert [item.answer for item in tasks.items_of(asked, None)] == [1, 0]
    assert [item.choices[0] for item in tasks.items_of(asked, 1)] == [" 3"]


def test_the_same_content_again_only_gets_the_new_title(tasks: Tasks):
    add(tasks)
    add(tasks, "additions")
    assert [task.title for task in tasks.all() if not task.built_in] == ["additions"]


def test_a_built_in_task_can_be_added_and_stays_what_it_is(tasks: Tasks):
    built_in = tasks.all()[0]
    content = (Path(__file__).parents[3] / "backend/data/stories/ar.jsonl").read_bytes()
    assert tasks.add(content, title="mine", form="story_cloze", language="ar") == built_in


def test_a_bad_file_leaves_nothing(tasks: Tasks):
    with pytest.raises(KnownError, match="line 1 is no JSON"):
        tasks.add(b"x", title="bad", form="story_cloze", language="en")
    assert tasks.root is not None and not tasks.root.exists()


@pytest.mark.parametrize(
    ("file", "form", "n_items", "code"),
    [
        ("0" * 64, "multiple_choice", None, "unknown_task"),
        (FILE, "story_cloze", None, "bad_task"),
        (FILE, "multiple_choice", 3, "items_out_of_range"),
    ],
)
def test_what_is_not_there_is_told(tasks: Tasks, file, form, n_items, code):
    add(tasks)
    with pytest.raises(KnownError) as caught:
        tasks.items(file, form, n_items=n_items)
    assert caught.value.problem.code == code
