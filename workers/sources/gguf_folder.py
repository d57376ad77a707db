"""The safetensors folder a GGUF file was converted to: made once, recognised again, replaced when the file changed."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from backend.artifacts.models import fingerprint
from workers.sources.folder import allowed, not_there
from workers.sources.found import Fits, Found, Tracker, any_size, untracked
from workers.sources.gguf import convert
from workers.sources.weights import SINGLE

CONVERSION = 3
"""Raised when the same file becomes another folder: those of an earlier version are made again."""
_ORIGIN = "origin.txt"
"""JSON: which file the folder was made from, and the hash of its weights. No `.json`, so that it
stays out of the folder's fingerprint."""


def find_gguf(
    path: Path, folder: Path, *, roots: tuple[Path, ...], fits: Fits = any_size, track: Tracker = untracked
) -> Found:
    """A GGUF file below an allowed root, converted to `folder` unless that was done before."""
    allowed(path, roots=roots)
    if not path.is_file():
        raise not_there(path, "GGUF file")
    return find_converted(folder, stamp=fingerprint(path), gguf=lambda: nullcontext(path), fits=fits, track=track)


def find_converted(
    folder: Path, *, stamp: str, gguf: Callable[[], AbstractContextManager[Path]], fits: Fits, track: Tracker
) -> Found:
    """`folder`, made from the file that `gguf` gives unless it was made from the same `stamp` already."""
    digest = _known(folder, stamp)
    if digest is None:
        if folder.exists():
            _bury(folder)
        with gguf() as file:
            digest = convert(file, folder, fits=fits, track=track)
        (folder / _ORIGIN).write_text(
            json.dumps({"conversion": CONVERSION, "stamp": stamp, "sha256": digest, "size": _size(folder)})
        )
    return Found(folder, hashes={SINGLE: digest})


def _known(folder: Path, stamp: str) -> str | None:
    try:
        origin = json.loads((folder / _ORIGIN).read_bytes())
        same = origin["conversion"] == CONVERSION and origin["stamp"] == stamp and origin["size"] == _size(folder)
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError):
        return None
    return str(origin["sha256"]) if same else None


def _size(folder: Path) -> list[int]:
    stat = (folder / SINGLE).stat()
    return [stat.st_size, stat.st_mtime_ns]


def _bury(folder: Path) -> None:
    """Away at once, deleted a moment later: nobody sees half a folder."""
    grave = folder.parent / f".deleted-{folder.name}-{os.getpid()}"
    os.rename(folder, grave)
    shutil.rmtree(grave, ignore_errors=True)
