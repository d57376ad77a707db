"""Which source a string means, and the folder that comes of it."""

from __future__ import annotations

from pathlib import Path

from backend.artifacts.layout import Layout
from backend.artifacts.models import name_of
from backend.contracts.problems import KnownError
from backend.contracts.specs import DEMO_SOURCE, HUB_ID
from workers.sources.demo import find_demo
from workers.sources.folder import find_folder
from workers.sources.found import Fits, Found, Tracker, any_size, untracked
from workers.sources.gguf_folder import find_gguf
from workers.sources.hub import find_on_hub


def find(
    source: str,
    revision: str | None,
    *,
    layout: Layout,
    roots: tuple[Path, ...],
    fits: Fits = any_size,
    track: Tracker = untracked,
) -> Found:
    """A Hugging Face id, an absolute folder or `.gguf` file below a root, or the demo; else a problem."""
    path, folder = Path(source), layout.models / name_of(source, revision)
    if HUB_ID.match(source):
        return find_on_hub(source, revision, fits=fits, track=track)
    if revision is not None:
        raise KnownError(
            "bad_source",
            f"{source} is no Hugging Face id, and only those have a revision (given: {revision!r})",
            hint="Leave the revision out.",
            field="revision",
        )
    if source == DEMO_SOURCE:
        return find_demo(folder, fits=fits, track=track)
    if path.is_absolute() and path.suffix.lower() == ".gguf":
        return find_gguf(path, folder, roots=roots, fits=fits, track=track)
    if path.is_absolute():
        return find_folder(path, roots=(*roots, *layout.own_models))
    raise KnownError(
        "bad_source",
        f"{source!r} is no model source",
        hint=f"Give a Hugging Face id (org/name), an absolute folder, an absolute .gguf file, or {DEMO_SOURCE}.",
        field="source",
    )
