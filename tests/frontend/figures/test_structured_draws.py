from __future__ import annotations

import math

import pytest

from backend.contracts.vocabulary import Rank
from frontend.figures.structured import draws_words, range_of_draws, structured_figure, structured_table
from tests.frontend import dimension_samples as samples


@pytest.fixture
def summary():
    found = samples.structured()
    ends = ((9.0, 10.0), (10.0, 11.0), (12.5, 15.0))
    draws = tuple((samples.row("zh", zh), samples.row("en", en)) for zh, en in ends)
    cells = tuple(
        cell.model_copy(update={"draws": draws}) if (cell.rank, cell.count) == (Rank.RANDOM, 1) else cell
        for cell in found.cells
    )
    return found.model_copy(update={"cells": cells})


def drawn(summary):
    return next(cell for cell in summary.cells if cell.draws)


def test_a_cell_says_median_least_and_most(summary):
    cell = drawn(summary)
    assert range_of_draws(cell, "zh") == pytest.approx((9.0, 12.5))
    assert draws_words(cell, "zh") == ["median of 3 draws, 9.00 to 12.5"]
    shown = [one for line in structured_table(summary, "zh").lines for one in line.cells]
    assert [one.spread for one in shown if one.spread] == ["9.00 to 12.5"]
    assert sum("median of 3 draws" in one.hover for one in shown) == 1


def test_the_figure_reaches_from_the_least_to_the_most(summary):
    line = next(trace for trace in structured_figure(summary, "zh", dark=False).data if trace.name == "Random")
    assert line.error_y.array == pytest.approx((2.5, 0.0))
    assert line.error_y.arrayminus == pytest.approx((1.0, 0.0))
    top = next(trace for trace in structured_figure(summary, "zh", dark=False).data if trace.name == "Top")
    assert top.error_y.array is None


def test_a_draw_that_is_not_finite_is_the_most(summary):
    cell = drawn(summary)
    lost = cell.model_copy(update={"draws": (*cell.draws, (samples.row("zh", None), samples.row("en", 10.0)))})
    assert range_of_draws(lost, "zh") == pytest.approx((9.0, math.inf))
    assert range_of_draws(samples.structured().cells[0], "zh") is None
