"""Which source a string means, and the folder that comes of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from backend.artifacts.layout import Layout
from backend.artifacts.models import name_of
from backend.contracts.problems import KnownError
from workers.sources.demo import DEMO_SOURCE, find_demo
from workers.sources.folder import find_folder
from workers.sources.found import Found, Tracker, untracked
from workers.sources.gguf_folder import find_gguf
from workers.sources.hub import HUB_ID, find_on_hub


def find(
    source: str, revision: str | None, *, layout: Layout, roots: tuple[Path, ...], track: Tracker = untracked
) -> Found:
    """A Hugging Face id, an absolute folder or `.gguf` file below a root, or the demo; else a problem."""
    return finder(source, revision, layout=layout, roots=roots)(track)


def finder(source: str, revision: str | None, *, layout: Layout, roots: tuple[Path, ...]) -> Callable[[Tracker], Found]:
    """What will find the model; a source of no known form is refused here."""
    path, folder = Path(source), layout.models / name_of(source, revision)
    if path.is_absolute() and revision is not None:
        raise KnownError(
            "bad_source",
            f"{source} is a path, and a path has no revision {revision!r}",
            hint="Leave the revision out.",
            field="revision",
        )
    if source == DEMO_SOURCE:
        return lambda track: find_demo(folder, track=track)
    if path.is_absolute() and path.suffix == ".gguf":
        return lambda track: find_gguf(path, folder, roots=roots, track=track)
    if path.is_absolute():
        return lambda track: find_folder(path, roots=(*roots, layout.models))
    if HUB_ID.match(source):
        return lambda track: find_on_hub(source, revision, track=track)
    raise KnownError(
        "bad_source",
        f"{source!r} is no model source",
        hint=f"Give a Hugging Face id (org/name), an absolute folder, an absolute .gguf file, or {DEMO_SOURCE}.",
        field="source",
    )
