"""Reading a file that may be none: a pipe would wait for ever, a device never ends, a folder is no file."""

from __future__ import annotations

import os
import stat
from io import BufferedReader
from pathlib import Path

MAX_ENTRY_BYTES = 64_000_000
"""Of one entry of a list, read whole; a report with all its notes is the largest."""


def open_regular(path: Path) -> BufferedReader:
    """Open a regular file to read, links followed; OSError says what else lies there."""
    file = open(path, "rb", opener=_without_waiting)  # noqa: SIM115  the caller closes it
    mode = os.fstat(file.fileno()).st_mode
    if stat.S_ISREG(mode):
        return file
    file.close()
    raise OSError(0, "it is no regular file")


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)  # a pipe waits for who writes


def regular_bytes(path: Path, *, most: int = MAX_ENTRY_BYTES) -> bytes:
    """Content of a regular file of at most so many bytes; OSError for all else."""
    with open_regular(path) as file:
        if os.fstat(file.fileno()).st_size > most:
            raise OSError(0, f"it is larger than {most:,} bytes")
        return file.read()
