"""How long a map of 9,000 x 9,000 sentences takes to look at: `python -m benchmarks.similarity_map [--smoke]`.

30 languages by 300 sentences, 324 MB of float32 in a file. What is asked first reads the whole file and keeps its
overview; every zoom after that reads its window only. Milliseconds on the server, beside one read of the file.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from backend.contracts.vocabulary import Reducer
from backend.results.cache import ArrayCache
from backend.results.language_means import clustered, pair_means
from backend.results.pyramids import Picture, Pyramids
from backend.results.sentence_maps import SentenceMap
from backend.results.tiles import Window, tile

Row = tuple[str, float]
Look = Callable[[], object]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.similarity_map", description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="4 languages by 10 sentences; says nothing about speed.")
    n_languages, n_lines = (4, 10) if parser.parse_args().smoke else (30, 300)
    with tempfile.TemporaryDirectory() as folder:
        for name, milliseconds in measured(Path(folder), n_languages, n_lines):
            print(f"| {name:<58} | {milliseconds:>8.1f} ms |", flush=True)


def measured(folder: Path, n_languages: int, n_lines: int) -> list[Row]:
    """Every look in the order in which a visitor would take it."""
    path, size = folder / "similarity.safetensors", n_languages * n_lines
    written = write_map(path, size)
    languages = tuple(f"l{number:02}" for number in range(n_languages))
    stored = SentenceMap(path, languages, languages, n_lines, start=0)
    pyramids = Pyramids(folder / "pyramids", ArrayCache())

    def look(
        shown: SentenceMap, start: int = 0, stop: int | None = None, *, fresh: bool = False
    ) -> Callable[[], object]:
        held = Pyramids(folder / "pyramids", ArrayCache()) if fresh else pyramids
        picture = Picture("map" + shown.mark, "whole", shown.plane("whole"), Reducer.SIMILARITY)
        return lambda: tile(held, picture, Window(start, stop, start, stop))

    moved = stored.ordered(languages[::-1])
    middle = size // 3
    cases: list[tuple[str, Look]] = [
        ("one read of the file", lambda: path.read_bytes()),
        ("the whole map, first time", look(stored)),
        ("the whole map, again", look(stored)),
        ("the whole map, by another process or after a restart", look(stored, fresh=True)),
        ("a quarter of it", look(stored, 0, size // 2)),
        ("zoomed to a ninth", look(stored, middle, middle + size // 9)),
        ("zoomed to 100 x 100 sentences, exact", look(stored, middle, min(size, middle + 100))),
        ("the whole map in another order, first time", look(moved)),
        ("the whole map in another order, again", look(moved)),
        ("zoomed to a ninth in another order", look(moved, middle, middle + size // 9)),
        ("means of all pairs of languages, first time", lambda: pair_means(stored.plane("whole"), n_lines)),
        ("languages clustered", lambda: clustered(np.corrcoef(written[:n_languages]), languages)),
    ]
    return [(name, _milliseconds(case)) for name, case in cases]


def write_map(path: Path, size: int) -> np.ndarray:
    """A symmetric random map as a safetensors file; gives its first rows back."""
    header = json.dumps({"whole": {"dtype": "F32", "shape": [size, size], "data_offsets": [0, 4 * size * size]}})
    vectors = np.random.default_rng(0).standard_normal((size, 16), np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    with path.open("wb") as file:
        file.write(len(header).to_bytes(8, "little") + header.encode())
        for start in range(0, size, 500):
            file.write((vectors[start : start + 500] @ vectors.T).astype("<f4").tobytes())
    return vectors


def _milliseconds(case: Look) -> float:
    since = time.perf_counter()
    case()
    return (time.perf_counter() - since) * 1000


if __name__ == "__main__":
    main()
