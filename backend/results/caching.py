"""What browsers may keep of a view: its tag names the numbers and the question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fastapi import Request, Response

from backend.contracts.base import digest
from backend.results.pyramids import VERSION
from backend.results.subjects import Subject

IMMUTABLE = "private, max-age=86400, immutable"
"""A key never means other numbers; a day bounds how long a browser keeps what an older atlas drew."""
REVALIDATE = "private, no-cache"
"""A model's name may come to mean other weights: ask each time, answered by 304 when they are the same."""


def headers(request: Request, subject: Subject) -> dict[str, str]:
    """ETag and Cache-Control of a view of `subject`."""
    by_key = request.url.path.startswith("/results/")
    seen = [subject.key, subject.weights_hash, *subject.score_keys, request.url.path, request.url.query, VERSION]
    return {"ETag": f'"{digest(seen)}"', "Cache-Control": IMMUTABLE if by_key else REVALIDATE}


def combined_headers(request: Request, subjects: Sequence[Subject]) -> dict[str, str]:
    """The same of a view of several subjects, which may be models: asked each time."""
    tags = [headers(request, subject)["ETag"] for subject in subjects]
    return {"ETag": f'"{digest(tags)}"', "Cache-Control": REVALIDATE}


def stored_headers(request: Request, entries: Sequence[tuple[int, str]]) -> dict[str, str]:
    """The same of what is told about stored results as such: these ones, written when they were."""
    return {"ETag": f'"{digest([entries, request.url.path, request.url.query])}"', "Cache-Control": REVALIDATE}


def not_modified(request: Request, tags: Mapping[str, str]) -> Response | None:
    """304 when the browser has it already."""
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    return Response(status_code=304, headers=dict(tags)) if tags["ETag"] in known else None
