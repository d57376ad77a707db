"""Tasks from files and datasets, and to the lm-evaluation-harness: read by the real libraries, as from the hub."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as arrow
import pytest
import yaml
from pyarrow import parquet

from backend.artifacts.task_items import items_of
from backend.contracts.problems import KnownError
from backend.contracts.tasks import TaskSummary
from backend.dataset_corpora import DatasetSource
from backend.task_sources import dataset_lines, file_content, write_harness_task
from tests.backend.artifacts.test_task_items import QUESTION, STORY, lines


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))


def test_a_dataset_becomes_the_items_of_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "es.parquet"
    parquet.write_table(arrow.Table.from_pylist([{"story_id": "x", **STORY}] * 3), path)
    content = dataset_lines(DatasetSource(str(path)), "story_cloze", "es", n_items=2)
    assert items_of(content, "story_cloze") == items_of(lines(STORY, STORY), "story_cloze")
    assert "story_id" not in json.loads(content.splitlines()[0])


def test_a_dataset_of_something_else_is_told(tmp_path: Path) -> None:
    path = tmp_path / "text.parquet"
    parquet.write_table(arrow.Table.from_pylist([{"text": "a", "label": 1}]), path)
    with pytest.raises(KnownError, match="columns are text, label"):
        dataset_lines(DatasetSource(str(path)), "multiple_choice", "en")
    with pytest.raises(KnownError, match="no file or folder"):
        dataset_lines(DatasetSource(str(tmp_path / "gone.parquet")), "multiple_choice", "en")


def test_a_file_is_read_or_its_reason_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "sums.jsonl"
    path.write_bytes(lines(QUESTION))
    assert file_content(path) == lines(QUESTION)
    for bad, told in ((tmp_path / "gone", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(KnownError, match=told):
            file_content(bad)
    monkeypatch.setattr("backend.task_sources.MAX_TASK_BYTES", 10)
    with pytest.raises(KnownError, match="10 at most"):
        file_content(path)


def test_the_harness_is_given_contexts_choices_and_answers(tmp_path: Path) -> None:
    task = TaskSummary(file="ab" * 32, title="sums", form="multiple_choice", language="en", n_items=1)
    name = write_harness_task(tmp_path / "out", task, items_of(lines(QUESTION), "multiple_choice", "texts"))
    config = yaml.safe_load((tmp_path / "out" / f"{name}.yaml").read_text())
    assert (config["task"], config["output_type"]) == ("atlas_en_abababab", "multiple_choice")
    given = Path(config["dataset_kwargs"]["data_files"]["test"]).read_text().splitlines()
    records = [json.loads(line) for line in given]
    assert records == [{"context": "2 + 2?\nAnswer:", "choices": ["3", "4", "5"], "answer": 1}]
