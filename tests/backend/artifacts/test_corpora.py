"""A user's own corpus: every way in which it can be wrong has its own words."""

import pytest

from backend.artifacts.corpora import Corpora, Corpus
from backend.contracts.problems import KnownError
from backend.contracts.requests import Lines
from tests.fakes import write_corpus


def corpus(tmp_path, **files):
    folder = tmp_path / "mine"
    folder.mkdir()
    for language, content in files.items():
        (folder / f"{language}.txt").write_bytes(content)
    return Corpus("mine", folder)


def problem_of(corpus, lines=None, languages=("de", "en")):
    with pytest.raises(KnownError) as caught:
        corpus.texts(lines or Lines(corpus="mine"), languages)
    return caught.value.problem


def test_reads_aligned_files_with_or_without_bom_and_crlf(tmp_path):
    mine = corpus(tmp_path, de="\ufeffeins\r\nzwei\r\n".encode(), en=b"one\ntwo")
    assert mine.texts(Lines(corpus="mine"), ("de", "en")) == {"de": ("eins", "zwei"), "en": ("one", "two")}


def test_unknown_language_names_those_there_are(tmp_path):
    problem = problem_of(corpus(tmp_path, de=b"eins\n"), languages=("xx",))
    assert problem.code == "unknown_language"
    assert "it has de" in problem.detail


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"a\0b\n", "binary"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"a\n\nb\n", "empty line"),
    ],
)
def test_a_file_that_is_no_text_says_why(tmp_path, content, words):
    problem = problem_of(corpus(tmp_path, de=content), languages=("de",))
    assert problem.code == "bad_corpus_file"
    assert words in problem.detail


def test_lines_that_do_not_align_are_counted(tmp_path):
    problem = problem_of(corpus(tmp_path, de=b"eins\nzwei\n", en=b"one\n"))
    assert problem.code == "corpus_not_aligned"
    assert "de: 2, en: 1" in problem.detail


@pytest.mark.parametrize("lines", [Lines(corpus="mine", start=8), Lines(corpus="mine", start=0, stop=9)])
def test_lines_outside_the_corpus_name_the_range(tmp_path, lines):
    problem = problem_of(Corpus("mine", write_corpus(tmp_path / "c")), lines)
    assert problem.code == "lines_out_of_range"
    assert "lines 0 to 7" in problem.detail


def test_unknown_corpus_lists_the_names(tmp_path):
    write_corpus(tmp_path / "tiny")
    with pytest.raises(KnownError, match="atlas-parallel, tiny"):
        Corpora((tmp_path,)).named("nothing")


def test_a_broken_corpus_is_listed_with_its_reason(tmp_path):
    assert "not UTF-8" in corpus(tmp_path, de=b"\xff\xff\n").summary().problem


def test_the_hash_follows_the_text_and_nothing_else(tmp_path):
    one, two = (Corpus(name, write_corpus(tmp_path / name)) for name in ("a", "b"))
    lines = Lines(corpus="a", start=0, stop=4)
    assert one.hash(lines, ("de", "en")) == two.hash(lines, ("en", "de"))
    assert one.hash(lines, ("de",)) != one.hash(Lines(corpus="a", start=0, stop=5), ("de",))
