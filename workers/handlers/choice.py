"""Story cloze and multiple choice by log-likelihood, intact or under one change (paper B, appendix B)."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from backend.artifacts.tasks import Tasks
from backend.contracts.jobs import Ticket
from backend.contracts.requests import ChoiceRequest, TaskFile
from backend.contracts.results import ChoiceSummary, JudgedItem
from backend.contracts.tasks import ENDING_IN_ENGLISH
from backend.contracts.vocabulary import Phase
from workers.analysis.choice import Item, Judgement, judge
from workers.context import Context, Outcome
from workers.handlers.changes import changed, seed_of, words_of
from workers.handlers.texts import begins_with_bos, bos_rule

ITEMS_FILE = "items.json"
N_SHOWN = 200
"""Items that the summary holds itself; all are in `ITEMS_FILE`."""
_BATCH_TOKENS_CPU, _BATCH_TOKENS_GPU = 1024, 16_384


def handle(ticket: Ticket, context: Context, folder: Path) -> Outcome:
    """Accuracy over the first items of a task; the weights are as before afterwards. Writes `items.json`."""
    request = ticket.request
    assert isinstance(request, ChoiceRequest)
    given = Tasks(context.layout.tasks).items_of(request.task, request.n_items)
    items = [Item(item.context, item.choices, item.answer) for item in given]
    context.progress.phase(Phase.LOADING_MODEL)
    loaded = context.host.load(request.model, request.dtype)
    context.progress.phase(Phase.RUNNING)
    note = f"{words_of(request.change)} · {request.task.title}"
    with changed(loaded, request.change, ticket, context) as done:
        judged = judge(
            loaded.model,
            loaded.tokenizer,
            items,
            bos=begins_with_bos(loaded, request.bos),
            max_tokens_per_batch=_BATCH_TOKENS_CPU if loaded.device == "cpu" else _BATCH_TOKENS_GPU,
            track=partial(context.progress.track, note=note),
        )
    context.progress.phase(Phase.WRITING)
    records = _records(items, judged)
    told = [record.model_dump(mode="json") for record in records]
    (folder / ITEMS_FILE).write_text(json.dumps(told, separators=(",", ":")), encoding="utf-8")
    return Outcome(
        summary=_summary(items, judged, records, done.note),
        model=request.model,
        seed=seed_of(request.change),
        rules=_rules(request.task)
        | {"bos": bos_rule(loaded, request.bos, "context")}
        | ({"change": done.note} if done.note else {}),
        device=loaded.device,
        dtype=loaded.dtype,
    )


def _summary(
    items: Sequence[Item], judged: Sequence[Judgement], records: Sequence[JudgedItem], note: str
) -> ChoiceSummary:
    n_items = len(items)
    n_correct = sum(one.chosen == item.answer for item, one in zip(items, judged, strict=True))
    by_character = sum(one.chosen_by_character == item.answer for item, one in zip(items, judged, strict=True))
    accuracy = n_correct / n_items
    return ChoiceSummary(
        n_items=n_items,
        n_correct=n_correct,
        accuracy=accuracy,
        standard_error=math.sqrt(accuracy * (1 - accuracy) / n_items),
        accuracy_by_character=by_character / n_items,
        chance=math.fsum(1 / len(item.choices) for item in items) / n_items,
        items=tuple(records[:N_SHOWN]),
        n_not_a_number=sum(one.chosen == -1 for one in judged),
        note=note,
    )


def _records(items: Sequence[Item], judged: Sequence[Judgement]) -> list[JudgedItem]:
    return [
        JudgedItem(
            item=number,
            answer=item.answer,
            chosen=one.chosen,
            log_likelihoods=tuple(score if math.isfinite(score) else None for score in one.log_likelihoods),
        )
        for number, (item, one) in enumerate(zip(items, judged, strict=True))
    ]


def _rules(task: TaskFile) -> dict[str, str]:
    """What the request leaves open."""
    shared = {
        "score": "sum of log p over the tokens of the choice, in nats; of equals the first",
        "by_character": "the same, divided by the number of characters of the choice",
        "not_a_number": "counts as wrong",
    }
    if task.form == "story_cloze":
        return shared | {"prompt": f"four sentences, then {ENDING_IN_ENGLISH!r}; judged by the endings"}
    if task.prompt == "texts":
        return shared | {"prompt": "question, then 'Answer:'; judged by the texts of the choices"}
    return shared | {"prompt": "question, the choices as 'A. ...', then 'Answer:'; judged by the letters"}
