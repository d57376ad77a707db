"""What every source gives: a folder of safetensors, and what is known about it without reading weights."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar

T = TypeVar("T")


class Tracker(Protocol):
    """`Progress.track`: yields the items, tells how far it is, and is where a cancel takes effect."""

    def __call__(self, items: Iterable[T], total: int, unit: str, note: str = "") -> Iterator[T]:
        """Yield every item."""


def untracked(items: Iterable[T], total: int, unit: str, note: str = "") -> Iterator[T]:
    """Tell nobody: for notebooks and tests."""
    del total, unit, note
    return iter(items)


Fits = Callable[[int], None]
"""Told the number of parameters; raises `model_too_big` where no device has room for them."""


def any_size(n_parameters: int) -> None:
    """The `Fits` that refuses nothing."""
    del n_parameters


class Found(NamedTuple):
    """A model folder that is ready to be described."""

    folder: Path
    revision: str | None = None
    licence: str = ""
    licence_url: str = ""
    hashes: dict[str, str] = {}
    """SHA-256 of weight files, by file name, as far as they are known without reading them again."""
