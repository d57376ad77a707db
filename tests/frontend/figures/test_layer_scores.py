from __future__ import annotations

from frontend.figures.layer_scores import layer_scores
from tests.frontend.samples import similarity


def test_two_curves_by_layer_and_the_whole_model_as_lines() -> None:
    figure = layer_scores(similarity().scores, dark=False, layer=1)
    assert [trace.name for trace in figure.data] == ["LRDS", "SADS"]
    assert list(figure.data[0].x) == [0, 1]
    assert list(figure.data[1].y) == [0.05, 0.2]
    assert [shape.y0 for shape in figure.layout.shapes if shape.y0 == shape.y1] == [0.2, 0.1]
    assert [shape.x0 for shape in figure.layout.shapes if shape.x0 == shape.x1] == [1]
