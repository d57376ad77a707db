"""Uploaded texts are read line by line, within bounds: memory does not grow with the file."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from backend.artifacts import import_forms
from backend.artifacts.import_forms import form_of, read_text
from backend.contracts.problems import KnownError

HEAD = b"layer,type,row,column\n"


def written(folder: Path, content: bytes) -> Path:
    path = folder / "upload"
    path.write_bytes(content)
    return path


def peak_bytes(action) -> int:
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_look_at_a_table_holds_none_of_it(tmp_path: Path):
    path = written(tmp_path, HEAD + b"0,mlp.down,1,22\n" * 20_000)
    assert peak_bytes(lambda: form_of(path)) < 1_000_000


def test_twenty_megabytes_end_at_the_bound_of_rows(tmp_path: Path):
    path = written(tmp_path, HEAD + b"0,mlp.down,1,22\n" * 1_250_000)
    assert path.stat().st_size > 20_000_000
    with pytest.raises(KnownError, match="more than 200,000 weights"):
        form_of(path)


def test_as_many_rows_as_are_allowed_are_read(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(import_forms, "MAX_ROWS", 50)
    assert len(read_text(written(tmp_path, HEAD + b"0,mlp.down,1,2\n" * 50))) == 50
    for action in (form_of, read_text):
        with pytest.raises(KnownError, match="one by one"):
            action(written(tmp_path, HEAD + b"0,mlp.down,1,2\n" * 51))


@pytest.mark.parametrize(
    "content,words",
    [
        (HEAD + b"0," + b"x" * 10_000 + b",1,2\n", "longer than 10,000"),
        (HEAD + b"," * 20_000_000, "longer than 10,000"),
        (b"x" * 20_000, "longer than 10,000"),
        (HEAD + b'0,"mlp.\ndown",1,2\n', "cannot be read"),
        (HEAD + b"0,mlp.down,1,\xff\n", "neither safetensors nor text"),
        (b"[" + b"[0, 1, 2], " * 800_000 + b"[0, 1, 2]]", "JSON is larger than 8,000,000"),
        (b"[" * 100_000, "looks like JSON"),
        (HEAD + b"0,mlp.down,1,2\n" * 5 + b"0,mlp.down,x,2\n", "entry 6 has 'x'"),
    ],
)
def test_what_is_too_much_or_no_table_is_refused(tmp_path: Path, content: bytes, words: str):
    with pytest.raises(KnownError, match=words):
        form_of(written(tmp_path, content))


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf", b"\n\n", b"  \r\n"])
def test_marks_and_blank_lines_change_nothing(tmp_path: Path, start: bytes):
    (entry,) = read_text(written(tmp_path, start + HEAD.replace(b"\n", b"\r\n") + b"\r\n3,mlp.down,1,2\r\n\r\n"))
    assert (entry.entry, entry.layer, entry.kind, entry.at) == ("entry 1", 3, "mlp.down", (1, 2))
