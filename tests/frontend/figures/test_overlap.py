from __future__ import annotations

import pytest

from backend.contracts.results import MatrixOverlap, OverlapByMatrix
from backend.contracts.vocabulary import MatrixKind
from frontend.figures.overlap import chance, overlap_by_matrix, overlap_matrix
from tests.frontend.samples import overlap


def test_cells_hold_jaccard_and_what_chance_gives() -> None:
    table = overlap_matrix(overlap())
    assert table.rows == ("ru", "uk", "zh") and table.columns == ("1", "2", "3")
    cell = table.cells[0][1]
    assert (cell.text, cell.shade, cell.keys) == ("0.33", 1.0, ("a" * 20, "b" * 20))
    assert cell.hover.split("\n")[1:] == [
        "50 parameters in both",
        "50 % of the first, 50 % of the second",
        "Jaccard 0.333; by chance 0.00500",
    ]


def test_the_diagonal_holds_sizes_and_no_shade() -> None:
    cell = overlap_matrix(overlap()).cells[2][2]
    assert cell.shade is None and cell.keys is None and "40 parameters" in cell.hover


def test_empty_regions_have_no_jaccard() -> None:
    table = overlap_matrix(overlap().model_copy(update={"jaccard": ((None, None, None),) * 3}))
    assert table.cells[0][1].text == "–" and table.cells[0][1].shade is None and table.largest == 0


def test_small_overlaps_are_told_apart_from_none() -> None:
    small = overlap().model_copy(update={"jaccard": ((1.0, 0.004, 0.0), (0.004, 1.0, 0.0), (0.0, 0.0, 1.0))})
    cells = overlap_matrix(small).cells[0]
    assert [cell.text for cell in cells] == ["", "<.01", "0"] and "Jaccard 0.00400" in cells[1].hover


def test_chance_is_hand_computed() -> None:
    # 10 and 20 of 100: 2 shared by chance, 28 in either.
    assert chance(10, 20, 100) == pytest.approx(2 / 28)
    assert chance(0, 0, 100) is None


def test_matrices_stand_by_layer_and_kind_and_outside_last() -> None:
    def one(name: str, layer: int | None, kind: MatrixKind, jaccard: float | None) -> MatrixOverlap:
        return MatrixOverlap(
            matrix=name, layer=layer, kind=kind, left=10, right=20, shared=2, total=100, jaccard=jaccard
        )

    view = OverlapByMatrix(
        left="a" * 20, right="b" * 20,
        matrices=(
            one("1.attn.q", 1, MatrixKind.ATTN_Q, 0.5),
            one("0.mlp.up", 0, MatrixKind.MLP_UP, 0.25),
            one("head", None, MatrixKind.HEAD, None),
        ),
    )  # fmt: skip
    table = overlap_by_matrix(view, ("ru", "uk"))
    assert table.rows == ("0", "1", "outside") and table.columns == ("attn.q", "mlp.up", "head")
    assert [[cell.text for cell in row] for row in table.cells] == [["", "0.25", ""], ["0.50", "", ""], ["", "", "–"]]
    assert table.cells[0][1].shade == 0.5 and "by chance 0.0714" in table.cells[0][1].hover
