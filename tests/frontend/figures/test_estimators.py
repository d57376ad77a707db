from __future__ import annotations

import pytest

from frontend.figures.estimators import below_noise, least, scatter
from tests.frontend.samples import faithfulness


def test_points_are_split_by_sign_and_zeros_stand_at_the_edge() -> None:
    figure = scatter(faithfulness().model_copy(update={"noise_floor": 1e-5}), 0, dark=False)
    larger, smaller = figure.data
    assert list(larger.x) == pytest.approx([2e-3 / 3, 2e-3]) and list(larger.y) == pytest.approx([1e-3 / 3, 1e-3])
    assert list(smaller.y) == [4e-2] and smaller.marker.symbol == "circle-open"
    assert "loss change -4.000e-02" in smaller.customdata[0]
    assert figure.layout.xaxis.type == figure.layout.yaxis.type == "log"
    assert figure.layout.shapes[0].y0 == 1e-5


def test_an_estimator_that_says_the_same_everywhere_is_drawn_too() -> None:
    assert list(scatter(faithfulness(), 1, dark=True).data[0].x) == [1.0, 1.0]


def test_what_cannot_be_told_from_rounding_is_counted() -> None:
    assert below_noise(faithfulness()) == 1
    assert least([0.0, 3e-3, 9.0]) == 1e-3
    assert least([0.0]) > 0


def test_a_noise_floor_far_below_is_not_drawn() -> None:
    summary = faithfulness().model_copy(update={"noise_floor": 1e-15})
    assert not scatter(summary, 0, dark=False).layout.shapes
