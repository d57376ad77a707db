"""Key neurons, deactivation and enrichment in words, numbers and shades."""

from __future__ import annotations

import math

import pytest

from backend.contracts.building import deactivation_columns
from backend.contracts.results import NeuronGroup
from frontend.figures import neurons as drawn
from frontend.figures.neurons_deactivation import (
    Measured,
    OffTable,
    deviation_text,
    increase_percent,
    of_summary,
    off_table,
    percent_text,
    shade_of,
    verdict,
)
from frontend.figures.neurons_regions import by_layer, held_cells
from frontend.figures.neurons_regions import verdict as held_verdict
from frontend.figures.neurons_words import most_sharing, overlap_matrix, sklr
from frontend.figures.neurons_words import verdict as count_verdict
from frontend.panels.neurons_groups import group_name, groups, lists
from tests.backend.reproduction import given
from tests.frontend import neuron_samples as samples
from tests.frontend.samples import row

SUMMARY = samples.key_neurons()
TABLE = off_table(samples.MATRIX, of_summary(samples.deactivation()), 100)


def test_bars_are_the_counts_and_marks_the_shuffles() -> None:
    bars, mean, most = drawn.counts_by_language(SUMMARY, dark=False).data
    assert dict(zip(bars.y, bars.x, strict=True))["Chinese"] == 14 and list(bars.x) == sorted(bars.x)
    assert set(mean.x) == {5.0} and set(most.x) == {6.0}
    without = SUMMARY.model_copy(update={"null_mean": (None,) * 6, "null_high": (None,) * 6})
    assert len(drawn.counts_by_language(without, dark=True).data) == 1


def test_layers_add_up_to_the_counts() -> None:
    heat = drawn.counts_by_layer(SUMMARY, dark=False).data[0]
    assert [sum(shares) / 2 for shares in heat.z] == [sum(row) for row in SUMMARY.counts]  # percent of 50
    assert sum(sum(trace.y) for trace in drawn.layer_totals(SUMMARY, dark=True).data) == SUMMARY.sklr


def test_the_bars_of_a_neuron_have_the_threshold() -> None:
    figure = drawn.neuron_bars(samples.card(), 1.2, dark=False)
    assert figure.data[0].x[-1] == 2.2 and figure.layout.shapes[0].x0 == 1.2


def test_more_than_chance_is_told_in_words() -> None:
    assert sklr(SUMMARY) == ("50", "30", "8.33%", "1.67 times what chance gives")
    told = count_verdict(SUMMARY)
    assert "Arabic and Chinese." in told and "Not told from chance: German" in told
    assert count_verdict(SUMMARY.model_copy(update={"null_high": (99.0,) * 6})).startswith(
        "Not told from chance: Arabic"
    )
    judged = {"p_more": (0.001, *(1.0,) * 5), "p_fewer": (1.0, 0.001, *(0.4,) * 4)}
    told = count_verdict(SUMMARY.model_copy(update=judged))
    assert told.startswith("More key neurons than shuffled languages give: Arabic. Fewer than shuffles give: German.")
    assert "does not mean none" in told and "Not told from chance: English" in told and "absent" not in told
    assert "ask again" in count_verdict(SUMMARY.model_copy(update={"null_high": (None,) * 6}))


def test_groups_stand_with_what_chance_gives_and_as_a_file() -> None:
    assert lists(SUMMARY) is None and "ask again" in str(groups("k", SUMMARY, 0.9)[0])
    found = NeuronGroup(languages=("es", "fr"), n_neurons=1200, null_mean=3.2, null_high=9.0, p=0.000999)
    alone = found.model_copy(update={"languages": ("zh",), "n_neurons": 4321})
    judged = dict.fromkeys(("p_more", "p_fewer", "half_overlap", "half_chance"), (0.5,) * 6)
    told = SUMMARY.model_copy(update=judged | {"n_split": 1300, "n_split_null": 40.0, "groups": (alone, found)})
    shown = str(groups("k", told, 0.9))
    assert "Spanish, French" in shown and "1,200" in shown and "0.0010" in shown and "language=es&language=fr" in shown
    assert "4,321" not in shown  # of one language: its own list
    assert "Arabic" in str(lists(told)) and "0.50" in str(lists(told))
    assert group_name(("ar", "de", "en", "es", "fr"), samples.LANGUAGES) == "all but Chinese"


def test_overlap_shades_to_the_largest_and_tells_chance() -> None:
    table = overlap_matrix(SUMMARY)
    cell = table.cells[0][1]
    assert (cell.text, cell.shade, cell.keys) == ("0.09", 1.0, ("ar", "de"))
    assert "2 neurons are key in both" in cell.hover and table.cells[0][0].text == "20"


@pytest.mark.parametrize(
    ("n", "threshold", "most"), [(9, 2.0, 1), (10, 2.0, 1), (11, 2.0, 2), (6, 1.2, 2), (30, 2.0, 5)]
)
def test_how_many_languages_can_share_a_neuron(n: int, threshold: float, most: int) -> None:
    assert most_sharing(n, threshold) == most
    assert math.sqrt((n - most) / most) > threshold >= math.sqrt((n - most - 1) / (most + 1))


