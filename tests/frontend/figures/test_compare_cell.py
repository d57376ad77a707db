"""One cell of several models in numbers, and the dimensions that moved most."""

from __future__ import annotations

from backend.contracts.compared_cells import ComparedCell, ComparedCells
from backend.contracts.results import CellView, DimensionMark, MarginalsView, SideProfile
from backend.contracts.vocabulary import MatrixKind
from frontend.figures.compare_cell import cell_table, changed_by, moved_most
from tests.frontend import model_sample

VIEW = model_sample.description("a").matrices[0]
NORM = model_sample.description("a").matrices[2]


def told(**values) -> ComparedCell:
    where = {"row": 1, "column": 2, "row_label": "head channel 1", "column_label": "residual dimension 2"}
    return ComparedCell(
        subject="m", cell=CellView(matrix="0.attn.q", kind=MatrixKind.ATTN_Q, layer=0, **where, **values)
    )


def cells(*found: ComparedCell) -> ComparedCells:
    return ComparedCells(matrix="0.attn.q", row=1, column=2, cells=found)


def test_every_number_stands_beside_its_difference_from_a() -> None:
    missing = ComparedCell(subject="c", reason="row 1 is not in this matrix")
    found = cell_table(cells(told(weight=0.5), told(weight=-0.25), missing), "ABC")
    assert found.columns == ("weight", "weight − A")
    assert [line.values for line in found.lines] == [("0.500000", "0"), ("-0.250000", "−0.750000"), ()]
    assert found.lines[2].reason.startswith("row 1")


def test_importance_and_region_join_where_they_are_known() -> None:
    found = cell_table(cells(told(weight=1.0, importance=2.0, in_region=True), told(weight=1.0, in_region=False)), "AB")
    assert found.columns == ("weight", "weight − A", "importance", "importance − A", "region")
    assert found.lines[1].values == ("1.00000", "0", "–", "–", "outside")


def profile(axis: int, values: tuple[float, ...], *, measure: str = "L2 norm of the change") -> SideProfile:
    order = sorted(range(len(values)), key=lambda index: -values[index])
    top = tuple(DimensionMark(index=index, label="", value=values[index]) for index in order[:2])
    return SideProfile(axis=axis, side=None, size=len(values), block=1, measure=measure, values=values, top=top)


def test_what_moved_most_is_named_with_its_share_of_the_whole() -> None:
    view = MarginalsView(matrix="0.attn.q", reducer="x", profiles=(profile(0, (0.0, 3.0, 4.0)), profile(1, (5.0, 0.0))))
    first, second, *_ = moved_most(view, VIEW, 3)
    assert (first.label, first.value, first.share) == ("residual dimension 0", 5.0, 1.0)
    assert (second.label, second.axis, second.place, second.share) == ("head channel 2", 0, 2, 16 / 25)
    assert changed_by(view, 0, 1) == 3.0 and changed_by(view, 1, 9) is None
    counts = profile(0, (0.0, 3.0, 1.0), measure="parameters that only one holds")
    assert moved_most(view.model_copy(update={"profiles": (counts,)}), VIEW, 1)[0].share == 0.75


def test_a_vector_lies_as_one_row_and_nothing_moved_is_no_dimension() -> None:
    view = MarginalsView(matrix="0.norm.input", reducer="x", profiles=(profile(0, (0.0, 1.0)),))
    (only,) = moved_most(view, NORM, 5)
    assert (only.axis, only.label) == (1, "residual dimension 1") and changed_by(view, 0, 1) == 1.0
    still = MarginalsView(matrix="0.norm.input", reducer="x", profiles=(profile(0, (0.0, 0.0)),))
    assert moved_most(still, NORM, 5) == ()
