from __future__ import annotations

from frontend.figures.heat_figure import heat_figure
from frontend.figures.overlap import overlap_matrix
from frontend.figures.telling import told
from tests.frontend import samples


def test_a_table_of_shades_is_a_figure_with_its_texts_and_hovers():
    table = overlap_matrix(samples.overlap())
    figure = heat_figure(table, name="overlap", title="Overlap", description="Three regions.", across="region")
    (trace,) = figure.data
    assert trace.text[0][1] == table.cells[0][1].text and trace.z[0][1] == table.cells[0][1].shade
    assert "<br>" in trace.customdata[0][1]
    assert list(figure.layout.yaxis.ticktext) == ["ru", "uk", "zh"]
    assert told(figure).name == "overlap"
