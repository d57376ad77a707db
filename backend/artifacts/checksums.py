"""SHA-256 of files, read once for each state of a file and process, however often it is asked.

A bit that flips on a disk changes neither size nor time: it is seen by the next process that reads the file.
"""

from __future__ import annotations

import hashlib
import os
import threading
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from backend.artifacts.regular_files import open_regular
from backend.contracts.problems import KnownError

_LOCKS = tuple(threading.Lock() for _ in range(16))
"""Who asks for a file that is just being read waits for the answer; others hardly ever do."""


class FileState(NamedTuple):
    """What tells a file that was written again, without reading it."""

    size_bytes: int
    modified_ns: int
    inode: int


def state_of(path: Path) -> FileState:
    """Size, time and inode of a file, links followed; raises OSError."""
    stat = os.stat(path)
    return FileState(stat.st_size, stat.st_mtime_ns, stat.st_ino)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal digits; streamed, however large it is. Raises OSError."""
    state = state_of(path)
    with _LOCKS[hash(path) % len(_LOCKS)]:
        return _digest(path, state)


def require_named_by_content(path: Path, sha256: str) -> None:
    """Raise `input_changed` for an added file whose bytes are no longer those it is named by."""
    if sha256_of(path) != sha256:
        raise KnownError(
            "input_changed",
            f"{path} is no longer the file that was added: its bytes do not have the SHA-256 of its name",
            hint="Remove it, then add the original again.",
            status=409,
        )


@lru_cache(maxsize=8192)
def _digest(path: Path, state: FileState) -> str:
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
