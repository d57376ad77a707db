"""The corpus that ships with the atlas: 100 aligned sentences in 16 languages, checked mechanically."""

import re
import unicodedata

import pytest

from backend.artifacts.corpora import BUILT_IN, Corpora, Corpus
from backend.contracts.requests import DEFAULT_CORPUS, Lines

LANGUAGES = ("ar", "de", "en", "es", "fa", "fr", "hi", "id", "it", "ja", "ko", "pt", "ru", "uk", "vi", "zh")
SCRIPTS = {
    "ar": "ARABIC",
    "fa": "ARABIC",
    "hi": "DEVANAGARI",
    "ja": "HIRAGANA|KATAKANA|CJK|IDEOGRAPHIC ITERATION",
    "ko": "HANGUL",
    "ru": "CYRILLIC",
    "uk": "CYRILLIC",
    "zh": "CJK",
}
CORPUS = Corpus(DEFAULT_CORPUS, BUILT_IN)


def test_has_the_sixteen_languages_and_nothing_else():
    assert CORPUS.languages() == LANGUAGES
    assert list(Corpora(()).all()) == [DEFAULT_CORPUS]


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_hundred_distinct_normalised_lines(language):
    lines = CORPUS.lines(language)
    assert len(lines) == 100
    assert len(set(lines)) == 100
    assert all(line == unicodedata.normalize("NFC", line).strip() for line in lines)


@pytest.mark.parametrize("language", LANGUAGES)
def test_letters_are_of_the_languages_script(language):
    expected = re.compile(SCRIPTS.get(language, "LATIN"))
    for line in CORPUS.lines(language):
        letters = [character for character in line if character.isalpha()]
        strange = [letter for letter in letters if not expected.search(unicodedata.name(letter))]
        assert not strange, f"{line}: {strange}"


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_no_line_is_left_untranslated(language):
    english = CORPUS.lines("en")
    for here, there in zip(CORPUS.lines(language), english, strict=True):
        shared = set(re.findall(r"[a-z]{4,}", here.lower())) & set(re.findall(r"[a-z]{4,}", there.lower()))
        assert here != there
        assert len(shared) < 0.5 * len(there.split()), f"{here!r} looks like {there!r}"


def test_languages_do_not_repeat_each_other():
    for index in range(100):
        assert len({CORPUS.lines(language)[index] for language in LANGUAGES}) == len(LANGUAGES)


def test_translations_are_about_as_long_as_a_translation_is():
    """A dropped or merged sentence would stand out by its length relative to the file's median."""
    english = CORPUS.lines("en")
    for language in LANGUAGES:
        ratios = sorted(len(here) / len(there) for here, there in zip(CORPUS.lines(language), english, strict=True))
        median = ratios[50]
        assert ratios[0] > 0.4 * median, language
        assert ratios[-1] < 2.5 * median, language


def test_the_scoring_and_the_held_out_lines_do_not_meet():
    scoring = CORPUS.texts(Lines(start=0, stop=60), LANGUAGES)
    held_out = CORPUS.texts(Lines(start=60, stop=100), LANGUAGES)
    assert {len(lines) for lines in scoring.values()} == {60}
    assert {len(lines) for lines in held_out.values()} == {40}
