"""What lies in a result's folder and is not the answer to its question is told, never served."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from backend.artifacts import checksums
from backend.artifacts.keys import key_of, text_name
from backend.artifacts.manifests import question_key, sealed
from backend.artifacts.results import MANIFEST, ResultStore, require_intact
from backend.contracts.building import own_texts
from backend.contracts.problems import KnownError
from backend.contracts.requests import ANALYSIS_VERSIONS, ImportanceRequest, Lines, ScoreSpec
from backend.contracts.results import ImportanceSummary, Manifest, Provenance
from backend.contracts.vocabulary import AnalysisKind
from backend.results.service import ResultViews

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
IDENTITY = "b" * 20
REQUEST = ImportanceRequest(scores=ScoreSpec(model="m", lines=Lines(start=0, stop=4)), language="de")
TEXTS = {text_name(*text): "c" * 64 for text in own_texts(REQUEST)}
VERSION = ANALYSIS_VERSIONS[AnalysisKind.IMPORTANCE]


def _stored(root: Path) -> tuple[ResultStore, str]:
    store = ResultStore(root / "results")
    key = key_of(REQUEST, identity=IDENTITY, corpus_hashes=TEXTS, inputs={})
    provenance = Provenance(
        model="m", model_source="m", model_revision=None, weights_hash="w", tokenizer_hash="t",
        corpus_hashes=TEXTS, device="cpu", dtype="float32", seed=None, versions={}, worker="w",
        started_at=NOW, ended_at=NOW,
    )  # fmt: skip
    summary = ImportanceSummary(n_samples=4, n_tokens=40, mean_loss=0.1 + 0.2, seconds=1.0)
    with store.writing(key) as folder:
        (folder / "scores.bin").write_bytes(bytes(range(256)) * 40)
        manifest = Manifest(
            key=key, request=REQUEST, analysis_version=VERSION, provenance=provenance, summary=summary,
            files={"scores.bin": 256 * 40}, identity=IDENTITY,
        )  # fmt: skip
        store.commit(folder, manifest)
    return store, key


def _code(store: ResultStore, key: str, name: str = "scores.bin") -> str:
    try:
        store.file(key, name)
    except KnownError as error:
        return error.problem.code
    return "served"


def _told(root: Path, key: str) -> Manifest | str:
    try:
        return ResultStore(root).manifest(key)
    except KnownError as error:
        return error.problem.code


def _rewrite(store: ResultStore, key: str, changed: dict[str, Any], *, seal: bool) -> None:
    """Say something else in the manifest, as somebody with an editor, or an older atlas, would."""
    path = store.path(key) / MANIFEST
    told = json.loads(path.read_bytes()) | changed
    if seal:
        told = json.loads(sealed(Manifest.model_validate(told)).model_dump_json())
    path.write_text(json.dumps(told), encoding="utf-8")


def test_what_is_whole_is_served_and_its_key_follows_from_what_it_says(tmp_path: Path) -> None:
    store, key = _stored(tmp_path)
    assert store.has(key) and _code(store, key) == "served"
    assert question_key(store.manifest(key)) == key


@pytest.mark.parametrize("place", [0, 5_000, -1])
def test_a_flipped_bit_of_a_file_is_told(tmp_path: Path, place: int) -> None:
    store, key = _stored(tmp_path)
    path = store.path(key) / "scores.bin"
    content = bytearray(path.read_bytes())
    content[place] ^= 0b100
    path.write_bytes(content)
    assert _code(store, key) == "damaged_result"
    with pytest.raises(KnownError, match=r"the bytes of scores\.bin are not those that were stored"):
        require_intact(path)


def test_a_flipped_bit_of_a_number_in_the_manifest_is_told(tmp_path: Path) -> None:
    store, key = _stored(tmp_path)
    path = store.path(key) / MANIFEST
    content = path.read_bytes()
    assert content.count(b'"n_tokens": 40') == 1
    path.write_bytes(content.replace(b'"n_tokens": 40', b'"n_tokens": 41'))
    assert _code(store, key) == "damaged_result" and not store.has(key)


def test_any_flipped_bit_of_a_manifest_is_never_served(tmp_path: Path) -> None:
    store, key = _stored(tmp_path)
    path = store.path(key) / MANIFEST
    content = path.read_bytes()
    whole = store.manifest(key)
    for place in range(0, len(content), 7):
        flipped = bytearray(content)
        flipped[place] ^= 1 << place % 7
        path.write_bytes(flipped)
        assert _told(store.root, key) in (whole, "damaged_result", "unreadable_result"), place


def test_the_same_file_is_read_once_and_again_when_it_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, key = _stored(tmp_path)
    read: list[str] = []
    once = checksums.hashlib.file_digest

    def counted(file: Any, name: str) -> Any:
        read.append(file.name)
        return once(file, name)

    checksums._digest.cache_clear()
    monkeypatch.setattr(checksums.hashlib, "file_digest", counted)
    path = store.path(key) / "scores.bin"
    for _ in range(3):
        assert _code(store, key) == "served"
    assert read == [str(path)]
    os.utime(path, ns=(1, 1))
    assert _code(ResultStore(store.root), key) == "served"
    assert len(read) == 2


@pytest.mark.parametrize(
    ("changed", "seal", "code"),
    [
        ({"analysis_version": VERSION - 1}, True, "other_version"),
        ({"analysis_version": 0, "seal": "", "request": {"kind": "importance", "old": 1}}, False, "other_version"),
        ({"analysis_version": VERSION + 1}, True, "other_version"),
        ({"analysis_version": "1"}, False, "damaged_result"),
        ({"key": "0" * 20}, True, "misplaced_result"),
        ({"identity": "d" * 20}, True, "misplaced_result"),
        ({"inputs": {"de": "e" * 20}}, True, "misplaced_result"),
        ({"request": REQUEST.model_copy(update={"language": "fr"}).model_dump(mode="json")}, True, "misplaced_result"),
    ],
)  # fmt: skip
def test_a_manifest_that_is_no_answer_to_its_folder_is_no_result(
    tmp_path: Path, changed: dict[str, Any], seal: bool, code: str
) -> None:
    store, key = _stored(tmp_path)
    _rewrite(store, key, changed, seal=seal)
    assert _code(store, key) == code
    assert not store.has(key)
    views = ResultViews(store, models=None, pyramids=tmp_path / "pyramids")  # type: ignore[arg-type]
    assert views.rows() == ()
    assert [(one.key, one.code) for one in store.set_aside()] == [(key, code)]
    views.delete(key)
    assert not store.is_there(key)


def test_a_result_of_an_older_atlas_without_seal_is_served_as_it_was(tmp_path: Path) -> None:
    store, key = _stored(tmp_path)
    path = store.path(key) / MANIFEST
    told = json.loads(path.read_bytes())
    for new in ("seal", "identity", "checksums"):
        told.pop(new)
    path.write_text(json.dumps(told), encoding="utf-8")
    assert store.has(key) and _code(store, key) == "served"


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"[" * 200_000, b"\xff\xfe", b'{"request": 3}', b'{"seal": 5}'])
def test_a_manifest_that_is_none_harms_no_list(tmp_path: Path, content: bytes) -> None:
    store, key = _stored(tmp_path)
    other = "f" * 20
    (store.root / other).mkdir()
    (store.root / other / MANIFEST).write_bytes(content)
    (store.root / ("1" * 20)).write_text("a file, no folder")
    (store.root / "twenty letters here!").mkdir()
    (store.root / "twenty letters here!" / MANIFEST).write_bytes(b"{}")
    views = ResultViews(store, models=None, pyramids=tmp_path / "pyramids")  # type: ignore[arg-type]
    assert [row.key for row in views.rows()] == [key]
    assert {one.key for one in store.set_aside()} == {other}
    assert not store.has(other) and not store.has("1" * 20)


def test_a_damaged_result_gives_way_to_a_new_one(tmp_path: Path) -> None:
    store, key = _stored(tmp_path)
    (store.path(key) / MANIFEST).write_bytes(b"{")
    assert not store.has(key)
    _stored(tmp_path)
    assert _code(ResultStore(store.root), key) == "served"
