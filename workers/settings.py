"""What a worker is told once, at its start, from the environment."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from backend.artifacts.layout import Layout, default_root
from backend.contracts.binding import require_redis_url
from backend.contracts.problems import KnownError


class WorkerSettings(BaseModel):
    """Everything the parent and its horse need; picklable, never changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    redis_url: str
    """redis://, rediss:// (with password) or unix:// (Unix socket)."""
    data_root: Path
    corpus_roots: tuple[Path, ...] = ()
    """Further folders of corpora; the data root's own comes first."""
    model_roots: tuple[Path, ...] = ()
    """Folders below which local models may be opened."""
    device: str = "auto"
    """`auto`, `cpu`, `cuda` or `cuda:1`."""
    model_bytes: int | None = Field(None, gt=0)
    """Bound of the models kept in memory; None lets the device decide."""
    n_threads: int | None = Field(None, gt=0)
    """Threads of a CPU computation; None leaves torch's own choice."""
    registry: str = "workers.registry"
    """Module with the handlers and `open_host`."""
    name: str = Field(default_factory=lambda: f"{socket.gethostname()}-{uuid.uuid4().hex[:8]}", min_length=1)
    cancel_grace_seconds: float = Field(0.7, gt=0)
    """A job that does not react to a stop within this is killed together with its process."""
    lost_seconds: int = Field(15, ge=2)
    """A job whose worker said nothing for this long counts as abandoned."""

    @property
    def layout(self) -> Layout:
        """Where things lie below the data root."""
        return Layout(self.data_root)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> WorkerSettings:
        """REDIS_URL and LINGUA_ATLAS_*; an empty variable counts as unset. Raises KnownError."""
        given = {
            field: environment[variable] for variable, field in _VARIABLES.items() if environment.get(variable, "")
        }
        roots = {
            field: tuple(_folder(part) for part in environment.get(variable, "").split(os.pathsep) if part)
            for variable, field in _ROOTS.items()
        }
        given_root = given.pop("data_root", "")
        root = _folder(given_root) if given_root else default_root()
        try:
            settings = cls.model_validate({"data_root": root, **given, **roots})
        except ValidationError as error:
            raise _refused(error, environment) from None
        require_redis_url(settings.redis_url)
        return settings


def _folder(given: str) -> Path:
    return Path(given).expanduser().resolve()  # as the API reads it: workers and API mean one place


def _refused(error: ValidationError, environment: Mapping[str, str]) -> KnownError:
    """Every variable that is wrong, by its name."""
    variables = {field: variable for variable, field in _VARIABLES.items()}
    wrong = [(variables.get(str(item["loc"][0]), str(item["loc"][0])), item["msg"]) for item in error.errors()]
    told = "; ".join(
        f"{variable} is {environment[variable]!r}: {why[:1].lower()}{why[1:]}"
        if environment.get(variable)
        else f"{variable} is not set"
        for variable, why in wrong
    )
    return KnownError(
        "bad_setting", told, hint="docs/guide.md lists every variable; `lingua-atlas up` sets them itself."
    )


_VARIABLES = {
    "LINGUA_ATLAS_DATA": "data_root",
    "REDIS_URL": "redis_url",
    "LINGUA_ATLAS_DEVICE": "device",
    "LINGUA_ATLAS_MODEL_BYTES": "model_bytes",
    "LINGUA_ATLAS_THREADS": "n_threads",
    "LINGUA_ATLAS_REGISTRY": "registry",
    "LINGUA_ATLAS_WORKER_NAME": "name",
    "LINGUA_ATLAS_CANCEL_GRACE_SECONDS": "cancel_grace_seconds",
    "LINGUA_ATLAS_LOST_SECONDS": "lost_seconds",
}
_ROOTS = {"LINGUA_ATLAS_CORPUS_ROOTS": "corpus_roots", "LINGUA_ATLAS_MODEL_ROOTS": "model_roots"}
