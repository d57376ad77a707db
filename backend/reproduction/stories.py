"""Appendix B of paper B: stories in many languages, endings in English, judged by log-likelihood."""

from __future__ import annotations

from backend.artifacts.tasks import Tasks
from backend.contracts.reproduction import Judgement
from backend.contracts.requests import ChoiceRequest, Request, TaskFile
from backend.contracts.results import ChoiceSummary
from backend.contracts.verdicts import Estimate, all_of, difference, inside, share
from backend.reproduction.blocks import Block, Known, Labels
from backend.reproduction.judging import NOTHING_YET, Rule
from backend.reproduction.setting import Setting
from backend.reproduction.spec import Spec

ACCURACY, BY_LENGTH, ERROR, CHANCE, ITEMS = "Accuracy", "By character", "Standard error", "Chance", "Stories"
COLUMNS = (ACCURACY, BY_LENGTH, ERROR, CHANCE, ITEMS)
BEHIND = 0.1
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


def _accuracy(cells: dict[str, float]) -> Estimate:
    return share(cells[ACCURACY] * cells[ITEMS], cells[ITEMS])


def _above_chance(block: Block) -> Judgement:
    """The stories are the same in every language: the error of one language stands for that of the mean."""
    found = {row[0]: cells for row, cells in block.series.items() if row[0] != ENGLISH}
    if not found:
        return NOTHING_YET
    n_items = min(cells[ITEMS] for cells in found.values())
    mean = share(n_items * sum(cells[ACCURACY] for cells in found.values()) / len(found), n_items)
    chance = next(iter(found.values()))[CHANCE]
    told = f"{_told(mean)} in {len(found)} languages, chance {chance:.0%}"
    return Judgement(holds=inside(mean, least=chance), evidence=told)


def _as_in_english(block: Block) -> Judgement:
    """Behind by less than the margin, and both above chance: two coins are alike and understand nothing."""
    english = block.series.get((ENGLISH,))
    others = {row[0]: cells for row, cells in block.series.items() if row[0] != ENGLISH}
    if not english or not others:
        return NOTHING_YET
    own, chance = _accuracy(english), english[CHANCE]
    behind = {code: difference(own, _accuracy(cells)) for code, cells in others.items()}
    states = {code: inside(one, most=BEHIND) for code, one in behind.items()}
    at_chance = [code for code, cells in block.series.items() if inside(_accuracy(cells), least=chance) is not True]
    low = max(behind, key=lambda code: behind[code].value)
    told = f"English {_told(own)}, least {low} {_told(_accuracy(others[low]))}"
    far = [code for code, state in states.items() if state is False]
    told += f"; behind: {', '.join(far)}" if far else ""
    told += f"; not clearly above chance: {', '.join(code[0] for code in at_chance)}" if at_chance else ""
    holds = all_of(states.values())
    return Judgement(holds=None if holds and at_chance else holds, evidence=told)


def _told(one: Estimate) -> str:
    return f"{one.value:.1%} [{one.low:.1%}, {one.high:.1%}]"


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
            "Wilson's interval of the mean accuracy over the languages but English lies above chance",
            _above_chance,
            "the stories are the same in all languages: the interval is that of one",
        ),
        Rule(
            "They are understood as well as in English (our question).",
            f"every language is behind English by less than {BEHIND:.0%}, by the interval of the difference, and "
            "English and the language are above chance by their intervals",
            _as_in_english,
            f"{BEHIND:.0%} is the margin customary for two shares to count as equivalent",
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
