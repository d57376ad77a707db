"""What a disk refuses, as a problem: full, out of inodes, over a quota, read-only, not writable, too many files."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backend.contracts.problems import KnownError

_ELSEWHERE = "or point LINGUA_ATLAS_DATA at another disk, then retry"


@contextmanager
def on_disk(path: Path) -> Iterator[None]:
    """Within the block, what the disk below `path` refuses is a KnownError; other errors pass."""
    try:
        yield
    except OSError as error:
        if problem := disk_problem(error, path):
            raise problem from error
        raise


def disk_problem(error: OSError, path: Path) -> KnownError | None:
    """Return what an error says of the disk of `path`; None for an error that is none of the disk's."""
    named = error.filename if isinstance(error.filename, str) else path
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return disk_full(Path(named))
        case errno.EROFS:
            return KnownError(
                "disk_read_only",
                f"the disk of {named} is read-only; nothing was stored",
                hint=f"Mount it for writing, {_ELSEWHERE}.",
                status=507,
            )
        case errno.EACCES | errno.EPERM:
            return KnownError(
                "not_writable",
                f"{named} may not be read or written by this user (number {os.getuid()}); nothing was stored",
                hint=f"Give that user the folder (chown, chmod), {_ELSEWHERE}.",
                status=507,
            )
        case errno.EMFILE | errno.ENFILE:
            return KnownError(
                "too_many_files",
                f"no more files can be opened, {named} neither",
                hint="Raise the limit (ulimit -n 65536) and start the atlas again.",
                status=503,
            )
        case errno.EFBIG:
            return KnownError(
                "file_too_large",
                f"a file below {path} would become larger than this user or that disk allows; nothing was stored",
                hint=f"Raise the limit (ulimit -f unlimited) and start the atlas again, {_ELSEWHERE}.",
                status=507,
            )
        case errno.EIO:
            return KnownError(
                "disk_broken",
                f"the disk of {named} failed to read or write",
                hint=f"Look at the disk (dmesg), {_ELSEWHERE}.",
                status=507,
            )
    return None


def disk_full(path: Path) -> KnownError:
    """Return the problem of a disk that has no room: of bytes, of files (inodes), or within this user's quota."""
    place = next(folder for folder in (path, *path.parents) if folder.exists())
    room, files = shutil.disk_usage(place).free, os.statvfs(place)
    if files.f_files and not files.f_favail:
        told, hint = f"the disk of {path} has no room for another file (no free inodes)", "Delete small files there"
    else:
        told, hint = f"the disk of {path} is full ({room / 1e6:.0f} MB free)", "Free some space there"
    return KnownError("disk_full", f"{told}; nothing was stored", hint=f"{hint}, {_ELSEWHERE}.", status=507)
