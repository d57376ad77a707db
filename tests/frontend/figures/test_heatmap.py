from __future__ import annotations

import json

import numpy as np
import pytest

from backend.contracts.results import TileHeader
from backend.contracts.vocabulary import Reducer
from frontend.figures.heatmap import HeatAxis, colour_range, heatmap
from frontend.figures.reducers import LOOKS
from frontend.figures.telling import told

ROWS, COLUMNS = HeatAxis("head channels"), HeatAxis("residual dimensions")


def header(height: int, width: int, *, block: tuple[int, int] = (1, 1), start: tuple[int, int] = (0, 0), **changes):
    given = {
        "height": height, "width": width, "row_start": start[0], "column_start": start[1], "row_block": block[0],
        "column_block": block[1], "n_rows": 64, "n_columns": 96, "low": 0.0, "high": 1.0, "format": "f32",
        "exact": block == (1, 1), "reducer": "max_abs_weight",
    }  # fmt: skip
    return TileHeader(**(given | changes))


def drawn(values, head, reducer=Reducer.MAX_ABS_WEIGHT, **more):
    return heatmap(
        values, head, reducer=reducer, rows=ROWS, columns=COLUMNS, name="map", title="layer 0 · attn.q", **more
    )


def test_axes_say_true_numbers_and_the_text_where_the_largest_is():
    values = np.zeros((4, 6), np.float32)
    values[2, 5] = 0.75
    figure = drawn(values, header(4, 6, block=(2, 3), start=(8, 30)))
    (trace,) = figure.data
    assert (trace.y0, trace.dy, trace.x0, trace.dx) == (8.5, 2, 31.0, 3)
    said = told(figure).description
    assert "rows 8 to 15 of 64 (head channels) by columns 30 to 47 of 96 (residual dimensions)" in said
    assert "one pixel is 2 by 3 cells" in said
    assert "to 0.750; the largest is at rows 12 to 13, columns 45 to 47" in said


def test_logarithmic_colours_are_exponents_with_powers_of_ten_at_the_bar():
    values = np.array([[1e-9, 1e-6], [1e-3, 0.0]], np.float32)
    figure = drawn(values, header(2, 2), Reducer.MAX_IMPORTANCE)
    (trace,) = figure.data
    assert np.allclose(trace.z, [[-9, -6], [-3, -9]], atol=1e-4)
    assert "10<sup>-9</sup>" in trace.colorbar.ticktext
    assert "logarithmic" in told(figure).description


def test_signed_colours_have_their_middle_at_zero_and_follow_the_scheme():
    values = np.array([[-2.0, 1.0]], np.float32)
    light, dark = (
        drawn(values, header(1, 2, n_rows=1), Reducer.SIGNED_MAX_WEIGHT, dark=dark) for dark in (False, True)
    )
    assert (light.data[0].zmin, light.data[0].zmax) == (-2.0, 2.0)
    assert light.data[0].colorscale != dark.data[0].colorscale
    assert "the largest by size is at column 0" in told(light).description


def test_groups_are_named_at_their_middle_as_far_as_they_are_in_view():
    languages = HeatAxis("sentences", ((0, 4, "ar"), (4, 8, "de"), (8, 12, "en")))
    figure = heatmap(
        np.ones((6, 6), np.float32), header(6, 6, start=(4, 4), n_rows=12, n_columns=12), reducer=Reducer.SIMILARITY,
        rows=languages, columns=languages, name="similarity", title="all layers",
    )  # fmt: skip
    assert (figure.layout.xaxis.ticktext, figure.layout.xaxis.tickvals) == (("de", "en"), (5.5, 8.5))


@pytest.mark.parametrize("reducer", list(Reducer))
def test_any_reducer_serialises_even_where_nothing_is(reducer):
    figure = drawn(np.zeros((3, 3), np.float32), header(3, 3), reducer)
    assert json.loads(figure.to_json())["layout"]["meta"]["name"] == "map"
    low, high = colour_range(np.zeros((3, 3)), LOOKS[reducer])
    assert low < high


def test_shared_limits_are_kept():
    figure = drawn(np.ones((2, 2), np.float32), header(2, 2), limits=(0.0, 5.0))
    assert (figure.data[0].zmin, figure.data[0].zmax) == (0.0, 5.0)


def test_the_title_of_an_axis_stands_beyond_its_labels():
    figure = drawn(np.zeros((2, 2), np.float32), header(2, 2))
    assert figure.layout.yaxis.automargin and figure.layout.yaxis.title.standoff == 10
