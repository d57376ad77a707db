from __future__ import annotations

import math

import pytest

from frontend.figures.removal import mean_ratios, removal_dots, removal_table, step_of
from tests.frontend.samples import removal


def test_the_table_has_the_papers_layout() -> None:
    table = removal_table(removal())
    assert table.columns == ("Base", "Top", "Bottom", "Random")
    assert [line.language for line in table.lines] == ["Arabic", "English"]
    assert [cell.text for cell in table.lines[0].cells] == ["20.0000", "∞", "21.0000", "50.0000"]
    assert table.lines[0].cells[3].spread == "10.0"
    assert table.lines[1].cells[1].text == "3.00000×10¹¹"
    assert table.lines[1].cells[3].spread == "0.00"


def test_colours_compare_with_base() -> None:
    cells = removal_table(removal()).lines
    assert [cell.step for cell in cells[0].cells] == ["same", "lost", "same", "clear"]
    assert [cell.step for cell in cells[1].cells] == ["same", "lost", "better", "clear"]
    assert [step_of(ratio) for ratio in (0.5, 0.9, 1.1, 2, 10, 1e3, 1e6, None, math.inf)] == [
        "better", "same", "mild", "clear", "strong", "severe", "lost", "lost", "lost",
    ]  # fmt: skip


def test_bits_per_byte_keep_the_colours() -> None:
    plain, bits = removal_table(removal()), removal_table(removal(), bits_per_byte=True)
    assert bits.lines[0].cells[0].text == "2.16096"
    assert [cell.step for cell in bits.lines[0].cells] == [cell.step for cell in plain.lines[0].cells]


def test_the_hover_tells_every_draw_and_the_tokens() -> None:
    hover = removal_table(removal()).lines[0].cells[3].hover.split("\n")
    assert hover[1] == "×2.50 of Base (log₁₀ +0.398, log₂ +1.322)"
    assert hover[2].startswith("draw 1: perplexity 40.0000")
    assert hover[-2:] == ["100 tokens in 4 sentences", "10 parameters set to zero"]


def test_mean_ratios_are_geometric_and_infinite_stays_infinite() -> None:
    ratios = mean_ratios(removal())
    assert ratios["Top"] is None
    assert ratios["Bottom"] == pytest.approx(math.sqrt(21 / 20 * 24 / 30))
    assert ratios["Random"] == pytest.approx(math.sqrt(2.5 * 2.0))


def test_dots_leave_out_what_is_infinite_and_order_by_base() -> None:
    figure = removal_dots(removal(), dark=False)
    assert [trace.name for trace in figure.data] == ["Base", "Top", "Bottom", "Random"]
    assert list(figure.data[1].x) == [None, 3e11]
    assert list(figure.data[0].y) == ["Arabic", "English"]
    assert figure.layout.xaxis.type == "log"
    assert figure.layout.xaxis.dtick == 2
