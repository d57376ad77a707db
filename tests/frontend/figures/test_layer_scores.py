from __future__ import annotations

from backend.contracts.results import LayerScore
from frontend.figures.layer_scores import ScoredModel, layer_scores, scores_by_depth
from tests.frontend.samples import similarity

WITH_INTERVALS = [
    LayerScore(layer=layer, lrds=0.2, sads=0.4, lrds_interval=(0.1, 0.3), sads_interval=(0.35, 0.5))
    for layer in (None, 0, 1, 2)
]


def test_two_curves_by_layer_and_the_whole_model_as_lines() -> None:
    figure = layer_scores(similarity().scores, dark=False, layers=(1, 1))
    assert [trace.name for trace in figure.data] == ["LRDS", "SADS"]
    assert list(figure.data[0].x) == [0, 1]
    assert list(figure.data[1].y) == [0.05, 0.2]
    assert [shape.y0 for shape in figure.layout.shapes if shape.y0 == shape.y1] == [0.2, 0.1]
    assert [(shape.x0, shape.x1) for shape in figure.layout.shapes if shape.type == "rect"] == [(0.5, 1.5)]


def test_intervals_are_bands_around_their_curve() -> None:
    figure = layer_scores(WITH_INTERVALS, dark=True)
    bands = [trace for trace in figure.data if trace.fill == "toself"]
    assert list(bands[0].x) == [0, 1, 2, 2, 1, 0]
    assert list(bands[0].y) == [0.3, 0.3, 0.3, 0.1, 0.1, 0.1]
    assert all(band.mode == "lines" and not band.showlegend for band in bands)


def test_a_result_of_some_layers_keeps_their_numbers() -> None:
    figure = layer_scores([*WITH_INTERVALS[:1], *WITH_INTERVALS[2:]], dark=False)
    assert figure.layout.xaxis.range == (0.5, 2.5)


def test_models_of_different_depth_share_one_axis_and_tell_their_layer() -> None:
    models = [ScoredModel("small", similarity().scores), ScoredModel("large", WITH_INTERVALS)]
    figure = scores_by_depth(models, dark=False)
    curves = [trace for trace in figure.data if trace.mode == "lines+markers"]
    assert [list(curve.x) for curve in curves] == [[0, 1], [0, 1], [0, 0.5, 1], [0, 0.5, 1]]
    assert [point[0] for point in curves[2].customdata] == [0, 1, 2]
    assert "layer %{customdata[0]}" in curves[2].hovertemplate
    assert [curve.showlegend for curve in curves] == [True, False, True, False]


def test_a_model_of_one_layer_stands_at_the_beginning() -> None:
    figure = scores_by_depth([ScoredModel("one", WITH_INTERVALS[:2])], dark=False)
    assert list(figure.data[-1].x) == [0]
