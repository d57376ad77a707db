"""Which line is of which document: a file for all languages, or a column of each."""

import json

import pyarrow as arrow
import pytest
from pyarrow import parquet

from backend.artifacts.corpora import Corpus
from backend.contracts.problems import KnownError
from backend.contracts.requests import Lines

ALL = Lines(corpus="mine")


def corpus(folder, **files):
    for name, content in files.items():
        (folder / name.replace("_txt", ".txt").replace("_tsv", ".tsv")).write_text(content)
    return Corpus("mine", folder)


@pytest.mark.parametrize("name", ["documents_txt", "DOCUMENT_IDS_tsv"])
def test_a_file_names_the_document_of_each_line_and_is_no_language(tmp_path, name):
    mine = corpus(tmp_path, de_txt="1\n2\n3\n", **{name: "bbc.1\nbbc.1\ncnn.2\tmore\n"})
    assert mine.languages() == ("de",)
    assert mine.documents(ALL, "de") == ("bbc.1", "bbc.1", "cnn.2")
    assert mine.documents(Lines(corpus="mine", start=1), "de") == ("bbc.1", "cnn.2")


def test_without_a_word_of_documents_there_are_none(tmp_path):
    mine = corpus(tmp_path, de_txt="1\n2\n")
    assert mine.documents(ALL, "de") is None
    assert mine.documents_hash(ALL, ("de",)) == ""


@pytest.mark.parametrize("ending", [".jsonl", ".parquet"])
def test_a_column_names_the_document_of_each_row(tmp_path, ending):
    rows = [{"text": "a", "document": 7}, {"text": "b", "document": 7}, {"text": "c", "document": 9}]
    if ending == ".jsonl":
        (tmp_path / "de.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        parquet.write_table(arrow.Table.from_pylist(rows), tmp_path / "de.parquet")
    mine = Corpus("mine", tmp_path)
    assert (mine.lines("de"), mine.documents(ALL, "de")) == (("a", "b", "c"), ("7", "7", "9"))


def test_documents_have_a_hash_of_their_own(tmp_path):
    mine = corpus(tmp_path, de_txt="1\n2\n", en_txt="1\n2\n", documents_txt="x\ny\n")
    text, before = mine.hash(ALL, ("de", "en")), mine.documents_hash(ALL, ("de", "en"))
    (tmp_path / "documents.txt").write_text("x\nother\n")
    assert mine.hash(ALL, ("de", "en")) == text
    assert mine.documents_hash(ALL, ("en", "de")) not in (before, "")


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"documents_txt": "x\n"}, "of 1 lines, but the corpus has 2"),
        ({"documents_txt": "x\n\ny\n"}, "no document on line 1"),
        ({"documents_txt": "x\ny\n", "corpus.json": '{"parallel": false}'}, "is not parallel"),
    ],
)
def test_documents_that_do_not_fit_the_lines_are_refused(tmp_path, files, words):
    with pytest.raises(KnownError, match=words):
        corpus(tmp_path, de_txt="1\n2\n", **files).documents(ALL, "de")


@pytest.mark.parametrize("second", ['{"text": "b"}', '{"text": "b", "doc_id": [1]}', '{"text": "b", "doc_id": " "}'])
def test_a_row_without_its_document_is_refused(tmp_path, second):
    (tmp_path / "de.jsonl").write_text('{"text": "a", "doc_id": 1}\n' + second + "\n")
    with pytest.raises(KnownError, match="which document line 1 is of"):
        Corpus("mine", tmp_path).documents(ALL, "de")
