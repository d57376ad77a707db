"""Datasets become corpora: streamed from local files by the real library, as from the hub."""

import json

import pyarrow as arrow
import pytest
from pyarrow import parquet

from backend.artifacts.corpora import Corpora
from backend.contracts.problems import KnownError
from backend.corpus_adding import add_dataset, add_folder
from backend.dataset_corpora import DatasetSource, is_dataset

ROWS = [
    {"lang": "de", "text": "eins\nzwei", "text_ar": "a"},
    {"lang": "ru", "text": "odin", "text_ar": "b"},
    {"lang": "de", "text": "  ", "text_ar": "c"},
    {"lang": "de", "text": "drei", "text_ar": "d"},
]


@pytest.fixture(params=["rows.jsonl", "rows.parquet"])
def file(request, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    path = tmp_path / request.param
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    else:
        parquet.write_table(arrow.Table.from_pylist(ROWS), path)
    return path


def test_a_column_may_hold_the_language(file, tmp_path):
    source = DatasetSource(str(file), language_column="lang")
    summary = add_dataset("mine", source, tmp_path / "corpora", languages=("de", "ru"), n_samples=2)
    assert (summary.n_lines, summary.is_parallel) == (1, False)
    mine = Corpora((tmp_path / "corpora",)).named("mine")
    assert mine.lines("de") == ("eins\nzwei", "drei")


def test_a_language_may_have_a_column_of_its_own(file, tmp_path):
    source = DatasetSource(str(file), text="text_{language}")
    add_dataset("mine", source, tmp_path / "corpora", languages=("ar",), n_samples=3)
    assert Corpora((tmp_path / "corpora",)).named("mine").lines("ar") == ("a", "b", "c")


@pytest.mark.parametrize(
    ("source", "languages", "words"),
    [
        ({"text": "nothing"}, ("de",), "columns are lang, text, text_ar"),
        ({"language_column": "lang"}, ("fr",), "no sample in fr"),
        ({"language_column": "code"}, ("de",), "a column 'code'"),
        ({}, (), "no language is named"),
        ({}, ("not a code",), "no language code"),
    ],
)
def test_what_cannot_be_read_leaves_nothing(file, tmp_path, source, languages, words):
    with pytest.raises(KnownError, match=words):
        add_dataset("mine", DatasetSource(str(file), **source), tmp_path / "corpora", languages=languages)
    assert list((tmp_path / "corpora").glob("*")) == []


def test_a_dataset_that_is_not_there_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    with pytest.raises(KnownError, match="no file or folder"):
        add_dataset("mine", DatasetSource(str(tmp_path / "no.jsonl")), tmp_path, languages=("de",))
    broken = tmp_path / "rows.parquet"
    broken.write_bytes(b"nothing")
    with pytest.raises(KnownError, match="cannot be read as a dataset"):
        add_dataset("mine", DatasetSource(str(broken)), tmp_path / "corpora", languages=("de",))


@pytest.mark.parametrize(("place", "expected"), [("hf:a/b", True), ("x.jsonl", True), ("folder", False)])
def test_what_is_read_as_a_dataset(place, expected):
    assert is_dataset(place) is expected


def test_a_folder_of_unequal_files_is_added_when_said_so(tmp_path):
    folder = tmp_path / "given"
    folder.mkdir()
    (folder / "de.txt").write_text("eins\nzwei\n")
    (folder / "en.jsonl").write_text('{"text": "one"}\n')
    with pytest.raises(KnownError, match="same number of lines"):
        add_folder("mine", folder, tmp_path / "corpora")
    assert add_folder("mine", folder, tmp_path / "corpora", parallel=False).is_parallel is False
