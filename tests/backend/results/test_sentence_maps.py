"""Languages in another order: every view of a similarity map is the map with its blocks moved."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.contracts.problems import KnownError
from backend.contracts.vocabulary import Reducer
from backend.results.sentence_maps import OrderedPlane, SentenceMap
from backend.results.service import ResultViews
from backend.results.tiles import Window
from tests.backend.results.test_tiles import Numbers, numbers_of


@st.composite
def ordered_and_window(draw):
    n_languages, n_lines = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    order = draw(st.permutations(range(n_languages)))
    size = n_languages * n_lines
    starts = draw(st.integers(0, size - 1)), draw(st.integers(0, size - 1))
    return order, n_lines, *(slice(start, draw(st.integers(start + 1, size))) for start in starts)


@given(ordered_and_window())
def test_a_window_of_moved_blocks_is_the_window_of_the_moved_map(given_):
    order, n_lines, rows, columns = given_
    size = len(order) * n_lines
    values = np.arange(size * size, dtype=np.float32).reshape(size, size)
    places = [block * n_lines + line for block in order for line in range(n_lines)]
    read = OrderedPlane(Numbers(values), tuple(order), n_lines).read(rows, columns)
    np.testing.assert_array_equal(read, values[np.ix_(places, places)][rows, columns])


def test_rows_are_named_by_the_order_shown() -> None:
    stored = SentenceMap(Path("x"), ("de", "en", "fr"), ("de", "en", "fr"), n_lines=4, start=10)
    shown = stored.ordered(("fr", "de", "en"))
    assert (stored.label(0), shown.label(0), shown.label(7)) == ("de line 10", "fr line 10", "de line 13")
    assert stored.mark == "" and shown.mark == "@fr,de,en"
    for wrong in (("de", "en"), ("de", "en", "en"), ("de", "en", "xx")):
        with pytest.raises(KnownError, match="order is"):
            stored.ordered(wrong)


def test_tile_and_cell_follow_the_order_and_the_stored_one_is_not_mixed_up(api, atlas):
    views = ResultViews(atlas.store, atlas.models, atlas.layout.pyramids)
    key = atlas.keys["similarity"]
    moved = np.roll(np.roll(atlas.similarity, 3, 0), 3, 1)
    for order, values in (((), atlas.similarity), (("en", "de"), moved)):
        made = views.tile(views.of_result(key, order), "whole", Reducer.SIMILARITY, Window(format="f32"))
        np.testing.assert_array_equal(numbers_of(made), values)
    asked = {"matrix": "whole", "row": 1, "column": 5, "order": "en,de"}
    cell = api.get(f"/results/{key}/cell", params=asked).json()
    assert (cell["row_label"], cell["column_label"]) == ("en line 3", "de line 4")
    assert cell["similarity"] == pytest.approx(float(moved[1, 5]))


def test_only_similarity_maps_have_an_order(api, atlas):
    asked = {"matrix": "0.mlp.up", "reducer": "density", "order": "en,de"}
    answer = api.get(f"/results/{atlas.keys['region']}/tile", params=asked)
    assert answer.status_code == 422 and answer.json()["code"] == "nothing_to_order"
    answer = api.get(f"/results/{atlas.keys['similarity']}/tile?matrix=whole&reducer=similarity&order=de")
    assert answer.status_code == 422 and answer.json()["code"] == "not_an_order"
