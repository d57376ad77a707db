"""Where each language of a dataset is a table of its own, an id says which rows are translations, or their number."""

import json

import pytest

from backend.artifacts.corpora import Corpora
from backend.contracts.problems import KnownError
from backend.corpus_adding import add_dataset
from backend.dataset_corpora import HUB, DatasetSource


def table(word, ids):
    return [{"id": i, "text": f"{word} {i}"} for i in ids]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with one split for each language, read by the real library."""
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    folder = tmp_path / "tables"
    folder.mkdir()

    def write(de, en):
        for code, rows in (("de", de), ("en", en)):
            (folder / f"{code}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        files = [{"split": code, "path": f"{code}.jsonl"} for code in ("de", "en")]
        about = json.dumps([{"config_name": "default", "data_files": files}])
        (folder / "README.md").write_text(f"---\nconfigs: {about}\n---\n")
        return str(folder)

    return write


def added(root, place, *, n_samples=None, say=lambda _: None, languages=("de", "en"), **source):
    given = DatasetSource(place, **{"split": "{language}"} | source)
    summary = add_dataset("mine", given, root, languages=languages, n_samples=n_samples, parallel=True, say=say)
    mine = Corpora((root,)).named("mine")
    return list(zip(mine.lines("de"), mine.lines("en"), strict=True)), summary.n_left_out


ABSENT = [0, 1, 2, 4, 5, 6, 7]  # 3 is not there


@pytest.mark.parametrize(
    ("n_samples", "kept", "n_left_out"), [(None, ABSENT, 1), (5, [0, 1, 2, 4, 5], 1), (3, [0, 1, 2], 0)]
)
def test_an_absent_row_goes_from_all_languages_when_ids_join_them(tmp_path, place, n_samples, kept, n_left_out):
    said = []
    where = place(table("Satz", range(8)), table("sentence", ABSENT))
    pairs = added(tmp_path / "to", where, id_column="id", n_samples=n_samples, say=said.append)
    assert pairs == ([(f"Satz {i}", f"sentence {i}") for i in kept], n_left_out)
    assert any("1 row was left out of de, en" in line for line in said) is bool(n_left_out)


def test_an_order_of_their_own_and_blanks_do_not_matter(tmp_path, place):
    other = table("sentence", [5, 1, 0, 2, 9])
    other[1]["text"] = " "
    pairs, n_left_out = added(tmp_path / "to", place(table("Satz", range(6)), other), id_column="id")
    assert sorted(pairs) == [(f"Satz {i}", f"sentence {i}") for i in (0, 2, 5)]
    assert n_left_out == 4  # 1 is blank, 3 and 4 are not in en, 9 is not in de


def test_rows_of_one_language_each_are_joined_too(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    file = tmp_path / "long.jsonl"
    rows = [row | {"lang": code} for code, ids in (("de", "abc"), ("en", "ca")) for row in table(code, ids)]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    pairs, n_left_out = added(tmp_path / "to", str(file), language_column="lang", id_column="id")
    assert (sorted(pairs), n_left_out) == ([("de a", "en a"), ("de c", "en c")], 1)


def test_without_ids_samples_of_separate_tables_are_refused(tmp_path, place):
    """Before: rows 0 to 4 of both, so from the absent row on every pair was wrong without a word."""
    where = place(table("Satz", range(8)), table("sentence", ABSENT))
    with pytest.raises(KnownError, match="do not show whether a row is missing") as caught:
        added(tmp_path / "to", where, n_samples=5)
    assert "--id-column" in caught.value.problem.hint
    assert list((tmp_path / "to").glob("*")) == []


@pytest.mark.parametrize("last", ["sentence 7", ""])
def test_without_ids_tables_of_different_length_are_refused(tmp_path, place, last):
    longer = [*table("sentence", range(7)), {"id": 7, "text": last}]
    with pytest.raises(KnownError, match="de ends before row 7"):
        added(tmp_path / "to", place(table("Satz", range(7)), longer))


def test_without_ids_tables_of_equal_length_are_taken_whole(tmp_path, place):
    pairs = added(tmp_path / "to", place(table("Satz", range(4)), table("sentence", range(4))))
    assert pairs == ([(f"Satz {i}", f"sentence {i}") for i in range(4)], 0)


@pytest.mark.parametrize(
    ("de", "en", "column", "words"),
    [
        ([0, 1, 1], [0, 1], "id", "'1' stands on two rows of de"),
        ([0, 1, 0], [0, 1, 2], "id", "'0' stands on two rows of de"),
        ([0, 1], [2, 3], "id", "no row with the same id"),
        ([0], [0], "sentence_id", "no id in a column 'sentence_id'"),
    ],
)
def test_ids_that_join_nothing_are_refused(tmp_path, place, de, en, column, words):
    with pytest.raises(KnownError, match=words):
        added(tmp_path / "to", place(table("Satz", de), table("sentence", en)), id_column=column)
    assert list((tmp_path / "to").glob("*")) == []


def test_ids_are_of_parallel_text_alone(tmp_path):
    with pytest.raises(KnownError, match="of parallel text alone"):
        add_dataset("mine", DatasetSource("x.jsonl", id_column="id"), tmp_path, languages=("de",))


@pytest.mark.parametrize(
    ("place", "given", "expected"),
    [
        (f"{HUB}a/b", {"config": "x.{language}"}, True),
        (f"{HUB}a/b", {"split": "{language}"}, True),
        (f"{HUB}a/b.json", {"split": "{language}"}, True),
        (f"{HUB}a/b", {"text": "{language}"}, False),
        ("folder", {"config": "{language}"}, False),
        ("rows.jsonl", {"split": "{language}", "config": "{language}"}, False),
    ],
)
def test_where_each_language_is_a_table_of_its_own(place, given, expected):
    assert DatasetSource(place, **given).has_tables is expected
