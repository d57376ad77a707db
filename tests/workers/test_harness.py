"""The same items through the lm-evaluation-harness (extra `[eval]`): its own Hugging Face model, its local-file task.

Skipped where the extra is not installed.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from backend.artifacts.task_items import items_of
from backend.artifacts.tasks import STORIES
from backend.contracts.neurons import ChoicePrompt, TaskForm
from backend.contracts.tasks import TaskItem, TaskSummary
from backend.task_sources import write_harness_task
from tests.backend.artifacts.test_task_items import lines
from tests.fakes import write_model
from workers.analysis.choice import Item, Judgement, judge

pytest.importorskip("lm_eval", reason='needs pip install "lingua-atlas[eval]"')
# Its imports and its progress bars warn about themselves and their own dependencies.
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.slow]

QUESTIONS = lines(
    *(
        {"question": f"What is {n} plus {n}?", "choices": [str(n), f"{2 * n}, I think", "nothing"], "answer": n % 3}
        for n in range(12)
    )
)


def asked_here(folder: Path, items: list[TaskItem]) -> list[Judgement]:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(folder).eval()
    return judge(model, AutoTokenizer.from_pretrained(folder), [Item(*item.model_dump().values()) for item in items])


def asked_there(folder: Path, tasks: Path, name: str) -> dict:
    from lm_eval import simple_evaluate
    from lm_eval.models.huggingface import HFLM
    from lm_eval.tasks import TaskManager

    model = HFLM(str(folder), device="cpu", dtype="float32", batch_size=4, add_bos_token=True)
    manager = TaskManager(include_path=str(tasks), include_defaults=False)
    found = simple_evaluate(model, tasks=[name], task_manager=manager, log_samples=True, bootstrap_iters=0)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("content", "form", "prompt", "language"),
    [
        ((STORIES / "es.jsonl").read_bytes(), "story_cloze", "letters", "es"),
        ((STORIES / "ar.jsonl").read_bytes(), "story_cloze", "letters", "ar"),
        (QUESTIONS, "multiple_choice", "letters", "en"),
        (QUESTIONS, "multiple_choice", "texts", "en"),
    ],
    ids=["es", "ar", "letters", "texts"],
)
@pytest.mark.parametrize("architecture", ["llama", "bloom"])
def test_log_likelihoods_and_accuracy_are_the_harnesses(
    architecture: str,
    content: bytes,
    form: TaskForm,
    prompt: ChoicePrompt,
    language: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    changes = {} if architecture == "bloom" else {"max_position_embeddings": 2048}
    folder = write_model(tmp_path / "model", architecture, **changes)
    items = items_of(content, form, prompt)
    task = TaskSummary(file="a" * 64, title="t", form=form, language=language, n_items=len(items))
    name = write_harness_task(tmp_path / "tasks", task, items)

    here = asked_here(folder, items)
    there = asked_there(folder, tmp_path / "tasks", name)

    samples = sorted(there["samples"][name], key=lambda sample: sample["doc_id"])
    assert len(samples) == len(here)
    for sample, judged in zip(samples, here, strict=True):
        theirs = [float(response[0][0]) for response in sample["resps"]]
        assert judged.log_likelihoods == pytest.approx(theirs, abs=1e-4, rel=0)
    told = there["results"][name]
    n_items = len(items)
    assert told["acc,none"] == pytest.approx(
        sum(one.chosen == item.answer for one, item in zip(here, items, strict=True)) / n_items
    )
    assert told["acc_norm,none"] == pytest.approx(
        sum(one.chosen_by_character == item.answer for one, item in zip(here, items, strict=True)) / n_items
    )
    assert json.loads((tmp_path / "tasks" / f"{name}.yaml").read_text())["task"] == name
