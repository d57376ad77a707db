"""The result store: a result is a folder named by its key, whole or not there at all."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pydantic import ValidationError

from backend.contracts.base import KEY_LENGTH
from backend.contracts.problems import KnownError
from backend.contracts.results import Manifest

MANIFEST = "manifest.json"
SETTLED_NANOSECONDS = 2 * 10**9


class ResultStore:
    """Reads and writes result folders below `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._listed: tuple[int, list[tuple[int, str]]] | None = None

    def path(self, key: str) -> Path:
        """Folder of a result; says nothing about whether it exists."""
        if len(key) != KEY_LENGTH or not set(key) <= set("0123456789abcdef"):
            raise KnownError(
                "unknown_key", f"{key!r} is no result key; a key is {KEY_LENGTH} hexadecimal digits", status=404
            )
        return self.root / key

    def has(self, key: str) -> bool:
        """Whether the result is stored, whole."""
        return (self.path(key) / MANIFEST).is_file()

    def manifest(self, key: str) -> Manifest:
        """The manifest of a stored result, or a 404 problem."""
        try:
            return Manifest.model_validate_json((self.path(key) / MANIFEST).read_bytes())
        except FileNotFoundError:
            raise KnownError(
                "unknown_key",
                f"no result with key {key} is stored here",
                hint="List the results with GET /results, or submit the request again.",
                status=404,
            ) from None
        except ValidationError:
            raise KnownError(
                "unreadable_result",
                f"the manifest of result {key} cannot be read by this version",
                hint="Delete the result and submit the request again.",
                status=500,
            ) from None

    def file(self, key: str, name: str) -> Path:
        """One file of a stored result; only names the manifest lists, and only as long as they were when stored."""
        path = self.path(key) / name
        if name != MANIFEST:
            files = self.manifest(key).files
            if name not in files:
                raise KnownError("unknown_file", f"result {key} has no file {name!r}", status=404)
            _require_whole(path, files[name])
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
            if len(entry.name) == KEY_LENGTH:
                with suppress(FileNotFoundError):
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
        self.root.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".writing-{key}-", dir=self.root))
        folder.chmod(0o755)  # workers and API may run as different users of one volume
        try:
            yield folder
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise disk_full(self.root) from error
            raise
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def commit(self, folder: Path, manifest: Manifest) -> None:
        """Flush every file, write the manifest last, rename: nothing half-written is ever read."""
        for path in folder.iterdir():
            fsync(path)
        target = folder / MANIFEST
        target.write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
        fsync(target)
        fsync(folder)
        final = self.path(manifest.key)
        if final.is_dir() and not (final / MANIFEST).exists():
            shutil.rmtree(final)
        try:
            os.rename(folder, final)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
            # The same question was answered elsewhere in the meantime: the first answer stays.
        fsync(self.root)

    def sweep(self, older_than_seconds: float = 24 * 3600.0) -> None:
        """Remove folders that a killed worker left half-written long ago."""
        for folder in (*self.root.glob(".writing-*"), *self.root.glob(".deleted-*")):
            with suppress(FileNotFoundError):  # several workers start at once, and all of them sweep
                if time.time() - folder.stat().st_mtime > older_than_seconds:
                    shutil.rmtree(folder, ignore_errors=True)


def _require_whole(path: Path, size_bytes: int) -> None:
    """Somebody may have removed a large file by hand, or copied a result only in part."""
    found = path.stat().st_size if path.is_file() else None
    if found != size_bytes:
        raise KnownError(
            "damaged_result",
            f"{path.name} of result {path.parent.name} is "
            f"{'gone' if found is None else f'{found} bytes of {size_bytes}'}",
            hint="Delete the result and submit the request again.",
            status=409,
        )


def disk_full(path: Path) -> KnownError:
    """The disk has no room for a result."""
    free = shutil.disk_usage(path).free
    return KnownError(
        "disk_full",
        f"the disk of {path} is full ({free / 1e6:.0f} MB free); nothing was stored",
        hint="Free some space or point LINGUA_ATLAS_DATA at another disk, then retry the run.",
        status=507,
    )


def fsync(path: Path) -> None:
    """Have a file, or the names in a folder, on the disk before anything else happens."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
