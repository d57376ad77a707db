"""`lingua-atlas tasks`: list story cloze and multiple choice tasks, add one's own, give them to another harness."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from backend.contracts.neurons import ChoicePrompt, TaskForm
from backend.dataset_corpora import DatasetSource, is_dataset
from backend.task_sources import dataset_lines, file_content, write_harness_task
from backend.terminal import ApiUrl, client_of, one_that_begins, out, table, tell_broken, tell_removed

app = typer.Typer(help="Story cloze and multiple choice.", no_args_is_help=True)


@app.command("list")
def list_tasks(api_url: ApiUrl = "") -> None:
    """Tasks the atlas can ask."""
    with client_of(api_url) as client:
        listed = table("file", "title", "form", "language", "items", "licence")
        for task in client.tasks():
            listed.add_row(task.file, task.title, task.form, task.language, str(task.n_items), task.licence)
        out.print(listed)
        tell_broken(client.broken("tasks"))


@app.command("add")
def add_task(
    title: Annotated[str, typer.Argument(help="Its title in the atlas.")],
    source: Annotated[str, typer.Argument(help="A file of JSON lines; a .parquet or .csv file; or hf:ORG/NAME.")],
    form: Annotated[TaskForm, typer.Option(help="What a line holds.")],
    language: Annotated[str, typer.Option(help="Code of its language; {language} stands for it in --config.")],
    config: Annotated[str, typer.Option(help="Configuration of a dataset, e.g. es.")] = "",
    split: Annotated[str, typer.Option(help="Split of a dataset.")] = "test",
    revision: Annotated[str, typer.Option(help="Branch, tag or commit of a dataset of the hub.")] = "",
    items: Annotated[int | None, typer.Option(min=1, help="Of a dataset: items, from the first on.")] = None,
    api_url: ApiUrl = "",
) -> None:
    """Check every item and add them as a task. A dataset is streamed: nothing but the items taken is fetched."""
    if is_dataset(source) and not source.endswith((".jsonl", ".json")):
        dataset = DatasetSource(source, config=config or None, split=split, revision=revision or None)
        content = dataset_lines(dataset, form, language, n_items=items)
    else:
        content = file_content(Path(source).expanduser())
    with client_of(api_url) as client:
        task = client.add_task(content, title=title, form=form, language=language)
    out.print(f"{task.title}: {task.n_items:,} items, {task.file}", markup=False)


@app.command("export")
def export_task(
    file: Annotated[str, typer.Argument(help="Its hash, or how it begins; `tasks list` tells them.")],
    folder: Annotated[Path, typer.Argument(help="Where the task is written.")] = Path(),
    prompt: Annotated[ChoicePrompt, typer.Option(help="Judge multiple choice by letters or by texts.")] = "letters",
    api_url: ApiUrl = "",
) -> None:
    """Write the same items as a task of the lm-evaluation-harness: one .yaml and one .jsonl."""
    with client_of(api_url) as client:
        known = {task.file: task for task in client.tasks()}
        task = known[one_that_begins("task", file, list(known))]
        items = [
            item
            for start in range(0, task.n_items, 1000)
            for item in client.task_items(task.file, start, start + 1000, prompt=prompt).items
        ]
    name = write_harness_task(folder, task, items)
    out.print(f"lm_eval --tasks {name} --include_path {folder}", markup=False)


@app.command("remove")
def remove_task(
    file: Annotated[str, typer.Argument(help="Its hash, or how it begins; `tasks list` tells them.")],
    api_url: ApiUrl = "",
) -> None:
    """Remove a task that was added. Its results stay."""
    with client_of(api_url) as client:
        tell_removed(client.remove("tasks", one_that_begins("task", file, [one.file for one in client.tasks()])))
