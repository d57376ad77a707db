"""Specs of locked matrices and tables of movement: what is painted, shaded and said."""

from __future__ import annotations

from typing import Any

import pytest

from backend.contracts.comparison import ComparisonSummary, MatrixMovement, NotCompared
from backend.contracts.vocabulary import MatrixKind, Reducer
from frontend.figures import compare, compare_movement
from frontend.figures.compare import Member, slots
from tests.frontend import model_sample


def moved(matrix: str, relative: float | None, **more: Any) -> MatrixMovement:
    layer, _, kind = matrix.partition(".")
    size = {"n_parameters": 100, "norm": 10.0, "moved": 10 * (relative or 0), "largest": 0.5, "largest_at": (1, 2)}
    return MatrixMovement(
        matrix=matrix, layer=int(layer), kind=MatrixKind(kind), relative=relative, cosine=0.75, n_changed=100,
        **(size | more),
    )  # fmt: skip


def summary(**more: Any) -> ComparisonSummary:
    """Two layers of `attn.q`; `mlp.down` of layer 0 differs in shape; a region that moved twice as chance."""
    region = {"n_inside": 10, "moved_inside": 10 * 0.2 * 0.2**0.5}
    given: dict[str, Any] = {
        "matrices": (moved("0.attn.q", 0.2, **region), moved("1.attn.q", 0.05, n_inside=10, moved_inside=0.0)),
        "not_compared": (NotCompared(matrix="0.mlp.down", left=(32, 48), right=(32, 64), reason="32 x 48 here"),),
        "relative": 0.1, "largest": 0.5, "share_inside": 0.19, "share_of_parameters": 0.1,
    }  # fmt: skip
    return ComparisonSummary(**(given | more))


def members(*letters: str, **of_last: Any) -> list[Member]:
    found = [Member(letter, model_sample.description(letter.lower()), None) for letter in letters]
    return [*found[:-1], found[-1]._replace(**of_last)]


def test_every_member_has_the_same_scale_and_every_other_one_a_difference() -> None:
    made = slots(members("A", "B", "C"), "0.attn.q", Reducer.MAX_ABS_WEIGHT, rows=(8, 16), columns=None)
    assert [spec["title"] for spec in made] == ["A", "B", "C", "B − A", "C − A"]
    assert {spec["shared"] for spec in made[:3]} == {"/api/compare/scale?subjects=a,b,c"}
    assert [spec["tile"] for spec in made[2:4]] == ["/api/models/c/tile", "/api/compare/tile?left=b&right=a"]
    assert {spec["among"]["address"] for spec in made} == {"/api/compare/tiles?subjects=a,b,c"}
    assert [spec["among"]["picture"] for spec in made] == ["0", "1", "2", "1-0", "2-0"]
    assert made[3]["scale"] == "signed" and "shared" not in made[3]
    assert all(spec["rows"] == (8, 16) for spec in made)
    assert made[0]["description"].startswith("Model A, a, colours shared by all models. Heatmap of layer 0 · attn.q")
    assert made[3]["description"].startswith("Difference B − A, red above 0, blue below.")


def test_results_are_painted_by_their_keys_and_a_missing_one_is_told() -> None:
    a = Member("A", model_sample.description("a"), "0" * 20)
    b = Member("B", model_sample.description("b"), None, is_missing=True)
    first, second, difference = slots([a, b], "0.attn.q", Reducer.DENSITY, rows=None, columns=None)
    assert first["tile"] == f"/api/results/{'0' * 20}/tile" and first["shared"].endswith("=" + "0" * 20)
    assert second == {"problem": "b has no such result yet."}
    assert difference == {"problem": "The difference needs this result of both."}


def test_what_is_not_defined_is_said_in_its_place() -> None:
    wide = model_sample.description("b")
    views = [view.model_copy(update={"shape": (64, 32)}) for view in wide.matrices if view.name == "0.attn.q"]
    other = wide.model_copy(update={"matrices": tuple(views)})
    pair = members("A", "B", model=other)
    made = slots(pair, "0.attn.q", Reducer.MEAN_WEIGHT, rows=None, columns=None)
    assert made[1]["shape"] == [64, 32]
    assert made[2] == {"problem": "No difference is defined: 32 × 32 in A, 64 × 32 in B."}
    gone = slots(pair, "1.mlp.down", Reducer.MEAN_WEIGHT, rows=None, columns=None)
    assert gone[1] == {"problem": "b has no 1.mlp.down."} and "has no 1.mlp.down" in gone[2]["problem"]
    assert [view.name for view in compare.all_matrices([other, pair[0].model])][:2] == ["0.attn.q", "0.mlp.down"]


def test_the_table_shades_by_movement_and_every_cell_leads_to_its_matrix() -> None:
    views = model_sample.description("a").matrices
    table = compare_movement.picker(views, summary())
    assert (table.rows, table.titles) == (("0", "1"), ("attn.q", "mlp.down", "norm.input"))
    q, down, norm = table.cells[0]
    assert (q.text, q.shade, q.keys) == (".2", 1.0, ("0.attn.q", ""))
    assert (down.text, norm.text) == ("×", "·") and "32 x 48 here" in down.hover
    assert table.cells[1][0].shade == pytest.approx(0.25)
    assert "max |B − A| 0.500 at 1 × 2" in q.hover and "20 % of the squared movement inside" in q.hover
    bare = compare_movement.picker(views, None)
    assert all(cell.shade == 0.0 and cell.keys for row in bare.cells for cell in row)


@pytest.mark.parametrize(
    ("measure", "texts"),
    [("largest", (".5", ".5")), ("turned", (".25", ".25")), ("inside", ("2×", "0×")), ("changed", ("100%", "100%"))],
)
def test_each_measure_is_written_short(measure: str, texts: tuple[str, ...]) -> None:
    table = compare_movement.picker(model_sample.description("a").matrices, summary(), measure)
    assert tuple(row[0].text for row in table.cells) == texts


def test_kinds_are_pooled_as_long_vectors() -> None:
    (row,) = compare_movement.by_kind(summary())
    assert (row.kind, row.n_matrices) == ("attn.q", 2)
    assert row.relative == pytest.approx(((2**2 + 0.5**2) / 200) ** 0.5)
    assert row.share_inside == pytest.approx(0.8 / 4.25) and row.share_of_parameters == 0.1
    assert row.ratio == pytest.approx(0.8 / 4.25 / 0.1)


def test_a_matrix_without_a_region_or_without_movement_has_no_enrichment() -> None:
    assert compare_movement.enrichment(moved("0.attn.q", 0.1)) is None
    assert compare_movement.enrichment(moved("0.attn.q", 0.0, n_inside=5, moved_inside=0.0)) is None
