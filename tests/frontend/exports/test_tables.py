"""Tables of a view as text: exact in CSV, escaped in LaTeX, with everything they come from in JSON."""

import csv
import io
import json
import math

from frontend.exports.tables import TableFormat, written
from frontend.views import Table
from tests.frontend import view_sample


def test_csv_is_exact_and_nothing_but_numbers():
    view = view_sample.view()
    table = view.table("numbers")
    head, *rows = csv.reader(io.StringIO(written(table, view, TableFormat.CSV)))
    assert head == list(table.columns)
    assert float(rows[0][1]) == table.rows[0][1]
    assert math.isinf(float(rows[1][1]))
    assert math.isnan(float(rows[1][2]))
    assert rows[1][0] == "en & <de>"


def test_json_says_where_every_number_comes_from():
    view = view_sample.view()
    told = json.loads(written(view.table("numbers"), view, TableFormat.JSON), parse_constant=lambda word: 1 / 0)
    assert told["address"] == view.address
    assert told["columns"] == list(view.table("numbers").columns)
    assert told["rows"][0] == {"language": "ar", "perplexity": 20.123456789012345, "lines": 3, "held_out": True}
    assert (told["rows"][1]["perplexity"], told["rows"][1]["lines"]) == ("inf", None)
    (source,) = told["sources"]
    assert source["key"] == view.sources[0].key
    assert source["request"]["kind"] == "open_model"
    assert source["provenance"]["weights_hash"] == "w" * 64
    assert source["provenance"]["versions"]["torch"]
    assert told["version"]


def test_latex_is_escaped_and_names_its_sources():
    view = view_sample.view()
    text = written(view.table("numbers"), view, TableFormat.TEX)
    comments = [line for line in text.splitlines() if line.startswith("%")]
    assert any(view.address in line for line in comments)
    assert any(view.sources[0].key in line for line in comments)
    assert r"en \& $<$de$>$ & -- & -- & no \\" in text
    assert r"held\_out" in text
    assert r"\toprule" in text


def test_the_papers_own_layout_comes_as_it_is():
    view = view_sample.view()
    assert written(view.table("paper"), view, TableFormat.TEX).endswith("\n\\begin{table}paper\\end{table}\n")


def test_a_line_break_cannot_leave_a_comment():
    view = view_sample.view(address="/estimators?x=a\n\\input{evil}")
    text = written(Table("t", "T", ("a",), ((1,),)), view, TableFormat.TEX)
    assert not [line for line in text.splitlines() if line.startswith("\\input")]


def test_latex_has_words_left_and_numbers_right_and_knows_the_signs_of_sets():
    view = view_sample.view()
    table = Table("t", "T", ("a", "b", "c", "d"), (("x", "vi − (ar ∪ es)", 1.5, None), ("y", "zh", None, "∞")))
    text = written(table, view, TableFormat.TEX)
    assert r"\begin{tabular}{llrl}" in text and r"vi $-$ (ar $\cup$ es)" in text and r"$\infty$" in text
