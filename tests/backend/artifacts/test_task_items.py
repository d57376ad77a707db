"""Lines of tasks become items as they are published; a bad line is told by its number."""

import json

import pytest

from backend.artifacts.task_items import items_of
from backend.contracts.problems import KnownError

STORY = {
    "input_sentence_1": "La madre dijo que comerían.",
    "input_sentence_2": "Recibió una llamada. ",
    "input_sentence_3": "El perro entró.",
    "input_sentence_4": "Los niños gritaron.",
    "sentence_quiz1": "The mother felt quite frustrated.",
    "sentence_quiz2": "The mother calmed down.",
    "answer_right_ending": 1,
}
QUESTION = {"question": " 2 + 2? ", "choices": ["3", "4", "5"], "answer": 1}


def lines(*records: object) -> bytes:
    return "\n".join(json.dumps(record, ensure_ascii=False) for record in records).encode()


def test_a_story_is_the_prompt_of_the_papers_appendix():
    (item,) = items_of(lines(STORY), "story_cloze")
    assert item.context == (
        "La madre dijo que comerían. Recibió una llamada. El perro entró. Los niños gritaron. The ending in English:"
    )
    assert item.choices == (" The mother felt quite frustrated.", " The mother calmed down.")
    assert item.answer == 0


def test_both_ways_to_write_a_story_are_one():
    short = {
        "sentences": [STORY[f"input_sentence_{number}"] for number in range(1, 5)],
        "endings": [STORY["sentence_quiz1"], STORY["sentence_quiz2"]],
        "answer": 0,
    }
    assert items_of(lines(short), "story_cloze") == items_of(lines(STORY), "story_cloze")


def test_a_question_is_asked_as_the_harness_asks_mmlu():
    (item,) = items_of(lines(QUESTION), "multiple_choice")
    assert (item.context, item.choices) == ("2 + 2?\nA. 3\nB. 4\nC. 5\nAnswer:", (" A", " B", " C"))
    (item,) = items_of(lines(QUESTION), "multiple_choice", "texts")
    assert (item.context, item.choices, item.answer) == ("2 + 2?\nAnswer:", (" 3", " 4", " 5"), 1)


def test_arabic_mmlu_and_its_translations_are_read():
    arabic = {
        "ID": 7, "Subject": "Math", "Question": "كم؟", "Context": "اقرأ", "Answer Key": "C",
        "Option 1": "واحد", "Option 2": "اثنان", "Option 3": 3, "Option 4": None, "Option 5": None,
    }  # fmt: skip
    translated = {"Unnamed: 0": 0, "Question": "كم؟", "A": "1", "B": "2", "C": "3", "D": "4", "Answer": "D"}
    first, second = items_of(lines(arabic, translated), "multiple_choice")
    assert first.context == "اقرأ\n\nكم؟\nA. واحد\nB. اثنان\nC. 3\nAnswer:"
    assert (len(first.choices), first.answer) == (3, 2)
    assert (len(second.choices), second.answer) == (4, 3)


def test_blank_lines_byte_order_marks_and_line_separators_are_no_trouble():
    odd = {**QUESTION, "question": "one\u2028two"}
    assert len(items_of(b"\xef\xbb\xbf" + lines(odd) + b"\r\n\n" + lines(QUESTION) + b"\n\n", "multiple_choice")) == 2


def without(record: dict, *names: str) -> dict:
    return {name: value for name, value in record.items() if name not in names}


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (without(STORY, "input_sentence_3"), "line 2 has no input_sentence_3"),
        (without(STORY, "sentence_quiz2"), "line 2 has no sentence_quiz2"),
        (without(STORY, *list(STORY)[:4]), "neither sentences nor input_sentence_1 to input_sentence_4"),
        (without(STORY, "answer_right_ending"), "no answer or answer_right_ending; it has input_sentence_1"),
        (STORY | {"answer_right_ending": 0}, "the answer 0; it must be 1 or 2"),
        (STORY | {"answer": 2}, "the answer 2; it must be 0 or 1"),
        (STORY | {"answer_right_ending": True}, "the answer True"),
        (STORY | {"sentence_quiz1": " "}, "has ' ' as sentence_quiz1; it must be a text"),
        (STORY | {"sentence_quiz1": STORY["sentence_quiz2"]}, "the same ending twice"),
        (STORY | {"sentences": ["a", "b"]}, "2 sentences; a story has 4"),
        (STORY | {"endings": "a"}, "must be a list"),
        ([1], "holds [1], not an object"),
    ],
)
def test_what_is_no_story_is_told(record, told):
    with pytest.raises(KnownError) as caught:
        items_of(lines(STORY, record), "story_cloze")
    assert caught.value.problem.code == "bad_task"
    assert told in caught.value.problem.detail
    assert "input_sentence_1 to input_sentence_4" in caught.value.problem.hint


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (without(QUESTION, "question"), "line 1 has no question; it has choices, answer"),
        (without(QUESTION, "choices"), "has no choices; it has question, answer"),
        (without(QUESTION, "answer"), "has no answer"),
        (QUESTION | {"choices": ["one"]}, "has 1 choices; two to 26"),
        (QUESTION | {"choices": ["one", 2]}, "has 2 at place 1 of choices"),
        (QUESTION | {"answer": 3}, "the answer 3; with 3 choices it is 0 to 2 or A to C"),
        (QUESTION | {"answer": "D"}, "the answer 'D'"),
        (QUESTION | {"answer": "perhaps"}, "the answer 'perhaps'"),
    ],
)
def test_what_is_no_question_is_told(record, told):
    with pytest.raises(KnownError) as caught:
        items_of(lines(record), "multiple_choice")
    assert told in caught.value.problem.detail


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "no item"),
        (b"\n \n", "no item"),
        (b"{}\n\xff", "line 2 is not UTF-8"),
        (b'{"question": ', "line 1 is no JSON"),
        (b"[" * 100_000, "line 1 is no JSON"),
        (b"question,choices,answer", "line 1 is no JSON"),
    ],
)
def test_what_is_no_json_lines_is_told(content, told):
    with pytest.raises(KnownError) as caught:
        items_of(content, "multiple_choice")
    assert told in caught.value.problem.detail
