from __future__ import annotations

import pytest

from frontend.figures.similarity import language_pairs


def test_colours_are_fixed_and_cells_name_both_languages() -> None:
    (heatmap,) = language_pairs([[1, 0], [0, 1]], ("en", "zh"), dark=False, which="same").data
    assert (heatmap.zmin, heatmap.zmax) == (0, 1)
    assert heatmap.customdata[0][1] == "English · Chinese"
    assert heatmap.z[0] == pytest.approx((1.0, 0.0))
