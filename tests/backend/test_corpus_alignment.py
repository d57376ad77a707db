"""Row N says the same in every language of parallel text, also when a translation is missing."""

import json

import pyarrow as arrow
import pytest
from pyarrow import parquet

from backend.artifacts.corpora import Corpora
from backend.contracts.problems import KnownError
from backend.contracts.requests import Lines
from backend.corpus_adding import add_dataset, add_folder
from backend.dataset_corpora import DatasetSource


def pairs(root):
    mine = Corpora((root,)).named("mine")
    return list(zip(mine.lines("de"), mine.lines("en"), strict=True))


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
@pytest.mark.parametrize("blank", ["", "  ", None])
@pytest.mark.parametrize("n_samples", [None, 8])
def test_a_row_with_a_missing_translation_goes_from_all_languages(tmp_path, monkeypatch, ending, blank, n_samples):
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    table = [{"de": f"Satz {i}", "en": f"Sentence {i}"} for i in range(12)]
    table[3]["en"] = blank
    path = tmp_path / f"wide.{ending}"
    if ending == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in table))
    else:
        parquet.write_table(arrow.Table.from_pylist(table), path)
    said = []
    source = DatasetSource(str(path), text="{language}")
    summary = add_dataset(
        "mine", source, tmp_path / "to", languages=("de", "en"), parallel=True, n_samples=n_samples, say=said.append
    )
    kept = [number for number in range(12) if number != 3][:n_samples]
    assert pairs(tmp_path / "to") == [(f"Satz {i}", f"Sentence {i}") for i in kept]
    assert summary.n_left_out == 1
    assert any("1 row was left out of de, en" in line for line in said)


@pytest.mark.parametrize("ending", ["txt", "jsonl"])
def test_blank_lines_of_a_folder_go_from_all_languages_and_documents(tmp_path, ending):
    folder = tmp_path / "from"
    folder.mkdir()
    for code, texts in (("de", ["a", "", "c", "d", ""]), ("eng_Latn", ["1", "2", "3", "4", "5"])):
        lines = texts if ending == "txt" else [json.dumps({"text": text or None}) for text in texts]
        (folder / f"{code}.{ending}").write_text("\n".join(lines) + "\n")
    (folder / "documents.txt").write_text("p\np\nq\nr\nr\n")
    assert add_folder("mine", folder, tmp_path / "to").n_left_out == 2
    assert pairs(tmp_path / "to") == [("a", "1"), ("c", "3"), ("d", "4")]
    mine = Corpora((tmp_path / "to",)).named("mine")
    assert mine.documents(Lines(corpus="mine"), "en") == ("p", "q", "r")


def test_what_cannot_be_aligned_is_not_parallel(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    path = tmp_path / "long.jsonl"
    path.write_text('{"lang": "de", "text": "a"}\n{"lang": "en", "text": "b"}\n')
    source = DatasetSource(str(path), language_column="lang")
    with pytest.raises(KnownError, match="nothing says which ones are translations"):
        add_dataset("mine", source, tmp_path / "to", languages=("de", "en"), parallel=True)
