"""Items of a task from JSON lines: story cloze (paper B, appendix B) and multiple choice (MMLU, ArabicMMLU).

Knows the forms of a line and the prompt that each becomes; knows nothing of where files lie. Every bad line is told
by its number, with what is missing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from backend.contracts.neurons import ChoicePrompt, TaskForm
from backend.contracts.problems import KnownError
from backend.contracts.tasks import ENDING_IN_ENGLISH, TaskItem

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ACCEPTED: dict[TaskForm, str] = {
    "story_cloze": "A story cloze line has sentences (a list of four) or input_sentence_1 to input_sentence_4, endings "
    "(a list of two) or sentence_quiz1 and sentence_quiz2, and answer (0 or 1) or answer_right_ending (1 or 2).",
    "multiple_choice": "A multiple choice line has question, choices (a list), and answer (an index from 0, or a "
    "letter); also read are Option 1 to Option 5 or A to E instead of choices, Answer Key instead of answer, and "
    "context, which comes before the question.",
}
_STORY = tuple(f"input_sentence_{number}" for number in range(1, 5))
_ENDINGS = ("sentence_quiz1", "sentence_quiz2")
_OPTIONS = (tuple(f"option {number}" for number in range(1, 6)), tuple("abcde"))
FIELDS: dict[TaskForm, frozenset[str]] = {
    "story_cloze": frozenset({"sentences", *_STORY, "endings", *_ENDINGS, "answer", "answer_right_ending"}),
    "multiple_choice": frozenset(
        {"context", "question", "choices", *_OPTIONS[0], *_OPTIONS[1], "answer", "answer key"}
    ),
}
"""What is read of a line, in small letters."""


class _BadLineError(Exception):
    """What is wrong with one line, without its place."""


def items_of(content: bytes, form: TaskForm, prompt: ChoicePrompt = "letters") -> list[TaskItem]:
    """Every item of a file, in order. Raises `bad_task` naming the first line that is none.

    Story cloze: the four sentences joined by blanks, then `ENDING_IN_ENGLISH`. Multiple choice: the question, one
    line for each choice (`A. ...`), `Answer:`, judged by the letters, as the lm-evaluation-harness asks MMLU; with
    prompt `texts` the question and `Answer:`, judged by the texts of the choices.
    """
    items = []
    for number, line in _lines(content):
        try:
            items.append(_item(_record(line), form, prompt))
        except _BadLineError as error:
            raise KnownError("bad_task", f"line {number} {error}", hint=ACCEPTED[form], field="task.file") from None
    if not items:
        raise KnownError("bad_task", "the file has no item", hint=ACCEPTED[form], field="task.file")
    return items


def _lines(content: bytes) -> Iterator[tuple[int, str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise KnownError(
            "bad_task", f"line {line} is not UTF-8 text", hint="Convert the file to UTF-8.", field="task.file"
        ) from None
    # Not splitlines(): JSON may hold U+2028 as it is.
    return ((number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip())


def _record(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _BadLineError(f"is no JSON ({error}); every item is one object on a line of its own") from None
    if not isinstance(found, dict):
        raise _BadLineError(f"holds {_shown(found)}, not an object; every item is one object on a line of its own")
    return {str(name).strip().lower(): value for name, value in found.items()}


def _item(record: Mapping[str, Any], form: TaskForm, prompt: ChoicePrompt) -> TaskItem:
    if form == "story_cloze":
        return _story(record)
    return _question(record, prompt)


def _story(record: Mapping[str, Any]) -> TaskItem:
    sentences = _texts(record, "sentences", _STORY, exactly=4)
    endings = _texts(record, "endings", _ENDINGS, exactly=2)
    if endings[0] == endings[1]:
        raise _BadLineError("has the same ending twice")
    answer, first = (record["answer"], 0) if "answer" in record else (record.get("answer_right_ending"), 1)
    if answer is None:
        raise _BadLineError(f"has no answer or answer_right_ending; it has {_names(record)}")
    index = _whole(answer)
    if index is None or not 0 <= index - first <= 1:
        raise _BadLineError(f"has the answer {_shown(answer)}; it must be {first} or {first + 1}")
    context = " ".join([*sentences, ENDING_IN_ENGLISH])
    return TaskItem(context=context, choices=tuple(f" {ending}" for ending in endings), answer=index - first)


def _question(record: Mapping[str, Any], prompt: ChoicePrompt) -> TaskItem:
    question = _text(record, "question")
    if str(record.get("context") or "").strip():
        question = f"{_text(record, 'context')}\n\n{question}"
    choices = _choices(record)
    answer = _answer(record, len(choices))
    if prompt == "texts":
        return TaskItem(
            context=f"{question}\nAnswer:", choices=tuple(f" {choice}" for choice in choices), answer=answer
        )
    letters = LETTERS[: len(choices)]
    listed = [f"{letter}. {choice}" for letter, choice in zip(letters, choices, strict=True)]
    return TaskItem(
        context="\n".join([question, *listed, "Answer:"]),
        choices=tuple(f" {letter}" for letter in letters),
        answer=answer,
    )


def _choices(record: Mapping[str, Any]) -> list[str]:
    if "choices" in record:
        found = _list("choices", record["choices"])
    else:
        names = next((names for names in _OPTIONS if names[0] in record), ())
        given = [str(record[name]).strip() if record.get(name) is not None else "" for name in names]
        found = given[: given.index("")] if "" in given else given
        if not found:
            raise _BadLineError(f"has no choices; it has {_names(record)}")
    if not 2 <= len(found) <= len(LETTERS):
        raise _BadLineError(f"has {len(found)} choices; two to {len(LETTERS)} are accepted")
    return found


def _answer(record: Mapping[str, Any], n_choices: int) -> int:
    given = record.get("answer", record.get("answer key"))
    if given is None:
        raise _BadLineError(f"has no answer; it has {_names(record)}")
    letter = given.strip().rstrip(".").upper() if isinstance(given, str) else ""
    index = LETTERS.index(letter) if len(letter) == 1 and letter in LETTERS else _whole(given)
    if index is None or not 0 <= index < n_choices:
        last = n_choices - 1
        raise _BadLineError(
            f"has the answer {_shown(given)}; with {n_choices} choices it is 0 to {last} or A to {LETTERS[last]}"
        )
    return index


def _texts(record: Mapping[str, Any], name: str, columns: Sequence[str], *, exactly: int) -> list[str]:
    if name in record:
        found = _list(name, record[name])
        if len(found) != exactly:
            raise _BadLineError(f"has {len(found)} {name}; a story has {exactly}")
        return found
    if not any(column in record for column in columns):
        raise _BadLineError(f"has neither {name} nor {columns[0]} to {columns[-1]}; it has {_names(record)}")
    return [_text(record, column) for column in columns]


def _text(record: Mapping[str, Any], name: str) -> str:
    if name not in record:
        raise _BadLineError(f"has no {name}; it has {_names(record)}")
    found = record[name]
    if not isinstance(found, str) or not found.strip():
        raise _BadLineError(f"has {_shown(found)} as {name}; it must be a text")
    return found.strip()


def _list(name: str, given: Any) -> list[str]:
    if not isinstance(given, list):
        raise _BadLineError(f"has {_shown(given)} as {name}; it must be a list")
    for place, one in enumerate(given):
        if not isinstance(one, str) or not one.strip():
            raise _BadLineError(f"has {_shown(one)} at place {place} of {name}; it must be a text")
    return [one.strip() for one in given]


def _whole(given: Any) -> int | None:
    if isinstance(given, bool) or not isinstance(given, int | str):
        return None
    text = str(given).strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else None


def _names(record: Mapping[str, Any]) -> str:
    return ", ".join(record)[:200] or "nothing"


def _shown(value: Any) -> str:
    return repr(value)[:60]
