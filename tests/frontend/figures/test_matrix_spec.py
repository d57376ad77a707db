from __future__ import annotations

from backend.contracts.regions import ImportRegionRequest, RegionRequest, monolingual
from backend.contracts.specs import RegionSpec, ScoreSpec
from backend.contracts.vocabulary import MatrixKind, Reducer, Selection
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
    assert Reducer.DENSITY not in reducers_of(None)


def test_importance_is_offered_where_scores_stand_behind_it():
    spec = RegionSpec(scores=ScoreSpec(model="tiny"), languages=("de",))
    for selection in Selection:
        offered = reducers_of(RegionRequest(region=spec, selection=selection))
        assert offered[0] is Reducer.DENSITY
        assert (Reducer.MAX_IMPORTANCE in offered) == (selection is not Selection.RANDOM)
    only = monolingual(spec, "de", others=("en",))
    for other in (only, ImportRegionRequest(model="tiny", title="given", file="0" * 64)):
        assert reducers_of(other)[0] is Reducer.DENSITY
        assert Reducer.MAX_IMPORTANCE not in reducers_of(other)
