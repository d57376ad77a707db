"""Uploaded region files: kept by the hash of their bytes, whole or not at all, never a pickle."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from stat import S_ISREG
from typing import IO

from backend.artifacts.checksums import require_named_by_content, sha256_of
from backend.artifacts.corpus_folder import writable
from backend.artifacts.disk import on_disk
from backend.artifacts.import_answers import settled
from backend.artifacts.listing import visible
from backend.artifacts.results import fsync
from backend.contracts.models import AddedFile, AddedFiles, BrokenEntry
from backend.contracts.problems import KnownError
from backend.contracts.regions import ImportedFile, ImportForm

_SHA256 = re.compile(r"[0-9a-f]{64}")


class Arrival:
    """A file that is being written; its hash grows with it."""

    def __init__(self, file: IO[bytes], path: Path) -> None:
        self.path = path
        self._file = file
        self._hash = hashlib.sha256()
        self.size_bytes = 0

    def write(self, block: bytes) -> None:
        """The next bytes."""
        self._file.write(block)
        self._hash.update(block)
        self.size_bytes += len(block)

    def finish(self) -> str:
        """Flush to disk; gives the hash."""
        self._file.flush()
        os.fsync(self._file.fileno())
        return self._hash.hexdigest()


class Imports:
    """Reads and writes uploaded files below `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def file(self, sha256: str) -> Path:
        """An uploaded file, or the problem of one that is not here."""
        path = self.root / sha256
        if not _SHA256.fullmatch(sha256) or not path.is_file():
            raise KnownError(
                "file_not_uploaded",
                f"no file with SHA-256 {sha256} was uploaded here",
                hint="Upload it with POST /imports, then submit the request with the hash that it answers.",
                status=404,
                field="file",
            )
        require_named_by_content(path, sha256)
        return path

    def all(self) -> tuple[AddedFile, ...]:
        """Uploaded files, newest first."""
        return self.listed().files

    def listed(self) -> AddedFiles:
        """Uploaded files, newest first, and what is none with its reason."""
        paths, problem = visible(self.root)
        files, broken = [], list(problem)
        for path in paths:
            try:
                state = path.stat()
                if not S_ISREG(state.st_mode) or not _SHA256.fullmatch(path.name):
                    broken.append(BrokenEntry(name=writable(path.name), problem="no uploaded file"))
                    continue
                added_at = datetime.fromtimestamp(state.st_mtime, UTC)
                files.append(AddedFile(sha256=path.name, size_bytes=state.st_size, added_at=added_at))
            except FileNotFoundError:
                if path.is_symlink():
                    broken.append(BrokenEntry(name=writable(path.name), problem="a link to nothing"))
            except (OSError, ValueError, OverflowError) as error:  # a time that no calendar has
                broken.append(BrokenEntry(name=writable(path.name), problem=f"cannot be read: {error}"))
        files.sort(key=lambda file: file.added_at, reverse=True)
        return AddedFiles(files=tuple(files), broken=tuple(broken))

    @contextmanager
    def arriving(self) -> Iterator[Arrival]:
        """A place to write an upload to; leaving the block without `keep` drops it."""
        self.root.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=".arriving-", dir=self.root)
        try:
            with on_disk(self.root), os.fdopen(descriptor, "wb") as file:
                yield Arrival(file, Path(name))
        finally:
            Path(name).unlink(missing_ok=True)

    def keep(self, arrival: Arrival, said: ImportForm | None = None) -> ImportedFile:
        """Make an upload whole, if it has a form that can be read; call it within `arriving`.

        `said` answers what lists of pairs or triples leave open: the file that is kept says it in full.
        """
        sha256 = arrival.finish()
        form = settled(arrival.path, said)
        if said:  # it may have been rewritten
            fsync(arrival.path)
            sha256, arrival.size_bytes = sha256_of(arrival.path), arrival.path.stat().st_size
        arrival.path.chmod(0o644)  # workers and API may run as different users of one volume
        os.replace(arrival.path, self.root / sha256)
        return ImportedFile(sha256=sha256, size_bytes=arrival.size_bytes, form=form)
