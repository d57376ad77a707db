"""Which keys begin with some digits: stored results and jobs. Reads only."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress

import redis.exceptions

from backend.artifacts.results import ResultStore
from backend.contracts.base import KEY_LENGTH
from backend.contracts.reports import KeysFound
from backend.jobs.service import JobService

MOST_TOLD = 100
"""Keys told of one beginning."""


def keys_beginning(beginnings: Sequence[str], store: ResultStore, jobs: JobService) -> KeysFound:
    """Per beginning every key, in their own order; while Redis is away those of stored results alone."""
    known = set(_stored(store, beginnings))
    with suppress(redis.exceptions.ConnectionError, redis.exceptions.TimeoutError):
        known.update(key for key in jobs.statuses.listed() if key.startswith(tuple(beginnings)))
    ordered = sorted(known)
    return KeysFound(
        keys={wanted: tuple(key for key in ordered if key.startswith(wanted))[:MOST_TOLD] for wanted in beginnings}
    )


def _stored(store: ResultStore, beginnings: Sequence[str]) -> Iterable[str]:
    if not store.root.is_dir():
        return ()
    named = tuple(beginnings)
    return [
        entry.name for entry in os.scandir(store.root) if entry.name.startswith(named) and _is_whole(store, entry.name)
    ]


def _is_whole(store: ResultStore, name: str) -> bool:
    return len(name) == KEY_LENGTH and store.has(name)