def test_deviations_are_two_digits_written_for_people() -> None:
    told = [deviation_text(value) for value in (0.0, 0.42, 1.24, 68.2, 181.3, 22_400.0, 2.24e9)]
    assert told == ["0.0", "0.42", "1.2", "68", "180", "22,000", "2.2×10⁹"]


def test_the_matrix_has_the_layout_of_the_paper() -> None:
    assert [name for name, _ in TABLE.columns] == ["full model", "random", "× ar", "× en"]
    arabic, english = TABLE.rows
    assert [cell.text for cell in arabic.cells] == ["20.00", "+2.0 % ± 1.2", "+100 %", "∞"]
    assert english.cells[2].text == "+5.0 %" and english.cells[2].keys == ("ar", "en")
    assert [cell.own for cell in arabic.cells] == [False, False, True, False]
    assert [cell.text for cell in TABLE.feet[0].cells] == ["", "20", "20", "20"]
    assert TABLE.feet[1].cells[2].text == "20 %" and "+2.0 % ± 1.4" in arabic.cells[2].hover
    assert verdict(TABLE).startswith("In 0 of 2 columns") and "2 undecided" in verdict(TABLE)  # no intervals


def test_the_language_that_loses_most_is_judged_by_intervals() -> None:
    def table(width: float) -> OffTable:
        base = tuple(given.row(code, 10.0) for code in ("ar", "en"))

        def off(ar: float, en: float) -> Measured:
            return Measured(20, (given.row("ar", ar, 10.0, width=width), given.row("en", en, 10.0, width=width)))

        columns = {None: Measured(0, base), ("ar", None): off(20.0, 11.0), ("en", None): off(11.0, 10.5)}
        return off_table(samples.MATRIX, columns, 100)

    assert verdict(table(0.01)).startswith("In 1 of 2 columns") and "undecided" not in verdict(table(0.01))
    assert verdict(table(2.0)).startswith("In 0 of 2 columns") and "2 undecided" in verdict(table(2.0))


def test_columns_that_are_not_measured_yet_are_open() -> None:
    found = of_summary(samples.deactivation())
    some = off_table(samples.MATRIX, {None: found[None], ("ar", None): found["ar", None]}, 100)
    assert [cell.text for cell in some.rows[0].cells] == ["20.00", "…", "+100 %", "…"]
    assert some.rows[0].cells[3].keys is None and (some.n_done, some.n_columns) == (2, 7)
    assert set(found) == set(deactivation_columns(samples.MATRIX))


@pytest.mark.parametrize(
    ("increase", "text"),
    [(0.4, "+0.4 %"), (10.0, "+10 %"), (27093.0, "+27,093 %"), (-10.0, "−10 %"), (None, "∞"), (0.01, "0.0 %")],
)
def test_increases_are_written_in_percent(increase: float | None, text: str) -> None:
    assert percent_text(increase) == text


@pytest.mark.parametrize(
    ("bits", "shade"),
    [(0.003, 0.0), (0.0474342, 0.5), (-0.0474342, -0.5), (0.75, 1.0), (3.0, 1.0), (None, 1.0), (0.0, 0.0)],
)
def test_shades_are_logarithmic_in_bits_per_byte(bits: float | None, shade: float) -> None:
    assert shade_of(bits) == pytest.approx(shade, abs=1e-6)


def test_the_language_cut_into_more_tokens_is_shaded_by_bits_not_by_its_ratio() -> None:
    # Arabic has four times the tokens of as many bytes: a smaller ratio per token, more bits per byte.
    base = (row("ar", 10.0, n_tokens=400), row("en", 10.0, n_tokens=100))
    off = (row("ar", 15.0, n_tokens=400), row("en", 20.0, n_tokens=100))
    columns = {None: Measured(0, base), ("ar", None): Measured(20, off)}
    rows = off_table(samples.MATRIX, columns, 100).rows
    arabic, english = (next(cell for cell in one.cells if cell.keys) for one in rows[:2])
    assert (arabic.text, english.text) == ("+50 %", "+100 %") and arabic.shade > english.shade
    assert arabic.order == pytest.approx(math.log2(1.5) * 2) and english.order == pytest.approx(0.5)


def test_an_increase_is_relative_to_the_full_model() -> None:
    assert increase_percent(row("ar", 20.0), row("ar", 25.0)) == pytest.approx(25.0)
    assert increase_percent(row("ar", 20.0), row("ar", None)) is None


def test_ratios_are_told_with_z_and_own_regions_marked() -> None:
    cells = held_cells(samples.enrichment())
    assert (cells[0][0].ratio, cells[0][0].z, cells[0][0].shade, cells[0][0].own) == ("×4.00", "z 8.0", 1.0, True)
    assert cells[0][1].shade == -0.5 and cells[1][0].z == "z 0.0" and cells[1][0].keys == ("de", "0")
    told = held_verdict(samples.enrichment())
    assert told.startswith("The key neurons of Arabic lie in") and "1 of 2" in told


def test_a_layer_without_key_neurons_is_left_out() -> None:
    curve = by_layer(samples.enrichment(), "ar", "Arabic only", dark=False).data[0]
    assert list(curve.x) == [0] and list(curve.y) == [4.0]
