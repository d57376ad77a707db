"""Bars of tasks: one group for each task, one bar for each condition, chance where it is."""

import pytest

from backend.contracts.results import ChoiceSummary
from frontend.figures.tasks import TaskBars, accuracy, colours


def found(n_correct: int, n_items: int, chance: float) -> ChoiceSummary:
    share = n_correct / n_items
    return ChoiceSummary(
        n_items=n_items, n_correct=n_correct, accuracy=share, accuracy_by_character=share, chance=chance, items=(),
        standard_error=(share * (1 - share) / n_items) ** 0.5,
    )  # fmt: skip


BARS = (
    TaskBars("Arabic", (found(15, 20, 0.5), found(10, 20, 0.5))),
    TaskBars("a question with a very long title", (found(1, 4, 0.25), None)),
)


def test_bars_have_their_standard_error_and_stand_beside_each_other():
    intact, changed, chance = accuracy(BARS, ("intact", "removed"), dark=False).data
    assert list(intact.y) == [75.0, 25.0] and list(changed.y) == [50.0]
    assert list(intact.error_y.array) == pytest.approx(
        [100 * (0.75 * 0.25 / 20) ** 0.5, 100 * (0.25 * 0.75 / 4) ** 0.5]
    )
    assert intact.x[0] < 0 < changed.x[0] and intact.x[0] == -changed.x[0]
    assert chance.name == "chance"


def test_chance_is_a_line_at_each_task():
    lines = accuracy(BARS, ("intact", "removed"), dark=True).layout.shapes
    assert [(line.x0, line.x1, line.y0) for line in lines] == [(-0.5, 0.5, 50.0), (0.5, 1.5, 25.0)]


def test_long_titles_are_cut_and_colours_differ():
    axis = accuracy(BARS, ("intact", "removed"), dark=True).layout.xaxis
    assert axis.ticktext == ("Arabic", "a question with a ver…")
    for dark in (True, False):
        assert len(set(colours(5, dark=dark))) == 5
