"""Where things lie on disk, in one place: results, model entries, corpora, caches."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path
from typing import NamedTuple

import platformdirs

from backend.artifacts.disk import disk_full
from backend.contracts.problems import KnownError


class Layout(NamedTuple):
    """Folders below one data root, which all workers and the API share."""

    root: Path

    @property
    def results(self) -> Path:
        """One folder per finished result, named by its key."""
        return self.root / "results"

    @property
    def models(self) -> Path:
        """Converted models and `{name}.json`, the catalogue entries."""
        return self.root / "models"

    @property
    def training(self) -> Path:
        """One folder per training job, named by its key: curve, checkpoints, and the state it goes on from."""
        return self.root / "training"

    @property
    def own_models(self) -> tuple[Path, ...]:
        """Folders of the atlas itself, below which models may always be opened."""
        return (self.models, self.training)

    @property
    def corpora(self) -> Path:
        """One folder per corpus, `{language}.txt` in each."""
        return self.root / "corpora"

    @property
    def pyramids(self) -> Path:
        """Reduced pictures of matrices; may be deleted at any time."""
        return self.root / "pyramids"

    @property
    def imports(self) -> Path:
        """Uploaded region files, each named by the SHA-256 of its bytes."""
        return self.root / "imports"

    @property
    def tasks(self) -> Path:
        """Added tasks: `{sha256}.jsonl` as it came, and `{sha256}.json`, what it is."""
        return self.root / "tasks"

    @property
    def reports(self) -> Path:
        """Reports, `{name}.json`."""
        return self.root / "reports"

    @property
    def run(self) -> Path:
        """Redis folder, locks and logs of a local launcher."""
        return self.root / "run"

    def require_writable(self) -> None:
        """Make the root; a clear problem where nothing can be kept, there or among the results."""
        for folder in (self.root, self.results, self.run):
            try:
                if folder == self.root:
                    # Whoever shares it made it, with rights of its own.
                    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                if folder.exists():
                    with tempfile.TemporaryFile(dir=folder):
                        pass
            except OSError as error:
                raise _not_writable(folder, error) from None


def _not_writable(folder: Path, error: OSError) -> KnownError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return disk_full(folder)
    what = "data folder" if error.errno != errno.EROFS else "read-only data folder"
    return KnownError(
        "data_not_writable",
        f"nothing can be written to the {what} {folder} ({error.strerror})",
        hint=f"Let this user (number {os.getuid()}) write there, or point LINGUA_ATLAS_DATA at another folder.",
    )


def default_root() -> Path:
    """`LINGUA_ATLAS_DATA`, else the user's cache directory."""
    given = os.environ.get("LINGUA_ATLAS_DATA")
    return Path(given).expanduser().resolve() if given else Path(platformdirs.user_cache_dir("lingua-atlas"))
