from __future__ import annotations

from backend.contracts.vocabulary import AnalysisKind, MatrixKind, Reducer
from frontend.figures.grid import grid_spec
from frontend.figures.kinds import kind_words
from frontend.figures.matrix import matrix_spec, source_of
from frontend.figures.reducers import LOOKS, reducers_of
from tests.frontend.model_sample import description

MODEL = description("m")


def view(name: str):
    return next(view for view in MODEL.matrices if view.name == name)


def test_a_matrix_names_both_sides():
    spec = matrix_spec(view("1.attn.q"), source=source_of("m", None), reducer=Reducer.MEAN_WEIGHT, rows=(2, 5))
    assert spec["tile"] == "/api/models/m/tile"
    assert [axis["side"] for axis in spec["axes"]] == ["head", "residual"]
    assert (spec["shape"], spec["rows"], spec["columns"]) == ([32, 32], (2, 5), None)


def test_a_vector_is_one_row():
    spec = matrix_spec(view("0.norm.input"), source=source_of("m", "k"), reducer=Reducer.DENSITY)
    assert spec["tile"] == "/api/results/k/tile"
    assert (spec["shape"], spec["vector"], spec["axes"][1]["side"]) == ([1, 32], True, "residual")


def test_the_overview_puts_vectors_last_and_thin():
    kinds = grid_spec(MODEL, source="/s", reducer=Reducer.DENSITY, selected="0.attn.q")["kinds"]
    assert [(kind["kind"], kind["thin"]) for kind in kinds] == [
        ("attn.q", False),
        ("mlp.down", False),
        ("norm.input", True),
    ]


def test_every_kind_and_every_reducer_has_words():
    assert all(kind_words(kind).sentence for kind in MatrixKind)
    assert set(LOOKS) == set(Reducer)
    assert reducers_of(AnalysisKind.REGION)[0] is Reducer.DENSITY
    assert Reducer.DENSITY not in reducers_of(None)
