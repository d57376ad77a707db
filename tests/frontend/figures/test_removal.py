from __future__ import annotations

import math

import pytest

from backend.contracts.results import Condition
from frontend.figures.removal import NAME, Order, columns_of, mean_ratios, removal_table, step_of
from frontend.figures.removal_dots import removal_dots
from tests.frontend.samples import removal, row


def test_the_table_has_the_papers_layout() -> None:
    table = removal_table(removal())
    assert table.columns == ("Base", "Top", "Bottom", "Random")
    assert [line.language for line in table.lines] == ["Arabic", "English"]
    assert [cell.text for cell in table.lines[0].cells] == ["20.0000", "∞", "21.0000", "50.0000"]
    assert table.lines[0].cells[3].spread == "40.0 to 60.0"
    assert table.lines[1].cells[1].text == "3.00000×10¹¹"
    assert table.lines[1].cells[3].spread == "60.0 to 60.0"


def test_colours_compare_with_base() -> None:
    cells = removal_table(removal()).lines
    assert [cell.step for cell in cells[0].cells] == ["same", "lost", "mild", "clear"]  # log2(21/20) / 2 is 0.035
    assert [cell.step for cell in cells[1].cells] == ["same", "lost", "better", "clear"]
    assert [step_of(bits) for bits in (-0.04, -0.03, 0.03, 0.25, 0.75, 2, 4, None, math.inf)] == [
        "better", "same", "mild", "clear", "strong", "severe", "lost", "lost", "lost",
    ]  # fmt: skip


def test_bits_per_byte_keep_the_colours() -> None:
    plain, bits = removal_table(removal()), removal_table(removal(), bits_per_byte=True)
    assert bits.lines[0].cells[0].text == "2.16096"
    assert [cell.step for cell in bits.lines[0].cells] == [cell.step for cell in plain.lines[0].cells]


def test_the_hover_tells_every_draw_and_the_tokens() -> None:
    hover = removal_table(removal()).lines[0].cells[3].hover.split("\n")
    assert hover[1] == "×2.50 of Base (log₁₀ +0.398, log₂ +1.322)"
    assert hover[2] == "+0.66 bits per byte: its colour"  # log2(2.5) * 100 tokens / 200 bytes
    assert hover[3].startswith("draw 1: perplexity 40.0000")
    assert hover[-2:] == ["100 tokens in 4 sentences, 0.5 tokens per byte", "10 parameters set to zero"]


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


def test_further_regions_keep_their_names_and_are_no_draws() -> None:
    summary = removal()
    others = [
        Condition(name=name, n_removed=9, rows=summary.conditions[2].rows) for name in ("ru only", "random ideas")
    ]
    wider = summary.model_copy(update={"conditions": (*summary.conditions, *others)})
    assert [column.name for column in columns_of(wider)] == [
        "Base",
        "Top",
        "Bottom",
        "Random",
        "ru only",
        "random ideas",
    ]
    assert len(removal_dots(wider, dark=True).data) == 6


def test_lines_are_sorted_by_loss_or_name_and_found_by_name_or_code() -> None:
    summary = removal()
    names = [[line.code for line in removal_table(summary, order=Order(by=by)).lines] for by in ("Top", "Bottom", NAME)]
    assert names == [["ar", "en"], ["ar", "en"], ["ar", "en"]]
    assert [line.code for line in removal_table(summary, order=Order(by="Random", search="")).lines] == ["ar", "en"]
    assert [line.code for line in removal_table(summary, order=Order(search="engl")).lines] == ["en"]
    assert [line.code for line in removal_table(summary, order=Order(search="AR")).lines] == ["ar"]
    assert removal_table(summary, order=Order(search="klingon")).lines == ()


def test_the_most_lost_language_comes_first() -> None:
    base = Condition(name="base", n_removed=0, rows=(row("ar", 20.0), row("en", 30.0), row("vi", 10.0)))
    top = Condition(name="top", n_removed=9, rows=(row("ar", 40.0), row("en", 90.0), row("vi", None)))
    summary = removal().model_copy(update={"conditions": (base, top)})
    assert [line.code for line in removal_table(summary, order=Order(by="Top")).lines] == ["vi", "en", "ar"]
    assert [line.code for line in removal_table(summary, order=Order(by="Base")).lines] == ["vi", "ar", "en"]


def test_the_mean_is_geometric_for_perplexity_and_arithmetic_for_bits() -> None:
    mean = removal_table(removal()).mean
    assert mean.cells[0].text == "24.4949"  # sqrt(20 * 30)
    assert mean.cells[1].text == "∞" and mean.cells[1].step == "lost"
    bits = removal_table(removal(), bits_per_byte=True).mean
    assert bits.cells[0].text == f"{(math.log2(20) + math.log2(30)) / 4:.5f}"
