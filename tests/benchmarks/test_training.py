from __future__ import annotations

from benchmarks.analysis_setting import TEXT, open_setting
from benchmarks.training import steps
from tests.fakes import write_model


def test_every_step_is_measured(tmp_path) -> None:
    rows = steps(open_setting(write_model(tmp_path / "model"), TEXT, 1), 1)
    assert len(rows) == 6
    assert all(float(ratio) >= 0 for _, ratio, _ in rows)  # a tiny step may be below the clock
