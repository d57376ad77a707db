"""Appendix B of paper B: stories in many languages, endings in English, judged by log-likelihood."""

from __future__ import annotations

import math

from backend.artifacts.tasks import Tasks
from backend.contracts.reproduction import Judgement
from backend.contracts.requests import ChoiceRequest, Request, TaskFile
from backend.contracts.results import ChoiceSummary
from backend.reproduction.blocks import Block, Known, Labels
from backend.reproduction.judging import NOTHING_YET, Rule
from backend.reproduction.setting import Setting
from backend.reproduction.spec import Spec

ACCURACY, BY_LENGTH, ERROR, CHANCE, ITEMS = "Accuracy", "By character", "Standard error", "Chance", "Stories"
COLUMNS = (ACCURACY, BY_LENGTH, ERROR, CHANCE, ITEMS)
ERRORS = 2.0
ENGLISH = "en"


def built_in_tasks(setting: Setting) -> tuple[TaskFile, ...]:
    """The stories that ship with the atlas, in the languages asked for (none: all they are in)."""
    asked = setting.conditions.languages
    stories = [task for task in Tasks().all() if task.built_in]
    chosen = [task for task in stories if task.language in asked] or stories
    return tuple(TaskFile(file=one.file, title=one.title, form=one.form, language=one.language) for one in chosen)


def _requests(setting: Setting, _: Known) -> dict[str, Request]:
    model, dtype = setting.conditions.model, setting.conditions.dtype
    return {_step(task): ChoiceRequest(model=model, dtype=dtype, task=task) for task in built_in_tasks(setting)}


def _step(task: TaskFile) -> str:
    return f"stories {task.language}"


def _measured(setting: Setting, known: Known) -> list[Block]:
    tasks = built_in_tasks(setting)
    series: dict[Labels, dict[str, float]] = {}
    texts: dict[tuple[Labels, str], str] = {}
    for task in tasks:
        stored = known.get(_step(task))
        if stored and isinstance(stored.summary, ChoiceSummary):
            row, cells = (task.language,), _cells(stored.summary)
            series[row] = cells
            texts |= {(row, name): _printed(name, value) for name, value in cells.items()}
    rule = "log-likelihood of the ending after the story; by character: divided by its length"
    return [Block(setting.conditions.model, COLUMNS, series, printed=texts, step=_step(tasks[0]), rule=rule)]


def _cells(found: ChoiceSummary) -> dict[str, float]:
    values = (found.accuracy, found.accuracy_by_character, found.standard_error, found.chance, float(found.n_items))
    return dict(zip(COLUMNS, values, strict=True))


def _printed(name: str, value: float) -> str:
    return f"{value:.0f}" if name == ITEMS else f"{100 * value:.1f}%"


def _above_chance(block: Block) -> Judgement:
    """The stories are the same in every language: the error of one language stands for that of the mean."""
    found = {row[0]: cells for row, cells in block.series.items() if row[0] != ENGLISH}
    if not found:
        return NOTHING_YET
    accuracy = sum(cells[ACCURACY] for cells in found.values()) / len(found)
    error = max(math.sqrt(accuracy * (1 - accuracy) / cells[ITEMS]) for cells in found.values())
    chance = next(iter(found.values()))[CHANCE]
    told = f"{accuracy:.1%} in {len(found)} languages, standard error {error:.1%}, chance {chance:.0%}"
    return Judgement(holds=accuracy - ERRORS * error > chance, evidence=told)


def _as_in_english(block: Block) -> Judgement:
    english = block.series.get((ENGLISH,))
    others = {row[0]: cells for row, cells in block.series.items() if row[0] != ENGLISH}
    if not english or not others:
        return NOTHING_YET
    behind = {
        code: english[ACCURACY] - cells[ACCURACY]
        for code, cells in others.items()
        if english[ACCURACY] - cells[ACCURACY] > ERRORS * math.hypot(english[ERROR], cells[ERROR])
    }
    low = min(others, key=lambda code: others[code][ACCURACY])
    told = f"English {english[ACCURACY]:.1%}, least {low} {others[low][ACCURACY]:.1%}"
    named = f"; behind: {', '.join(behind)}" if behind else ""
    return Judgement(holds=not behind, evidence=told + named)


APPENDIX_B = Spec(
    name="b-appendix-b",
    title="Appendix B of paper B",
    question="Is a story understood in one language and ended in English?",
    labels=("language",),
    requests=_requests,
    measured=_measured,
    rules=(
        Rule(
            "Stories told in other languages are understood: the English ending that fits is the more likely one.",
            f"mean accuracy over the languages but English exceeds chance by more than {ERRORS:g} standard errors",
            _above_chance,
        ),
        Rule(
            "They are understood as well as in English (our question).",
            f"no language is behind English by more than {ERRORS:g} standard errors of the difference",
            _as_in_english,
        ),
    ),
    stand_ins=lambda setting: (
        "Twenty built-in stories in each of their languages stand in for XStoryCloze. `lingua-atlas tasks add` takes "
        "the real file, and the Tasks page asks it the same way.",
        "How accuracy grows with training and size is b-figure-4 and b-figure-7.",
    ),
    has_published=False,
    paper="B",
    options=(),
)
