"""What the API is told from outside: read once at the entry, then passed on."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, Self

from backend.artifacts.layout import Layout, default_root
from backend.contracts.problems import KnownError

MAX_BODY_BYTES = 2_000_000
MAX_IMPORT_BYTES = 64_000_000
JOB_SECONDS = 12 * 3600


class Settings(NamedTuple):
    """Settings of one API process."""

    redis_url: str
    layout: Layout
    token: str | None = None
    """Required of every request but `/health` when set."""
    host: str = "127.0.0.1"
    port: int = 8051
    model_roots: tuple[Path, ...] = ()
    """Folders below which local models may be opened, besides the data root's own."""
    corpus_roots: tuple[Path, ...] = ()
    """Folders of corpora, besides the data root's own."""
    max_body_bytes: int = MAX_BODY_BYTES
    max_import_bytes: int = MAX_IMPORT_BYTES
    """Of an uploaded file: a region, the items of a task. Packed masks of a 7B model are 0.9 GB and need more."""
    job_seconds: int = JOB_SECONDS
    """Limit of one job."""

    @classmethod
    def from_env(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """The settings this process was started with."""
        return cls(
            redis_url=environment.get("REDIS_URL") or "redis://127.0.0.1:6379/0",
            layout=Layout(_data_root(environment)),
            token=environment.get("LINGUA_ATLAS_TOKEN") or None,
            host=environment.get("LINGUA_ATLAS_API_HOST") or environment.get("LINGUA_ATLAS_HOST") or "127.0.0.1",
            port=_number(environment, "LINGUA_ATLAS_API_PORT", 8051),
            model_roots=_folders(environment.get("LINGUA_ATLAS_MODEL_ROOTS", "")),
            corpus_roots=_folders(environment.get("LINGUA_ATLAS_CORPUS_ROOTS", "")),
            max_body_bytes=_number(environment, "LINGUA_ATLAS_MAX_BODY_BYTES", MAX_BODY_BYTES),
            max_import_bytes=_number(environment, "LINGUA_ATLAS_MAX_IMPORT_BYTES", MAX_IMPORT_BYTES),
            job_seconds=_number(environment, "LINGUA_ATLAS_JOB_SECONDS", JOB_SECONDS),
        )


def _number(environment: Mapping[str, str], name: str, default: int) -> int:
    given = environment.get(name) or str(default)
    if not given.isdecimal():
        raise KnownError(
            "bad_setting", f"{name} is {given!r}, which is no number", hint=f"Unset it, or give one such as {default}."
        )
    return int(given)


def _data_root(environment: Mapping[str, str]) -> Path:
    given = environment.get("LINGUA_ATLAS_DATA")
    return Path(given).expanduser().resolve() if given else default_root()


def _folders(joined: str) -> tuple[Path, ...]:
    return tuple(Path(part).expanduser().resolve() for part in joined.split(os.pathsep) if part)
