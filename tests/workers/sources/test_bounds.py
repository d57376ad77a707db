"""Files of a model that say what cannot be: refused at their header, by a bound, without the memory they ask for."""

from __future__ import annotations

import ast
import json
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backend.contracts.problems import KnownError
from tests.fakes import write_model
from tests.workers.sources.given import write_gguf
from workers.sources.folder import find_folder
from workers.sources.gguf_header import read_header
from workers.sources.opening import read_config
from workers.sources.weights import config_hash, stored_tensors, weight_files

DEEP = "[" * 100_000 + "]" * 100_000
INDEX = "model.safetensors.index.json"


def problem_of(question: Callable[[], object]) -> str:
    with pytest.raises(KnownError) as caught:
        question()
    assert caught.value.problem.hint
    return caught.value.problem.code


@pytest.fixture
def sharded(tmp_path: Path) -> Path:
    """A model whose one shard is found by its index."""
    folder = write_model(tmp_path / "allowed" / "tiny")
    write_model(tmp_path / "x")
    os.rename(folder / "model.safetensors", folder / "a.safetensors")
    return folder


@pytest.mark.parametrize(
    "name",
    ["../../x/model.safetensors", "/etc/x.safetensors", "..", "sub/a.safetensors", "..\\x.safetensors",
     "a.safetensors/../../../x/model.safetensors", "C:x.safetensors", "a.bin", "a\0.safetensors", "", 7, None, ["a"]],
)  # fmt: skip
def test_an_index_does_not_lead_out_of_its_folder(name: object, sharded: Path) -> None:
    (sharded / INDEX).write_text(json.dumps({"weight_map": {"a": "a.safetensors", "b": name}}))
    assert problem_of(lambda: weight_files(sharded)) == "incomplete_weights"


@pytest.mark.parametrize("text", ["not JSON", "[]", "{}", '{"weight_map": []}', '{"weight_map": {}}', DEEP])
def test_a_broken_index_is_told(text: str, sharded: Path) -> None:
    (sharded / INDEX).write_text(text)
    assert problem_of(lambda: weight_files(sharded)) == "incomplete_weights"


def test_a_link_in_the_folder_leads_no_further_than_the_folder_may(sharded: Path) -> None:
    root = sharded.parent
    (sharded / "model.safetensors").symlink_to(sharded / "a.safetensors")
    assert find_folder(sharded, roots=(root,)).folder == sharded
    (sharded / "model.safetensors").unlink()
    (sharded / "model.safetensors").symlink_to(root.parent / "x" / "model.safetensors")
    assert problem_of(lambda: find_folder(sharded, roots=(root,))) == "outside_model_roots"


