"""Where tasks come from and go to: files, Hugging Face datasets, the lm-evaluation-harness.

Knows rows and files; what makes an item is `artifacts.task_items`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from backend.artifacts.task_items import FIELDS
from backend.artifacts.tasks import MAX_TASK_BYTES
from backend.contracts.neurons import TaskForm
from backend.contracts.problems import KnownError
from backend.contracts.tasks import TaskItem, TaskSummary
from backend.dataset_corpora import DatasetSource, open_rows


def file_content(path: Path) -> bytes:
    """The bytes of a file that may be a task; a clear problem for what cannot be read, or is too large to be one."""
    try:
        size_bytes = path.stat().st_size
        if size_bytes <= MAX_TASK_BYTES:
            return path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise KnownError(
            "unreadable_task", f"{path} cannot be read: {reason}", hint="Give a file of JSON lines, or hf:ORG/NAME."
        ) from None
    raise KnownError(
        "unreadable_task",
        f"{path} has {size_bytes:,} bytes; a task has {MAX_TASK_BYTES:,} at most",
        hint="Split it into several tasks.",
    )


def dataset_lines(source: DatasetSource, form: TaskForm, language: str, *, n_items: int | None = None) -> bytes:
    """The first rows of a dataset as JSON lines, with nothing but the columns that an item is read from."""
    lines = []
    for row in islice(open_rows(source, language), n_items):
        kept = {name: value for name, value in row.items() if name.strip().lower() in FIELDS[form]}
        if not kept:
            raise KnownError(
                "bad_task",
                f"{source.place} has none of the columns of a {form} item; its columns are {', '.join(row)}",
                hint=f"Read are {', '.join(sorted(FIELDS[form]))}.",
            )
        lines.append(json.dumps(kept, ensure_ascii=False, default=str))
    return "\n".join(lines).encode()


def write_harness_task(folder: Path, task: TaskSummary, items: Sequence[TaskItem]) -> str:
    """The items as a local task of the lm-evaluation-harness; gives its name. JSON is YAML."""
    name = f"atlas_{task.language}_{task.file[:8]}"
    folder.mkdir(parents=True, exist_ok=True)
    lines = folder / f"{name}.jsonl"
    with lines.open("w", encoding="utf-8") as file:
        for item in items:
            choices = [choice.removeprefix(" ") for choice in item.choices]
            record = {"context": item.context, "choices": choices, "answer": item.answer}
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
    config = {
        "task": name,
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": str(lines.resolve())}},
        "test_split": "test",
        "output_type": "multiple_choice",
        "doc_to_text": "context",
        "doc_to_choice": "choices",
        "doc_to_target": "answer",
        "target_delimiter": " ",
        "metric_list": [
            {"metric": metric, "aggregation": "mean", "higher_is_better": True} for metric in ("acc", "acc_norm")
        ],
        "metadata": {"version": 1.0, "title": task.title},
    }
    (folder / f"{name}.yaml").write_text(json.dumps(config, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return name
