"""All scripts of the atlas as one file and all its styles as another, under names that say what is in them.

A browser opens six connections to one place: forty small files wait for each other longer than they travel.
Knows nothing about Dash.
"""

from __future__ import annotations

import gzip
from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from fastapi import Request, Response

PREFIX = "/_atlas/"
IMMUTABLE = "public, max-age=31536000, immutable"
"""The name changes with the content."""


class Bundle(NamedTuple):
    """Files of one kind, one after the other in the order of their names."""

    address: str
    media_type: str
    content: bytes
    compressed: bytes


def scripts(folder: Path) -> Bundle:
    """Every script of a folder; each is a function of its own that is called at once."""
    return _bundle(folder, "js", "text/javascript")


def styles(folder: Path) -> Bundle:
    """Every style sheet of a folder."""
    return _bundle(folder, "css", "text/css")


def serve(bundles: Sequence[Bundle]) -> Callable[[Request], Awaitable[Response]]:
    """The handler of `PREFIX` + name: what a browser got once it need not ask for again."""
    known = {bundle.address: bundle for bundle in bundles}

    async def answer(request: Request) -> Response:
        bundle = known.get(request.url.path)
        if bundle is None:
            return Response("This file is of another version of the page: load the page again.", 404)
        packs = "gzip" in request.headers.get("accept-encoding", "")
        headers = {"cache-control": IMMUTABLE, "vary": "accept-encoding"}
        headers["content-encoding"] = "gzip" if packs else "identity"
        return Response(bundle.compressed if packs else bundle.content, media_type=bundle.media_type, headers=headers)

    return answer


def _bundle(folder: Path, suffix: str, media_type: str) -> Bundle:
    # The semicolon ends what a file may leave open; each stands under its name for whoever reads a stack trace.
    end = "\n;\n" if suffix == "js" else "\n"
    parts = [f"/* {path.name} */\n{path.read_text('utf-8')}{end}" for path in sorted(folder.glob(f"*.{suffix}"))]
    content = "".join(parts).encode()
    address = f"{PREFIX}{sha256(content).hexdigest()[:16]}.{suffix}"
    return Bundle(address, media_type, content, gzip.compress(content, compresslevel=6, mtime=0))
