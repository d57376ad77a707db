from __future__ import annotations

from backend.contracts.vocabulary import Reducer
from frontend.choices.atlas import AtlasChoice


def test_the_address_names_a_view():
    query = {"model": "m", "key": "k", "matrix": "3.attn.q", "reducer": "density", "rows": "4-9", "columns": "0-7"}
    assert AtlasChoice.of_query(query) == AtlasChoice("m", "k", "3.attn.q", Reducer.DENSITY, (4, 9), (0, 7))


def test_what_cannot_be_read_is_left_out():
    query = {"model": "m", "reducer": "nonsense", "rows": "9-4", "columns": "x"}
    assert AtlasChoice.of_query(query) == AtlasChoice("m")


def test_a_stored_choice_comes_back_unchanged():
    choice = AtlasChoice("m", None, "0.attn.q", Reducer.MEAN_WEIGHT, (1, 2), None)
    assert AtlasChoice.of_store(choice.store()) == choice


def test_a_window_stays_inside_of_the_matrix():
    choice = AtlasChoice("m", rows=(2, 99), columns=(40, 50))
    assert choice.within((10, 20)) == AtlasChoice("m", rows=(2, 10), columns=None)
    assert AtlasChoice("m", rows=(0, 10), columns=(3, 5)).within((10,)) == AtlasChoice("m", rows=None, columns=(3, 5))


def test_what_was_picked_goes_through_the_address():
    query = {"model": "m", "matrix": "0.attn.q", "cell": "3,7", "dimension": "column-5", "rows": "2-9"}
    choice = AtlasChoice.of_query(query)
    assert (choice.cell, choice.dimension) == ((3, 7), (1, 5))
    assert AtlasChoice.of_store(choice.store()) == choice
    assert choice._replace(cell=None).address() == "/atlas?model=m&matrix=0.attn.q&rows=2-9&dimension=column-5"
    assert choice.within((8, 8)).dimension is None  # a cell says more
    assert choice.within((2, 8))[-2:] == (None, (1, 5))
    assert AtlasChoice.of_query({"cell": "1,x", "dimension": "neuron-3"}) == AtlasChoice("")