def safetensors(header: dict[str, Any] | bytes, n_bytes: int, *, length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + bytes(n_bytes)


def tensor(start: int, end: int, shape: tuple[int, ...] = (4,), dtype: str = "F32") -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


@pytest.mark.parametrize(
    "data",
    [
        safetensors({"a": tensor(-16, 0)}, 16),
        safetensors({"a": tensor(0, 16), "b": tensor(8, 24)}, 24),
        safetensors({"a": tensor(0, 16), "b": tensor(0, 16)}, 16),
        safetensors({"a": tensor(16, 0)}, 16),
        safetensors({"a": tensor(0, 16), "b": tensor(32, 48)}, 48),
        safetensors({"a": tensor(0, 16)}, 12),
        safetensors({"a": tensor(0, 16, shape=(5,))}, 16),
        safetensors({"a": tensor(0, 16, shape=(2**62, 4))}, 16),
        safetensors({"a": tensor(0, 16, shape=(-4,))}, 16),
        safetensors({"a": tensor(0, 16, dtype="F33")}, 16),
        safetensors({"a": tensor(0, 2**64)}, 16),
        safetensors({}, 16, length=2**63),
        safetensors(b'{"a":' + DEEP.encode() + b"}", 16),
        safetensors(b"[]", 16),
        b"\0\0",
        b"",
    ],
    ids=lambda data: "",
)
def test_offsets_that_cannot_be_are_refused(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(data)
    assert problem_of(lambda: stored_tensors(tmp_path, ("model.safetensors",))) == "incomplete_weights"


@pytest.mark.parametrize(
    "changes",
    [
        {"num_hidden_layers": 10**9}, {"num_hidden_layers": -1}, {"num_hidden_layers": 0}, {"hidden_size": 2**63},
        {"vocab_size": 1e30}, {"num_attention_heads": True}, {"num_hidden_layers": "2"},
        {"text_config": {"num_hidden_layers": 10**9}},
    ],
)  # fmt: skip
@pytest.mark.parametrize("architecture", ["llama", "gemma3_text"])
def test_sizes_no_model_has_are_refused(changes: dict[str, Any], architecture: str, tmp_path: Path) -> None:
    """Gemma 3 would make a list with an entry for each layer."""
    folder = write_model(tmp_path / "tiny", architecture)
    config = json.loads((folder / "config.json").read_text())
    config.pop("layer_types", None)
    (folder / "config.json").write_text(json.dumps(config | changes))
    assert problem_of(lambda: read_config(folder)) == "broken_model_file"


@pytest.mark.parametrize("text", [DEEP, '{"a": ' + DEEP + "}", '{"a":' * 70 + "1" + "}" * 70, "[1]", "no", ""])
def test_json_that_is_deep_or_none_is_refused(text: str, tmp_path: Path) -> None:
    folder = write_model(tmp_path / "tiny")
    for name in ("generation_config.json", "config.json"):
        (folder / name).write_text(text)
        assert problem_of(lambda: config_hash(folder)) == "broken_model_file"
    assert problem_of(lambda: read_config(folder)) == "broken_model_file"


def entry(key: str, kind: int, value: bytes) -> bytes:
    return struct.pack("<Q", len(key)) + key.encode() + struct.pack("<I", kind) + value


def info(name: str, shape: tuple[int, ...], offset: int, kind: int = 0) -> bytes:
    axes = struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
    return struct.pack("<Q", len(name)) + name.encode() + axes + struct.pack("<IQ", kind, offset)


def gguf_file(*parts: bytes, n_tensors: int = 0, n_entries: int = 1, n_bytes: int = 256) -> bytes:
    said = entry("general.architecture", 8, struct.pack("<Q", 5) + b"llama")
    return struct.pack("<4sIQQ", b"GGUF", 3, n_tensors, n_entries) + said + b"".join(parts) + bytes(n_bytes)


HUGE = (2**31, 2**63, 2**64 - 1)


@pytest.mark.parametrize(
    "data",
    [
        *(gguf_file(n_tensors=count) for count in HUGE),
        *(gguf_file(n_entries=count) for count in HUGE),
        *(
            gguf_file(entry("a", 9, struct.pack("<IQ", inner, count)), n_entries=2)
            for inner in (5, 8)
            for count in HUGE
        ),
        *(gguf_file(entry("a", 8, struct.pack("<Q", count)), n_entries=2) for count in HUGE),
        *(gguf_file(info("a", (count,), 0), n_tensors=1) for count in HUGE),
        *(gguf_file(info("a", (32,), count), n_tensors=1) for count in HUGE),
        gguf_file(info("a", (2**32, 2**32), 0), n_tensors=1),
        gguf_file(info("a", (0,), 0), n_tensors=1),
        gguf_file(info("a", (), 0), n_tensors=1),
        gguf_file(info("a", (1,) * 5, 0), n_tensors=1),
        gguf_file(info("a", (32,), 0, kind=99), n_tensors=1),
        gguf_file(info("a", (31,), 0, kind=8), n_tensors=1),
        gguf_file(info("a", (32,), 0), info("b", (32,), 64), n_tensors=2),
        gguf_file(info("a", (8,), 0), info("a", (8,), 32), n_tensors=2),
        gguf_file(entry("general.alignment", 4, struct.pack("<I", 0)), n_entries=2),
        gguf_file(entry("general.alignment", 4, struct.pack("<I", 3)), n_entries=2),
        gguf_file(entry("general.alignment", 8, struct.pack("<Q", 0)), n_entries=2),
        gguf_file(entry("general.architecture", 4, b"\0" * 4), n_entries=2),
        gguf_file(entry("a", 9, struct.pack("<IQ", 9, 1)), n_entries=2),
        gguf_file(entry("a" * 2000, 4, b"\0" * 4), n_entries=2),
        gguf_file()[:60],
    ],
    ids=lambda data: "",
)
def test_counts_and_offsets_of_a_gguf_header_are_bounded(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.gguf").write_bytes(data)
    assert problem_of(lambda: read_header(tmp_path / "a.gguf")) == "unreadable_gguf"


def test_a_file_of_zeros_is_not_walked_through(tmp_path: Path) -> None:
    """A count that the file could hold: 2**40 empty strings in a sparse file would take hours."""
    file = tmp_path / "a.gguf"
    file.write_bytes(gguf_file(entry("a", 9, struct.pack("<IQ", 8, 2**36)), n_entries=2))
    os.truncate(file, 2**40)
    assert problem_of(lambda: read_header(file)) == "unreadable_gguf"


def test_a_whole_header_is_read(tmp_path: Path) -> None:
    header = read_header(write_gguf(tmp_path / "a.gguf"))
    assert (header.architecture, len(header.tensors), header.values["llama.block_count"]) == ("llama", 21, 2)
    assert header.values["tokenizer.ggml.tokens"] is None


def test_code_that_comes_with_a_model_is_refused_in_writing_everywhere() -> None:
    """transformers' default is the same today; what is written down does not change with it."""
    root = Path(__file__).parents[3]
    files = [file for folder in ("backend", "frontend", "workers") for file in sorted((root / folder).rglob("*.py"))]
    calls = [
        (file.relative_to(root), node)
        for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).startswith("Auto")
        and "from_" in ast.unparse(node.func)
    ]
    assert len(calls) >= 5
    for file, call in calls:
        said = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
        assert said.get("trust_remote_code") == "False", f"{file}:{call.lineno}"
