"""A user's own corpus: every way in which it can be wrong has its own words."""

import pyarrow as arrow
import pytest
from pyarrow import parquet

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


def test_a_large_corpus_is_streamed_not_held(tmp_path, monkeypatch):
    monkeypatch.setattr("backend.artifacts.corpora.HELD_BYTES", 0)
    mine = corpus(tmp_path, de=b"0\n1\n2\n3\n")
    assert list(mine.stream(Lines(corpus="mine", start=1, stop=3), "de")) == ["1", "2"]
    assert mine.count("de") == 4


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        (b'{"text": "a\\nb", "id": "1"}\n{"text": "c", "id": "2"}\n', ("a\nb", "c")),
        (b'{"sentence": "a"}\n{"sentence": "b"}\n', ("a", "b")),
        (b'{"n": 1, "body": "a"}\n{"n": 2, "body": "b"}\n', ("a", "b")),
        (b'"a"\n"b"\n', ("a", "b")),
    ],
)
def test_json_lines_give_the_text_of_each_object(tmp_path, content, texts):
    (tmp_path / "de.jsonl").write_bytes(content)
    assert Corpus("mine", tmp_path).lines("de") == texts


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{\n", "no JSON"),
        (b'{"a": "x", "b": "y"}\n', "string fields: a, b"),
        (b'{"text": "x"}\n{"other": "y"}\n', "without a text (line 1"),
        (b'{"text": "x"}\n{"text": " "}\n', "empty line (line 1"),
        (b"", "is empty"),
    ],
)
def test_json_lines_that_are_none_say_where(tmp_path, content, words):
    (tmp_path / "de.jsonl").write_bytes(content)
    assert words in problem_of(Corpus("mine", tmp_path), languages=("de",)).detail


def test_parquet_rows_are_samples(tmp_path):
    parquet.write_table(arrow.table({"id": [1, 2, 3], "text": ["a", "b", "c"]}), tmp_path / "de.parquet")
    mine = Corpus("mine", tmp_path)
    assert list(mine.stream(Lines(corpus="mine", start=1), "de")) == ["b", "c"]
    assert mine.hash(Lines(corpus="mine"), ("de",)) == corpus(tmp_path, de=b"a\nb\nc\n").hash(Lines(), ("de",))


def test_a_broken_parquet_file_says_so(tmp_path):
    (tmp_path / "de.parquet").write_bytes(b"PAR1 nothing")
    assert "no whole Parquet file" in problem_of(Corpus("mine", tmp_path), languages=("de",)).detail


def test_a_parquet_text_that_is_not_utf8_says_so(tmp_path):
    latin = arrow.array([b"eins", "zwölf".encode("latin-1")]).view(arrow.string())
    parquet.write_table(arrow.table({"text": latin}), tmp_path / "de.parquet")
    assert "UTF-8" in problem_of(Corpus("mine", tmp_path), languages=("de",)).detail


def test_text_that_is_not_parallel_may_differ_in_length(tmp_path):
    mine = corpus(tmp_path, de=b"eins\nzwei\n", en=b"one\n")
    (mine.folder / "corpus.json").write_text('{"parallel": false, "title": "Mine", "licence": "CC0-1.0"}')
    assert mine.texts(Lines(corpus="mine"), ("de", "en")) == {"de": ("eins", "zwei"), "en": ("one",)}
    summary = mine.summary()
    assert (summary.n_lines, summary.is_parallel, summary.title, summary.licence) == (1, False, "Mine", "CC0-1.0")
    assert "do not exist in en" in problem_of(mine, Lines(corpus="mine", stop=2)).detail
    with pytest.raises(KnownError, match="not parallel"):
        mine.require_parallel()
