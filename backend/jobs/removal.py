"""Removes what was added: models, corpora, tasks, uploads; not what an open job needs, and not what is not ours."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from backend.artifacts.layout import Layout
from backend.artifacts.models import name_of
from backend.contracts.building import all_inputs, models_of, texts_of
from backend.contracts.models import Removed
from backend.contracts.problems import KnownError
from backend.contracts.requests import OpenModelRequest, Request
from backend.jobs.service import JobService


class Removals(NamedTuple):
    """Removes from one data root. Results stay: they hold all that is needed to show them."""

    layout: Layout
    jobs: JobService

    def model(self, name: str) -> Removed:
        """Forget a model; the files go only where the atlas made them (a conversion), never a user's or the hub's."""
        entry = self.jobs.models.named(name)
        self._require_unused(f"model {name!r}", lambda request: name in _models(request))
        self.jobs.models.remove(name)
        folder = Path(entry.folder)
        if folder.parent != self.layout.models or any(one.folder == entry.folder for one in self.jobs.models.all()):
            return Removed(name=name, freed_bytes=0, note=f"its files stay in {folder}")
        return Removed(name=name, freed_bytes=_bury(folder))

    def corpus(self, name: str) -> Removed:
        """Remove a corpus that lies in the data folder; one of another root is only read here."""
        folder = self.jobs.corpora.named(name).folder
        if folder.parent != self.layout.corpora:
            raise KnownError(
                "not_added",
                f"corpus {name!r} was not added: it lies in {folder}, which the atlas only reads",
                hint="Remove it there, or take its folder out of LINGUA_ATLAS_CORPUS_ROOTS.",
                status=409,
            )
        self._require_unused(f"corpus {name!r}", lambda request: name in {one.corpus for one, _ in texts_of(request)})
        return Removed(name=name, freed_bytes=_bury(folder))

    def task(self, file: str) -> Removed:
        """Remove an added task."""
        task = self.jobs.tasks.named(file)
        self._require_unused(f"task {task.title!r}", lambda request: file in request.model_dump_json())
        path = self.layout.tasks / f"{file}.jsonl"
        size_bytes = path.stat().st_size if path.is_file() else 0
        self.jobs.tasks.remove(file)
        return Removed(name=task.title, freed_bytes=size_bytes)

    def upload(self, sha256: str) -> Removed:
        """Remove an uploaded file; the regions that were made from it stay."""
        found = next((one for one in self.jobs.imports.all() if one.sha256 == sha256), None)
        if found is None:
            raise KnownError(
                "file_not_uploaded",
                f"no file with SHA-256 {sha256} was uploaded here",
                hint="`lingua-atlas imports list` names those there are.",
                status=404,
            )
        self._require_unused(f"upload {sha256}", lambda request: sha256 in request.model_dump_json())
        (self.layout.imports / sha256).unlink(missing_ok=True)
        return Removed(name=sha256, freed_bytes=found.size_bytes)

    def _require_unused(self, what: str, uses: Callable[[Request], bool]) -> None:
        for job in self.jobs.jobs().jobs:
            if not job.state.ended and uses(job.request):
                raise KnownError(
                    "in_use",
                    f"{what} is needed by a job that is {job.state.value}: {job.title} ({job.key})",
                    hint="Wait until it has ended, or cancel it on the page Runs, then remove it.",
                    status=409,
                )


def _models(request: Request) -> set[str]:
    """Names of all models that a request needs, or opens."""
    found = {name for one in (request, *all_inputs(request)) for name in models_of(one)}
    return found | {name_of(request.source, request.revision)} if isinstance(request, OpenModelRequest) else found


def _bury(folder: Path) -> int:
    """Away at once, deleted a moment later; a link goes, not what it leads to. Gives the bytes."""
    if folder.is_symlink():
        folder.unlink()
        return 0
    size_bytes = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    grave = Path(tempfile.mkdtemp(prefix=".deleted-", dir=folder.parent))
    os.replace(folder, grave / folder.name)
    shutil.rmtree(grave, ignore_errors=True)
    return size_bytes
