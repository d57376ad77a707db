from __future__ import annotations

from backend import latex
from backend.contracts.compared_ratios import ComparedRatio
from backend.contracts.perplexity_words import lost, marked, with_states
from backend.contracts.results import PerplexitySummary, SweepPoint, SweepSummary
from backend.contracts.training import TrainingEvaluation
from backend.results.perplexity_tables import removal as exported
from frontend.exports.tables import csv_text
from frontend.figures.compare_perplexity import by_place
from frontend.figures.compare_perplexity import table as compare_table
from frontend.figures.numbers import perplexity_text, ratio_text
from frontend.figures.removal import removal_table
from frontend.figures.structured import MEAN, perplexity_words
from frontend.figures.sweep import measured, sweep_bars
from frontend.figures.training import evaluation_words
from frontend.panels.compare_perplexity import numbers as compare_numbers
from frontend.reports.html import cell_text as html_cell
from frontend.views.base import Table
from tests.backend.atlas_folder import removal_request
from tests.frontend.samples import removal, row


def with_vocabulary(n_vocabulary: int):  # type: ignore[no-untyped-def]
    given = removal()
    update = {"n_vocabulary": n_vocabulary}
    conditions = [
        one.model_copy(update={"rows": tuple(each.model_copy(update=update) for each in one.rows)})
        for one in given.conditions
    ]
    return given.model_copy(update={"conditions": tuple(conditions)})


def test_beyond_the_vocabulary_a_perplexity_is_lost_and_only_its_order_is_told() -> None:
    assert lost(3.2e11, 262_144) == "lost, 10¹¹"
    assert lost(262_144.0, 262_144) is None and lost(262_145.0, 262_144) == "lost, 10⁵"
    assert lost(None, 262_144) is None and lost(1e9, None) is None and lost(float("inf"), 10) is None
    assert perplexity_text(21.5, 262_144) == "21.5000"


def test_page_and_export_say_lost_alike() -> None:
    summary = with_vocabulary(1000)
    assert removal_table(summary).lines[1].cells[1].text == "lost, 10¹¹"
    assert removal_table(summary, bits_per_byte=True).lines[1].cells[1].text != "lost, 10¹¹"
    assert "lost, 10¹¹" in map(str, exported(summary, removal_request()).rows[1])
    assert "perplexity lost, 10¹¹" in removal_table(summary).lines[1].cells[1].hover


def test_a_ratio_says_its_interval_and_what_was_drawn() -> None:
    found = row("de", 30.0).model_copy(
        update={"ratio": 1.5, "ratio_low": 1.42, "ratio_high": 1.61, "bits_added": 0.25, "resampled": "documents"}
    )
    assert ratio_text(found) == "×1.50 (1.42 to 1.61 over documents)"
    given = removal()
    top = given.conditions[1].model_copy(
        update={"rows": (found.model_copy(update={"language": "ar"}), *given.conditions[1].rows[1:])}
    )
    table = given.model_copy(update={"conditions": (given.conditions[0], top, *given.conditions[2:])})
    assert "×1.50 (1.42 to 1.61 over documents), +0.25 bits per byte" in removal_table(table).lines[0].cells[1].hover
    told = exported(table, removal_request())
    head = dict(zip(told.columns, told.rows[0], strict=True))
    assert (head["top ratio"], head["top ratio low"], head["top ratio high"]) == (1.5, 1.42, 1.61)
    assert (head["top bits per byte added"], head["Tokens per byte"]) == (0.25, 0.5)


def test_what_is_read_in_has_the_number_and_its_state_beside_it() -> None:
    columns, rows = with_states(("Language", "Top"), [("de", marked(3.2e11, 1000)), ("en", marked(21.5, 1000))])
    assert columns == ("Language", "Top", "Top state")
    assert rows == [("de", 3.2e11, "lost"), ("en", 21.5, "")] and type(rows[0][1]) is float
    assert latex.number(marked(3.2e11, 1000)) == "lost, $10^{11}$"
    table = Table("t", "T", ("Language", "Top"), (("de", marked(3.2e11, 1000)),))
    assert csv_text(table) == "Language,Top,Top state\nde,320000000000.0,lost\n"
    assert html_cell(table.rows[0][1]) == "lost, 10¹¹"


def test_lost_in_means_sweeps_trainings_and_comparisons() -> None:
    rows = tuple(
        row(code, value).model_copy(update={"n_vocabulary": 1000}) for code, value in (("de", 1e9), ("en", 10.0))
    )
    assert (perplexity_words(rows, "de"), perplexity_words(rows, "en")) == ("lost, 10⁹", "10.0000")
    assert perplexity_words(rows, MEAN) == "lost, 10⁵"
    point = SweepPoint(index=3, group="top", n_parameters=1, rows=rows)
    base = tuple(row(code, 10.0).model_copy(update={"n_vocabulary": 1000}) for code in ("de", "en"))
    summary = SweepSummary(base=base, points=(point,), sentence="")
    assert measured(summary, "de")[0].words == "lost, 10⁹"
    assert "3: perplexity lost, 10⁹ (×1.00·10⁸ of the base)" in str(
        sweep_bars(summary, "de", dark=False).data[0].customdata
    )
    evaluation = TrainingEvaluation(n_samples=0, perplexity={"de": 1e9}, bits_per_byte={}, n_vocabulary=1000)
    assert evaluation_words(evaluation, "de") == "lost, 10⁹"
    changed = PerplexitySummary(rows=rows, n_changed=0, n_total=1)
    assert compare_table([changed], in_bits=False).cells[0][0][0].text == "lost, 10⁹"


def test_compared_models_have_the_interval_beside_the_change() -> None:
    found = [PerplexitySummary(rows=(row("de", value),), n_changed=0, n_total=1) for value in (10.0, 15.0)]
    ratio = ComparedRatio(
        condition="", language="de", ratio=1.5, ratio_low=1.42, ratio_high=1.61, bits_added=0.2, bits_added_low=0.1,
        bits_added_high=0.3, resampled="documents",
    )  # fmt: skip
    shown = [compare_table(found, in_bits=bits, ratios=[{}, by_place([ratio])]).cells[0][0] for bits in (False, True)]
    assert [cell.interval for cell in shown[0]] == ["", "1.42 to 1.61 over documents"]
    assert shown[1][1].interval == "+0.100 to +0.300 over documents"
    panel = str(compare_numbers(compare_table(found, in_bits=False, ratios=[{}, by_place([ratio])])))
    assert "×1.50" in panel and ", 1.42 to 1.61" in panel and "95 % interval 1.42 to 1.61 over documents" in panel
