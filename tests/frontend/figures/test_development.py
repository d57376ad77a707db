"""Figures along training and size: places on the axis, intervals, and layers of models of different depth."""

from __future__ import annotations

import numpy as np
import pytest

from backend.contracts.results import DevelopmentPoint, LayerScore
from frontend.figures.development import (
    accuracy_figure,
    accuracy_height,
    places,
    scores_figure,
    short,
    sklr_figure,
    wants_log,
)
from frontend.figures.development_layers import (
    depth,
    depth_figure,
    depth_shares,
    languages_figure,
    layers_figure,
    order_colours,
)


def point(position: float, counts: tuple[tuple[int, ...], ...], **changes: object) -> DevelopmentPoint:
    n_layers = len(counts[0])
    fields = {
        "model": f"m{position:g}", "label": f"step {position:g}", "position": position,
        "whole": LayerScore(layer=None, lrds=0.3, sads=0.1, lrds_interval=(0.2, 0.35)),
        "layers": tuple(LayerScore(layer=layer, lrds=layer, sads=-layer) for layer in range(n_layers)),
        "sklr": sum(map(sum, counts)), "sklr_null": 2.0, "n_neurons_total": 10 * n_layers, "counts": counts,
        "accuracy": {}, "accuracy_error": {},
    }  # fmt: skip
    return DevelopmentPoint.model_validate(fields | changes)


SHALLOW = point(0, ((1, 3), (0, 1)))
DEEP = point(1000, ((2, 0, 0, 4), (0, 0, 1, 1)), accuracy={"story": 0.75}, accuracy_error={"story": 0.1})


def test_zero_has_a_place_on_a_logarithmic_axis() -> None:
    assert places([0, 100, 1000], log=True) == ((50, 100, 1000), (50, 100, 1000), ("0", "100", "1k"))
    assert places([0, 100], log=False).x == (0, 100)
    assert len(places(range(1, 200), log=True).ticks) == 8
    assert [short(value) for value in (7, 1500, 560e6, 7.07e9)] == ["7", "1.5k", "560M", "7.07B"]
    assert wants_log([0, 1, 20]) and not wants_log([100, 200]) and not wants_log([0, 5])


def test_scores_carry_their_intervals() -> None:
    lrds, sads = scores_figure([SHALLOW, DEEP], "step", dark=False, log=False).data
    assert lrds.error_y.array == pytest.approx((0.05, 0.05)) and lrds.error_y.arrayminus == pytest.approx((0.1, 0.1))
    assert sads.error_y.array == (0, 0)
    assert [one[0] for one in lrds.customdata] == ["m0", "m1000"]


def test_regions_are_shares_where_sizes_differ() -> None:
    sklr, null = sklr_figure([SHALLOW, DEEP], "parameters", dark=True, log=True).data
    assert sklr.y == pytest.approx((100 * 5 / 20, 100 * 8 / 40)) and null.y == pytest.approx((10, 5))
    same = sklr_figure([SHALLOW, SHALLOW.model_copy(update={"position": 1.0})], "step", dark=True, log=False)
    assert same.data[0].y == (5, 5)


def test_accuracy_is_drawn_where_it_is_known() -> None:
    (story,) = accuracy_figure([SHALLOW, DEEP], "step", dark=False, log=False).data
    assert (story.name, story.x, story.y, story.error_y.array) == ("story", (1000,), (75,), (10,))


def test_names_of_many_tasks_have_room_above_the_plot() -> None:
    many = DEEP.model_copy(update={"accuracy": {f"Everyday stories, {n}": 0.5 for n in range(8)}})
    few, full = (accuracy_figure([one], "step", dark=False, log=False).layout for one in (DEEP, many))
    assert (few.height, full.height) == (accuracy_height([DEEP]), accuracy_height([many]))
    assert full.height - full.margin.t == few.height - few.margin.t and full.margin.t >= 4 * 19


def test_models_of_different_depth_share_one_axis() -> None:
    assert [depth(layer, 3) for layer in range(3)] == [0, 0.5, 1] and depth(0, 1) == 0.5
    traces = layers_figure([SHALLOW, DEEP], dark=False).data
    assert [trace.x for trace in traces[::2]] == [(0, 1), pytest.approx((0, 1 / 3, 2 / 3, 1))]
    assert [trace.showlegend for trace in traces] == [True, False, True, False]
    assert len(set(order_colours(5, True))) == 5


def test_key_neurons_by_depth_by_hand() -> None:
    np.testing.assert_allclose(depth_shares([SHALLOW, DEEP]), [[10, 10, 40, 40], [20, 0, 10, 50]])
    heat = depth_figure([SHALLOW, DEEP], dark=False).data[0]
    assert (heat.y, heat.zmax) == (("step 0", "step 1000"), 50)
    by_language = languages_figure([SHALLOW, DEEP], ("de", "en"), dark=False).data[0]
    np.testing.assert_allclose(by_language.z, [[20, 15], [5, 5]])
