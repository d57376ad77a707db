from __future__ import annotations

from pathlib import Path

from benchmarks.similarity_map import measured


def test_every_look_at_a_small_map_is_taken(tmp_path: Path) -> None:
    assert len(measured(tmp_path, 4, 10)) == 12
