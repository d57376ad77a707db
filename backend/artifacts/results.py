"""The result store: a result is a folder named by its key, whole or not there at all."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from backend.artifacts.checksums import FileState, sha256_of, state_of
from backend.artifacts.disk import on_disk
from backend.artifacts.manifests import damaged, read_manifest, sealed
from backend.artifacts.regular_files import regular_bytes
from backend.contracts.base import KEY_LENGTH
from backend.contracts.problems import KnownError, Problem
from backend.contracts.results import Manifest, SetAside

MANIFEST = "manifest.json"
SETTLED_NANOSECONDS = 2 * 10**9
_CLAIMED = ".writing-claimed-"
"""Folders of this beginning are locked by who writes them; older atlases wrote without a lock."""
_KEY = re.compile(f"[0-9a-f]{{{KEY_LENGTH}}}")


class Verdict(NamedTuple):
    """What was found out about a manifest in one state."""

    state: FileState
    problem: Problem | None


class ResultStore:
    """Reads and writes result folders below `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._listed: tuple[int, list[tuple[int, str]]] | None = None
        self._verdicts: dict[str, Verdict] = {}

    def path(self, key: str) -> Path:
        """Folder of a result; says nothing about whether it exists."""
        if not _KEY.fullmatch(key):
            raise KnownError(
                "unknown_key", f"{key!r} is no result key; a key is {KEY_LENGTH} hexadecimal digits", status=404
            )
        return self.root / key

    def has(self, key: str) -> bool:
        """Whether the result is stored, whole, and an answer: of this version, and to the question of its key."""
        path = self.path(key) / MANIFEST
        try:
            known = self._verdicts.get(key)
            if known is None or known.state != state_of(path):
                self.manifest(key)
                return True
        except (KnownError, OSError):
            return False
        return known.problem is None

    def is_there(self, key: str) -> bool:
        """Whether there is a folder with a manifest, be it an answer or not."""
        return (self.path(key) / MANIFEST).is_file()

    def manifest(self, key: str) -> Manifest:
        """The manifest of a stored result; a 404 problem, or why what lies there is not the answer."""
        path = self.path(key) / MANIFEST
        try:
            state, raw = state_of(path), regular_bytes(path)
        except (FileNotFoundError, NotADirectoryError):
            raise KnownError(
                "unknown_key",
                f"no result with key {key} is stored here",
                hint="List the results with GET /results, or submit the request again.",
                status=404,
            ) from None
        except OSError as error:
            problem = damaged(key, f"{MANIFEST} cannot be read: {error.strerror or error}")
            with suppress(OSError):
                self._verdicts[key] = Verdict(state_of(path), problem.problem)
            raise problem from None
        known = self._verdicts.get(key)
        if known is None or known.state != state:
            return self._judged(key, raw, state)
        if known.problem:
            raise KnownError.of(known.problem)
        return Manifest.model_validate_json(raw)

    def set_aside(self) -> tuple[SetAside, ...]:
        """Folders with a manifest that are no answer, newest first, and why."""
        kept = [key for key in self.keys() if not self.has(key)]
        problems = {key: verdict.problem for key in kept if (verdict := self._verdicts.get(key))}
        return tuple(SetAside(key=key, code=one.code, detail=one.detail) for key, one in problems.items() if one)

    def _judged(self, key: str, raw: bytes, state: FileState) -> Manifest:
        """Read a manifest for the first time, and remember whether it is sound: a list looks at thousands."""
        try:
            manifest = read_manifest(raw, key)
        except KnownError as error:
            self._verdicts[key] = Verdict(state, error.problem)
            raise
        self._verdicts[key] = Verdict(state, None)
        return manifest

    def file(self, key: str, name: str) -> Path:
        """One file of a stored result; only names the manifest lists, and only with the bytes that were stored.

        The first call in a process reads the whole file, and so does the first one after it was written again.
        """
        path, manifest = self.path(key) / name, self.manifest(key)
        if name != MANIFEST:
            if name not in manifest.files:
                raise KnownError("unknown_file", f"result {key} has no file {name!r}", status=404)
            _require_whole(path, manifest)
        return path

    def keys(self) -> list[str]:
        """Keys of all whole results, newest first."""
        return [key for _, key in self.entries()]

    def entries(self) -> list[tuple[int, str]]:
        """When it was written (nanoseconds) and key of each whole result, newest first.

        Read again when a folder came or went: pages ask often, and there may be thousands.
        """
        try:
            changed = self.root.stat().st_mtime_ns
        except FileNotFoundError:
            return []
        known = self._listed
        if known is None or known[0] != changed:
            known = changed, sorted(self._scanned(), reverse=True)
            # Clocks of file systems are coarse: what was changed just now may change again at the same time.
            self._listed = known if time.time_ns() - changed > SETTLED_NANOSECONDS else None
        return list(known[1])

    def _scanned(self) -> Iterator[tuple[int, str]]:
        for entry in os.scandir(self.root):
            if _KEY.fullmatch(entry.name):
                with suppress(OSError):  # one entry that is no result, or cannot be read, harms no other
                    yield os.stat(Path(entry.path) / MANIFEST).st_mtime_ns, entry.name

    def delete(self, key: str) -> None:
        """Remove a result; it vanishes at once, its files a moment later."""
        path = self.path(key)
        if path.is_dir():
            grave = Path(tempfile.mkdtemp(prefix=".deleted-", dir=self.root))
            os.replace(path, grave / key)
            shutil.rmtree(grave, ignore_errors=True)

    @contextmanager
    def writing(self, key: str) -> Iterator[Path]:
        """A folder to write a result into; `commit` makes it whole, leaving the block drops it."""
        with on_disk(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            folder, claim = self._claimed(key)
        folder.chmod(0o755)  # workers and API may run as different users of one volume
        try:
            with on_disk(self.root):
                yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(claim)

    def _claimed(self, key: str) -> tuple[Path, int]:
        """A new folder, locked as long as this process lives: whoever can lock it knows that its writer is dead."""
        while True:
            folder = Path(tempfile.mkdtemp(prefix=f"{_CLAIMED}{key}-", dir=self.root))
            claim = os.open(folder, os.O_RDONLY)
            with suppress(OSError):  # a file system without locks: age alone tells, then
                fcntl.flock(claim, fcntl.LOCK_EX)
            if folder.exists():
                return folder, claim
            os.close(claim)  # swept before it was locked

    def commit(self, folder: Path, manifest: Manifest) -> None:
        """Flush every file, write the sealed manifest last, rename: nothing half-written is ever read.

        Checksums are taken here where the manifest has none.
        """
        for path in folder.iterdir():
            fsync(path)
        if not manifest.checksums:
            manifest = manifest.model_copy(update={"checksums": checksums_of(folder)})
        target = folder / MANIFEST
        target.write_text(sealed(manifest).model_dump_json(indent=1), encoding="utf-8")
        fsync(target)
        fsync(folder)
        final = self.path(manifest.key)
        if final.is_dir() and not self.has(manifest.key):
            shutil.rmtree(final)
        try:
            os.rename(folder, final)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
            # The same question was answered elsewhere in the meantime: the first answer stays.
        fsync(self.root)

    def sweep(self, older_than_seconds: float = 24 * 3600.0) -> None:
        """Remove what dead processes left: half-written folders at once, all that cannot be told when it is old."""
        for folder in (*self.root.glob(".writing-*"), *self.root.glob(".deleted-*")):
            with suppress(OSError):  # several workers start at once, and all of them sweep
                if time.time() - folder.stat().st_mtime > older_than_seconds or _is_orphan(folder):
                    shutil.rmtree(folder, ignore_errors=True)


def _is_orphan(folder: Path) -> bool:
    """Whether the process that began to write here is dead."""
    if not folder.name.startswith(_CLAIMED):
        return False
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    else:
        shutil.rmtree(folder, ignore_errors=True)  # while it is locked: who waits for it sees that it is gone
        return True
    finally:
        os.close(descriptor)


def checksums_of(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of a folder but the manifest, by name."""
    return {path.name: sha256_of(path) for path in sorted(folder.iterdir()) if path.name != MANIFEST}


def require_intact(path: Path) -> None:
    """Check a file that lies in the folder of a result, for whoever has only its path; all others pass."""
    if _KEY.fullmatch(path.parent.name) and (path.parent / MANIFEST).is_file():
        ResultStore(path.parent.parent).file(path.parent.name, path.name)


def _require_whole(path: Path, manifest: Manifest) -> None:
    """A file may have been removed by hand, copied only in part, or a disk may have changed it."""
    try:
        size_bytes = path.stat().st_size
    except (FileNotFoundError, NotADirectoryError):
        raise damaged(manifest.key, f"{path.name} is gone") from None
    if size_bytes != manifest.files[path.name]:
        raise damaged(manifest.key, f"{path.name} is {size_bytes} bytes of {manifest.files[path.name]}")
    stored = manifest.checksums.get(path.name)
    if stored and sha256_of(path) != stored:
        raise damaged(manifest.key, f"the bytes of {path.name} are not those that were stored")


def fsync(path: Path) -> None:
    """Have a file, or the names in a folder, on the disk before anything else happens."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
