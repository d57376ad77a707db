"""A tick says the whole number, whatever the span."""

from frontend.figures.ticks import log_axis


def test_two_and_five_are_written_out_where_the_span_is_short():
    axis = log_axis([150.0, None, 4000.0])
    words = dict(zip(axis["tickvals"], axis["ticktext"], strict=True))
    assert [words[value] for value in (200.0, 500.0, 1000.0, 2000.0)] == ["200", "500", "1000", "2000"]
    assert "dtick" not in axis
    assert "2×10⁶" in log_axis([3e5, 4e6])["ticktext"] and "0.05" in log_axis([0.01, 0.3])["ticktext"]


def test_a_long_span_has_few_powers_and_a_tiny_one_is_left_to_plotly():
    assert log_axis([1.0, 1e16])["dtick"] == 2
    assert log_axis([1.0, 1e16], most=4)["dtick"] == 4
    assert set(log_axis([280.0, 290.0])) == {"type", "exponentformat"}
    assert log_axis([])["type"] == log_axis([0.0, None])["type"] == "log"
