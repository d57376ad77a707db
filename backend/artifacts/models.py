"""Catalogue entries of opened models: `{data}/models/{name}.json`, written by a worker, read by all."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import Literal

from backend.artifacts.listing import Listing, json_entries, moment
from backend.artifacts.regular_files import regular_bytes
from backend.contracts.models import ModelDescription
from backend.contracts.problems import KnownError


def name_of(source: str, revision: str | None) -> str:
    """Name of a model in the atlas, from where it comes: readable, safe in a URL and a file name."""
    bare = source.removeprefix("demo:").rstrip("/")
    if Path(bare).is_absolute():
        path = Path(bare)
        stem = path.stem if path.suffix.lower() == ".gguf" else path.name
        stem = f"{stem}-{hashlib.sha256(str(path).encode()).hexdigest()[:6]}"
    else:
        stem = bare.replace("/", "--")
    safe = re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("-._") or "model"
    return f"{safe[:90]}@{_safe_revision(revision)}" if revision else safe[:100]


def _safe_revision(revision: str) -> str:
    """At most 20 characters; two revisions that only begin alike (stage2-ingredient1-step...) stay two."""
    safe = re.sub(r"[^A-Za-z0-9._-]+", "-", revision)
    if safe == revision and len(safe) <= 20:
        return safe
    return f"{safe[:13]}-{hashlib.sha256(revision.encode()).hexdigest()[:6]}"


def fingerprint(path: Path) -> str:
    """Hash of names, sizes and times of a model folder's files, or of one GGUF file. Reads no weight."""
    return hashlib.sha256("\n".join(map(_state, _files(path))).encode()).hexdigest()[:20]


def _files(path: Path) -> list[Path]:
    patterns = ("*.safetensors", "*.json", "*.model", "*.txt")
    return [path] if path.is_file() else sorted(file for pattern in patterns for file in path.glob(pattern))


def _state(file: Path) -> str:
    """What tells a changed file; a link to nothing (a cache that was cleaned) has a state too."""
    try:
        stat = os.stat(file)
    except FileNotFoundError:
        return f"{file.name}:gone"
    return f"{file.name}:{stat.st_size}:{stat.st_mtime_ns}"


def inodes(folder: Path) -> str:
    """Hash of names and inodes of the same files: a file that was replaced by one of its size and time is another."""
    told = [f"{file.name}:{os.stat(file).st_ino}" for file in _files(folder) if file.exists()]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:20]


class ModelEntries:
    """The opened models below one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def save(self, description: ModelDescription) -> None:
        """Write or replace one entry, atomically."""
        self.root.mkdir(parents=True, exist_ok=True)
        temporary = self.root / f".{description.name}.{os.getpid()}.tmp"
        temporary.write_text(description.model_dump_json(), encoding="utf-8")
        os.replace(temporary, self.root / f"{description.name}.json")

    def remove(self, name: str) -> None:
        """Forget one entry; its files are the caller's to look after."""
        (self.root / f"{self.named(name).name}.json").unlink(missing_ok=True)

    def all(self) -> list[ModelDescription]:
        """Every entry that this version can read, newest first."""
        return self.listed().entries

    def listed(self) -> Listing[ModelDescription]:
        """Every entry, newest first, and what cannot be read with its reason."""
        found = json_entries(self.root, ModelDescription.model_validate_json, lambda entry: entry.name)
        return found._replace(entries=sorted(found.entries, key=lambda entry: moment(entry.opened_at), reverse=True))

    def named(self, name: str) -> ModelDescription:
        """One entry whatever its state, or a 404 problem that lists the names there are."""
        try:
            return ModelDescription.model_validate_json(regular_bytes(self.root / f"{name}.json"))
        except (OSError, ValueError):  # not there, not readable, or no possible file name (a NUL, too long)
            names = ", ".join(entry.name for entry in self.all()) or "none yet"
            raise KnownError(
                "unknown_model",
                f"no opened model is called {name!r}; opened: {names}",
                hint="Open it first: lingua-atlas models open SOURCE, or POST /jobs with kind open_model.",
                status=404,
                field="model",
            ) from None

    def ready(self, name: str) -> ModelDescription:
        """One entry whose files are what they were when it was opened, or a clear problem."""
        entry = self.named(name)
        state = self.state(entry)
        if state == "vanished":
            raise KnownError(
                "model_vanished",
                f"the folder of model {name!r} is gone: {entry.folder}",
                hint="Put it back, or open the model again from where it is now.",
                status=409,
                field="model",
            )
        if state == "changed":
            raise KnownError(
                "model_changed",
                f"the files of model {name!r} in {entry.folder} changed since it was opened",
                hint="Open it again, so that results name the weights they come from.",
                status=409,
                field="model",
            )
        return entry

    def state(self, entry: ModelDescription) -> Literal["ready", "changed", "vanished"]:
        """`ready`, `changed` or `vanished`, told from sizes, times and inodes of the files alone."""
        folder = Path(entry.folder)
        try:
            if not folder.is_dir() or not any(file.exists() for file in folder.glob("*.safetensors")):
                return "vanished"
            same = fingerprint(folder) == entry.fingerprint and entry.inodes in ("", inodes(folder))
        except (OSError, ValueError):  # no permission, a loop of links, a name that no file can have
            return "vanished"
        return "ready" if same else "changed"
