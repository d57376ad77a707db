"""Files that lost their end, a bit, or got zeros: each is told and answered again, none is served."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable
from pathlib import Path

from backend.artifacts.results import MANIFEST
from backend.contracts.problems import KnownError
from tests.faults.atlas import Atlas, LostError
from tests.faults.ending import kill_worker, send, server


def _stored(atlas: Atlas, chance: random.Random) -> tuple[str, Path]:
    key = atlas.answered(atlas.question("speak 2"))
    return key, atlas.layout.results / key / chance.choice(["weights.txt", "pid.txt"])


def _ask_again(atlas: Atlas, key: str, path: Path) -> None:
    """What is damaged is said to be, and is computed again on request."""
    told = atlas.get(f"/results/{key}/files/{path.name}")
    if told.status_code != 409 or told.json()["code"] != "damaged_result":
        raise LostError(f"{path.name} of {key} was changed and served: {told.status_code} {told.text[:200]}")
    request = atlas.client.manifest(key).request
    atlas.client.delete_result(key)
    if atlas.answered(request) != key:
        raise LostError(f"{key} was computed again under another key")
    atlas.require_whole(key)


def cut_result(atlas: Atlas, chance: random.Random) -> None:
    """A file of a result loses its end."""
    key, path = _stored(atlas, chance)
    os.truncate(path, path.stat().st_size // 2)
    _ask_again(atlas, key, path)


def flip_bit(atlas: Atlas, chance: random.Random) -> None:
    """One bit of a result."""
    key, path = _stored(atlas, chance)
    changed = bytearray(path.read_bytes())
    changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    path.write_bytes(changed)
    _ask_again(atlas, key, path)


def cut_manifest(atlas: Atlas, chance: random.Random) -> None:
    """At any byte; the same question computes it again."""
    key, path = _stored(atlas, chance)
    request = atlas.client.manifest(key).request
    manifest = path.with_name(MANIFEST)
    os.truncate(manifest, chance.randrange(manifest.stat().st_size))
    for asked in (f"/results/{key}", "/results", f"/jobs/{key}"):
        if (told := atlas.get(asked)).status_code >= 500:
            raise LostError(f"{asked} answers {told.status_code} for a cut manifest: {told.text[:200]}")
    if atlas.answered(request) != key:
        raise LostError(f"{key} was computed again under another key")
    atlas.require_whole(key)


def leave_half_written(atlas: Atlas, chance: random.Random) -> None:
    """What a dead job began goes when the next worker starts."""
    folder = atlas.layout.results / f".writing-claimed-{chance.randbytes(10).hex()}-x"
    folder.mkdir()
    (folder / "scores.safetensors").write_bytes(b"half")
    kill_worker(atlas, chance)
    atlas.revive()
    atlas.until(lambda: not folder.exists(), f"{folder.name} of a dead job is gone")


def _damage_append_only_file(atlas: Atlas, damage: Callable[[Path], None]) -> None:
    send([server(atlas)], signal.SIGKILL)
    assert atlas.redis.process is not None
    atlas.redis.process.wait()
    folder = atlas.layout.run / "redis" / "appendonlydir"
    damage(max(folder.glob("*.incr.aof"), key=lambda path: path.stat().st_mtime_ns))
    try:
        atlas.revive()
    except KnownError as error:
        raise LostError(f"Redis does not start on its damaged file: {error.problem.detail}") from None


def append_zeros(atlas: Atlas, chance: random.Random) -> None:
    """A power cut leaves zeros at the end of the append-only file."""

    def damage(path: Path) -> None:
        with path.open("ab") as file:
            file.write(bytes(chance.randint(1, 5000)))

    _damage_append_only_file(atlas, damage)
    if "damaged" not in atlas.redis.note:
        raise LostError("nobody says that Redis' file was damaged")


def cut_append_only_file(atlas: Atlas, chance: random.Random) -> None:
    """The last commands never reached the disk."""

    def damage(path: Path) -> None:
        size = path.stat().st_size
        os.truncate(path, size - chance.randint(0, min(size, 3000)))

    _damage_append_only_file(atlas, damage)
