"""One window of several subjects and of their differences, as it travels."""

from __future__ import annotations

from backend.contracts.base import Contract
from backend.contracts.comparison import SharedScale
from backend.contracts.results import TileHeader


class ComparedTiles(Contract):
    """Header `X-Tiles` of `GET /compare/tiles`: the pictures whose bytes follow each other in the body."""

    tiles: tuple[TileHeader, ...]
    scale: SharedScale
    """Of all subjects, at the block size of the tiles."""
