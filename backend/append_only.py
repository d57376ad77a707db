"""A damaged append-only file of Redis is mended by `redis-check-aof --fix`: what is whole before the damage stays.

After a power cut the tail of the file may be zeros, and a server refuses to start on it.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from pathlib import Path

_CHECK_SECONDS = 120
_FOLDER = "appendonlydir"
_DAMAGED = ("Bad file format reading the append only file", "Unexpected end of file reading the append only file")


def is_damaged(log: Path, *, since_bytes: int) -> bool:
    """Return whether the server's log, from a place on, says that it cannot read its append-only file."""
    try:
        with log.open("rb") as file:
            file.seek(since_bytes)
            said = file.read().decode(errors="replace")
    except OSError:
        return False
    return any(sentence in said for sentence in _DAMAGED)


def mend(server: str, folder: Path) -> str | None:
    """Cut the damaged end off; return what was done as a sentence, None when the file cannot be mended.

    The original stays beside it. Redis' and Valkey's servers are their own checking tools when called by that name.
    """
    original = folder / _FOLDER
    # The last file that is written to, not the manifest: Valkey 9.1's tool does not know the head of its own base file.
    parts = sorted(original.glob("*.incr.aof"), key=lambda part: (part.stat().st_mtime_ns, part.name))
    if not parts:
        return None
    kept = folder / f"{_FOLDER}.damaged-{time.strftime('%Y%m%d-%H%M%S')}"
    shutil.copytree(original, kept, dirs_exist_ok=True)
    done = subprocess.run(
        ["redis-check-aof", "--fix", str(parts[-1])],
        executable=server,
        input="y\n",
        capture_output=True,
        text=True,
        errors="replace",
        timeout=_CHECK_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        return None
    lost = sum(int(number) for number in re.findall(r"\bdiff=(\d+)", done.stdout))
    return (
        f"Redis' file was damaged, as after a power cut: its last {lost} bytes could not be read and are cut off. Jobs "
        f"queued in the last moments before may be missing; ask them again. The original is kept in {kept}"
    )
