"""The story cloze that ships with the atlas: 20 stories in 8 languages, checked mechanically."""

import json
import re
import unicodedata
from collections import Counter

import pytest

from backend.artifacts.task_items import items_of
from backend.artifacts.tasks import STORIES, Tasks
from tests.backend.artifacts.test_parallel_corpus import SCRIPTS

LANGUAGES = ("ar", "de", "en", "es", "fr", "hi", "ru", "zh")
SENTENCES = tuple(f"input_sentence_{number}" for number in range(1, 5))


def stories(language: str) -> list[dict]:
    return [json.loads(line) for line in (STORIES / f"{language}.jsonl").read_text(encoding="utf-8").splitlines()]


def told(story: dict) -> list[str]:
    return [story[name] for name in SENTENCES]


def test_they_are_the_built_in_tasks():
    tasks = Tasks().all()
    assert [task.language for task in tasks] == list(LANGUAGES)
    assert all(task.built_in and task.n_items == 20 and task.form == "story_cloze" for task in tasks)
    assert len({task.file for task in tasks}) == len(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_twenty_distinct_normalised_stories_that_can_be_read(language):
    found = stories(language)
    assert len(items_of((STORIES / f"{language}.jsonl").read_bytes(), "story_cloze")) == 20
    assert len({tuple(told(story)) for story in found}) == 20
    for story in found:
        assert len(set(told(story))) == 4
        assert all(text == unicodedata.normalize("NFC", text).strip() for text in told(story))
        assert all(text[-1] in ".。।" for text in told(story))


@pytest.mark.parametrize("language", LANGUAGES)
def test_letters_are_of_the_languages_script(language):
    expected = re.compile(SCRIPTS.get(language, "LATIN"))
    for story in stories(language):
        letters = [character for character in " ".join(told(story)) if character.isalpha()]
        strange = [letter for letter in letters if not expected.search(unicodedata.name(letter))]
        assert not strange, f"{story}: {strange}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_endings_and_answers_are_the_same_in_every_language(language):
    def rest(story: dict) -> dict:
        return {name: value for name, value in story.items() if name not in SENTENCES}

    assert [rest(story) for story in stories(language)] == [rest(story) for story in stories("en")]


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_no_sentence_is_left_untranslated(language):
    for here, there in zip(stories(language), stories("en"), strict=True):
        for ours, english in zip(told(here), told(there), strict=True):
            shared = set(re.findall(r"[a-z]{4,}", ours.lower())) & set(re.findall(r"[a-z]{4,}", english.lower()))
            assert len(shared) < 0.5 * len(english.split()), f"{ours!r} looks like {english!r}"


def test_the_endings_alone_tell_nothing():
    """Every ending is right once and wrong once, and stands in the same place both times."""
    right, wrong, places = Counter(), Counter(), Counter()
    for story in stories("en"):
        endings = (story["sentence_quiz1"], story["sentence_quiz2"])
        answer = story["answer_right_ending"] - 1
        right[endings[answer]] += 1
        wrong[endings[1 - answer]] += 1
        places[answer] += 1
    assert right == wrong and set(right.values()) == {1}
    assert places == {0: 10, 1: 10}


def test_the_story_decides():
    """Twins begin alike and end apart: the first two sentences alone do not tell the ending."""
    found = stories("en")
    for one, other in zip(found[::2], found[1::2], strict=True):
        assert told(one)[:2] == told(other)[:2] and told(one)[2:] != told(other)[2:]
        assert one["answer_right_ending"] != other["answer_right_ending"]
