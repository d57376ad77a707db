"""The result store: whole or not there at all."""

import errno
import hashlib
import stat
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from backend.artifacts.layout import Layout
from backend.artifacts.manifests import sealed
from backend.artifacts.results import ResultStore
from backend.contracts.problems import KnownError
from backend.contracts.requests import ANALYSIS_VERSIONS, GenerationRequest, Prompt
from backend.contracts.results import GenerationSummary, Manifest, Provenance

KEY = "0123456789abcdef0123"


def manifest(key=KEY, files=None):
    now = datetime.now(UTC)
    provenance = Provenance(
        model="m", model_source="m", model_revision=None, weights_hash="w", tokenizer_hash="t", corpus_hashes={},
        device="cpu", dtype="float32", seed=None, versions={}, worker="w", started_at=now, ended_at=now,
    )  # fmt: skip
    request = GenerationRequest(model="m", prompts=(Prompt(language="en", text="hi"),))
    summary = GenerationSummary(base=())
    version = ANALYSIS_VERSIONS[request.kind]
    return Manifest(
        key=key, request=request, analysis_version=version, provenance=provenance, summary=summary, files=files or {}
    )


def test_a_committed_result_is_found_and_lists_its_files(tmp_path):
    store = ResultStore(tmp_path / "results")
    with store.writing(KEY) as folder:
        (folder / "a.bin").write_bytes(b"abc")
        assert not store.has(KEY)
        store.commit(folder, manifest(files={"a.bin": 3}))
    assert store.has(KEY)
    assert store.keys() == [KEY]
    stored = store.manifest(KEY)
    given = manifest(files={"a.bin": 3})
    made = {"provenance": stored.provenance, "checksums": {"a.bin": hashlib.sha256(b"abc").hexdigest()}}
    assert stored == sealed(given.model_copy(update=made))
    assert store.file(KEY, "a.bin").read_bytes() == b"abc"
    assert [path.name for path in store.root.iterdir()] == [KEY]


def test_an_interrupted_write_leaves_nothing(tmp_path):
    store = ResultStore(tmp_path)

    def interrupted():
        with store.writing(KEY) as folder:
            (folder / "half").write_bytes(b"x")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []
    assert not store.has(KEY)


def test_a_full_disk_has_its_own_words(tmp_path):
    with pytest.raises(KnownError) as caught, ResultStore(tmp_path).writing(KEY):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert caught.value.problem.code == "disk_full"
    assert caught.value.problem.status == 507


def test_a_disk_without_inodes_says_so_with_the_path(tmp_path, monkeypatch):
    full = SimpleNamespace(f_files=100, f_favail=0, f_bavail=1, f_blocks=1, f_bfree=1, f_frsize=1)
    monkeypatch.setattr("backend.artifacts.disk.os.statvfs", lambda _: full)
    with pytest.raises(KnownError, match="no free inodes") as caught, ResultStore(tmp_path).writing(KEY):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert str(tmp_path) in caught.value.problem.detail


def test_a_folder_that_may_not_be_written_is_named(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied", str(tmp_path / "results"))

    monkeypatch.setattr("backend.artifacts.results.tempfile.mkdtemp", refuse)
    with pytest.raises(KnownError, match="results may not be") as caught, ResultStore(tmp_path).writing(KEY):
        pass
    assert caught.value.problem.code == "not_writable"


def test_a_folder_without_manifest_is_no_result_and_is_replaced(tmp_path):
    store = ResultStore(tmp_path)
    (tmp_path / KEY).mkdir()
    (tmp_path / KEY / "half").touch()
    assert not store.has(KEY)
    assert store.keys() == []
    with store.writing(KEY) as folder:
        store.commit(folder, manifest())
    assert store.has(KEY)
    assert not (tmp_path / KEY / "half").exists()


def test_the_first_of_two_equal_answers_stays(tmp_path):
    store = ResultStore(tmp_path)
    for text in ("first", "second"):
        with store.writing(KEY) as folder:
            (folder / "a").write_text(text)
            store.commit(folder, manifest(files={"a": len(text)}))
    assert store.file(KEY, "a").read_text() == "first"


@pytest.mark.parametrize("key", ["", "../etc", "x" * 20, "0" * 19])
def test_only_keys_are_looked_up(tmp_path, key):
    with pytest.raises(KnownError) as caught:
        ResultStore(tmp_path).has(key)
    assert caught.value.problem.status == 404


def test_only_listed_files_are_given_out(tmp_path):
    store = ResultStore(tmp_path)
    with store.writing(KEY) as folder:
        store.commit(folder, manifest())
    with pytest.raises(KnownError, match="has no file"):
        store.file(KEY, "../../secret")


@pytest.mark.parametrize(("left", "told"), [(b"ab", "2 bytes of 3"), (None, "gone")])
def test_a_file_that_is_not_what_was_stored_is_told(tmp_path, left, told):
    store = ResultStore(tmp_path)
    with store.writing(KEY) as folder:
        (folder / "a.bin").write_bytes(b"abc")
        store.commit(folder, manifest(files={"a.bin": 3}))
    (tmp_path / KEY / "a.bin").unlink() if left is None else (tmp_path / KEY / "a.bin").write_bytes(left)
    with pytest.raises(KnownError, match=told) as caught:
        store.file(KEY, "a.bin")
    assert "Delete the result" in caught.value.problem.hint


def test_delete_and_sweep(tmp_path):
    store = ResultStore(tmp_path)
    with store.writing(KEY) as folder:
        store.commit(folder, manifest())
    store.delete(KEY)
    store.delete(KEY)
    (tmp_path / ".writing-old").mkdir()
    store.sweep(older_than_seconds=-1)
    assert list(tmp_path.iterdir()) == []


def test_a_new_data_folder_is_its_user_s_alone_and_one_that_is_there_keeps_its_rights(tmp_path):
    made, shared = Layout(tmp_path / "made"), Layout(tmp_path / "shared")
    shared.root.mkdir()
    shared.root.chmod(0o775)
    for layout in (made, shared):
        layout.require_writable()
    assert stat.S_IMODE(made.root.stat().st_mode) == 0o700
    assert stat.S_IMODE(shared.root.stat().st_mode) == 0o775
