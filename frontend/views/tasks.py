"""The Tasks page without the page: accuracy of every task under every condition, and the items read one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from backend.client import Client
from backend.contracts.problems import KnownError
from backend.contracts.tasks import ENDING_IN_ENGLISH
from frontend import urls
from frontend.choices.tasks import N_HASH, ItemsView, TasksChoice, label_of
from frontend.figures.tasks import accuracy
from frontend.task_answers import Answer, answers, conditions, read
from frontend.views.base import Cell, Passage, Picture, Table, View
from frontend.views.parts import model_of
from frontend.views.tasks_asked import (
    FILTERS,
    Judged,
    answered,
    bars,
    judged_items,
    kept_items,
    margin,
    names,
    of_address,
    sentences,
    shown_items,
)

TITLE = "Which ending, which answer does the model find likelier"


def view(query: Mapping[str, str], api: Client) -> View:
    """Every chosen task under every condition, as far as it is answered."""
    model = model_of(query, api)
    choice, result, problem = of_address(query, model, api)
    if problem is not None:
        raise KnownError.of(problem)
    asked = answers(choice, api.tasks(), conditions(choice, api, result), api)
    rows = read(answered(asked), api)
    missing = tuple(one.request for row in asked for one in row if not one.key)
    looked_at = ItemsView.of_query(query)
    if not rows:
        address = _address(choice, result, ItemsView(), api)
        return View(address, TITLE, f"None of these tasks has been asked of {choice.model} yet.", missing=missing)
    row = next((row for row in rows if looked_at.task and row[0].task.file.startswith(looked_at.task)), rows[0])
    items = judged_items(row, api)
    show = looked_at.show if looked_at.show in FILTERS else "all"
    some, n_pages = shown_items(items, show, looked_at.page)
    task = None if row is rows[0] else row[0].task.file[:N_HASH]
    looked_at = ItemsView(task, show, min(looked_at.page, n_pages))
    manifests = {one.manifest.key: one.manifest for row in rows for one in row if one.manifest}
    return View(
        address=_address(choice, result, looked_at, api),
        title=TITLE,
        lead=f"{choice.model}. {' '.join(f'{one.start}: {one.sentence}' for one in sentences(rows))}",
        pictures=(Picture(accuracy(bars(rows), names(rows), dark=False)),),
        tables=(_accuracies(rows), _items(row, kept_items(items, show), show)),
        passages=tuple(_passage(one, row) for one in some),
        sources=tuple(manifests.values()),
        missing=missing,
    )


def _address(choice: TasksChoice, result: str | None, looked_at: ItemsView, api: Client) -> str:
    """The form with what is usual left out; the result only where its change has no option of its own."""
    state = choice.state()
    if choice.tasks == TasksChoice.first(choice.model, api.tasks()).tasks:
        state["tasks"] = None
    if choice.prompt == TasksChoice(choice.model).prompt:
        state["prompt"] = None
    known = [one.change for one in conditions(choice, api)]
    if (result and getattr(api.manifest(result).request, "change", None) not in known) or not choice.tasks:
        state["result"] = result
    return urls.link("tasks", **state, **looked_at.state())


def _accuracies(rows: Sequence[Sequence[Answer]]) -> Table:
    columns = (
        "Task", "Language", "Condition", "Items", "Correct", "Accuracy", "Standard error", "By character", "Chance",
        "Not a number", "Points from intact", "Result",
    )  # fmt: skip
    cells: list[tuple[Cell, ...]] = []
    tasks = [row[0].task for row in rows]
    for row in rows:
        base = row[0].summary
        for name, one in zip(names(rows), row, strict=True):
            found = one.summary
            if found is None or one.manifest is None:
                continue
            change = 100 * (found.accuracy - base.accuracy) if base and one is not row[0] else None
            cells.append(
                (
                    label_of(one.task, tasks), one.task.language, name, found.n_items, found.n_correct, found.accuracy,
                    found.standard_error, found.accuracy_by_character, found.chance, found.n_not_a_number, change,
                    one.manifest.key,
                )
            )  # fmt: skip
    return Table("accuracy", "Accuracy by task and condition", columns, tuple(cells))


def _items(row: Sequence[Answer], items: Sequence[Judged], show: str) -> Table:
    """Every item that the filter keeps, not only those of the page."""
    conditions_ = names([row])
    columns = ["Item", "Right choice"]
    for name in conditions_:
        columns += [f"Chosen, {name}", f"Margin in nats, {name}"]
    cells = tuple((one.number + 1, one.by[0].answer + 1 if one.by[0] else None, *_judged(one)) for one in items)
    kept = {"all": "all items", "wrong": "items with a wrong answer", "changed": "items whose answer changed"}[show]
    return Table("items", f"{row[0].task.title}: {kept}", tuple(columns), cells)


def _judged(one: Judged) -> tuple[Cell, ...]:
    cells: list[Cell] = []
    for judged in one.by:
        cells += [judged.chosen + 1, margin(judged)] if judged else [None, None]
    return tuple(cells)


def _passage(one: Judged, row: Sequence[Answer]) -> Passage:
    """Story or question with its choices; a mark at the right one, and who chose it."""
    story, said, _ = one.item.context.rpartition(ENDING_IN_ENGLISH)
    text = story.strip() if said else one.item.context
    lines = [text, *([said] if said else [])]
    for place, choice in enumerate(one.item.choices):
        chosen = [name for name, judged in zip(names([row]), one.by, strict=True) if judged and judged.chosen == place]
        marks = [*(["the right one"] if place == one.item.answer else []), *(f"chosen {name}" for name in chosen)]
        told = f" ({', '.join(marks)})" if marks else ""
        lines.append(f"{place + 1}. {choice.strip()}{told}")
    title = f"{row[0].task.title}, item {one.number + 1}"
    return Passage(f"item-{one.number + 1}", title, "\n".join(lines), row[0].task.language)
