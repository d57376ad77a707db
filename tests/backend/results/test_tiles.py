"""Tiles against the naive loop, for every way a matrix is stored, odd shapes, partial blocks and windows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.contracts.problems import KnownError
from backend.contracts.vocabulary import Reducer
from backend.results import planes, pyramids
from backend.results.cache import ArrayCache
from backend.results.pyramids import Picture, Pyramids
from backend.results.service import ResultViews
from backend.results.subjects import WEIGHTS as WEIGHT_REDUCERS
from backend.results.tiles import Window, snapped, tile
from backend.wire import tile_values
from tests.backend.atlas_folder import IN_LAYERS, VIEWS


class Numbers:
    """A matrix in memory, as a plane."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = values
        self.shape = values.shape

    def read(self, rows: slice, columns: slice) -> np.ndarray:
        return self.values[rows, columns]


NAIVE = {
    Reducer.DENSITY: np.mean,
    Reducer.SIMILARITY: np.mean,
    Reducer.MEAN_WEIGHT: np.mean,
    Reducer.MAX_IMPORTANCE: np.max,
    Reducer.MAX_ABS_WEIGHT: lambda block: np.abs(block).max(),
    Reducer.SIGNED_MAX_WEIGHT: lambda block: max(block.ravel().tolist(), key=lambda value: (abs(value), value)),
}


def naive(values: np.ndarray, reducer: Reducer, header) -> np.ndarray:
    out = np.empty((header.height, header.width), np.float32)
    for i, j in np.ndindex(out.shape):
        row, column = header.row_start + i * header.row_block, header.column_start + j * header.column_block
        out[i, j] = NAIVE[reducer](values[row : row + header.row_block, column : column + header.column_block])
    return out


def numbers_of(made) -> np.ndarray:
    return np.frombuffer(made.content, "<f4").reshape(made.header.height, made.header.width)


def plane_values(values: np.ndarray) -> np.ndarray:
    return values.reshape(1, -1) if values.ndim == 1 else values


@pytest.fixture
def views(atlas) -> ResultViews:
    return ResultViews(atlas.store, atlas.models, atlas.layout.pyramids)


@pytest.mark.parametrize("name", [view.name for view in VIEWS])
@pytest.mark.parametrize("reducer", WEIGHT_REDUCERS)
def test_weights_however_stored_equal_the_naive_reduction(atlas, views, name, reducer):
    subject, values = views.of_model("tiny"), plane_values(atlas.weights[name])
    for window in (Window(format="f32"), Window(max_rows=3, max_columns=5, format="f32")):
        made = views.tile(subject, name, reducer, window)
        np.testing.assert_allclose(numbers_of(made), naive(values, reducer, made.header), rtol=1e-6, atol=1e-7)
        assert made.header.exact == (window.max_rows == 512)


@pytest.mark.parametrize("name", [view.name for view in IN_LAYERS])
def test_density_and_summed_importance_of_a_region(atlas, views, name):
    subject = views.of_result(atlas.keys["region"])
    importance = plane_values(atlas.scores["de"][name] + atlas.scores["en"][name])
    expected = {Reducer.DENSITY: plane_values(atlas.masks[name]), Reducer.MAX_IMPORTANCE: importance}
    for reducer, values in expected.items():
        made = views.tile(subject, name, reducer, Window(max_rows=3, max_columns=5, format="f32"))
        np.testing.assert_allclose(numbers_of(made), naive(values, reducer, made.header), rtol=1e-6)


def test_an_importance_result_shows_its_own_language(atlas, views):
    made = views.tile(views.of_result(atlas.keys["de"]), "0.mlp.up", Reducer.MAX_IMPORTANCE, Window(format="f32"))
    np.testing.assert_array_equal(numbers_of(made), atlas.scores["de"]["0.mlp.up"])


def test_a_similarity_map_has_fixed_colours(atlas, views):
    subject = views.of_result(atlas.keys["similarity"])
    made = views.tile(subject, "layer.0", Reducer.SIMILARITY, Window(format="f32"))
    np.testing.assert_array_equal(numbers_of(made), atlas.similarity[::-1])
    assert (made.header.low, made.header.high) == (0, 1)


@st.composite
def matrix_and_window(draw):
    rows, columns = draw(st.integers(1, 23)), draw(st.integers(1, 23))
    seed = draw(st.integers(0, 2**32 - 1))
    values = np.random.default_rng(seed).integers(-9, 10, (rows, columns)).astype(np.float32)
    row_start, column_start = draw(st.integers(0, rows - 1)), draw(st.integers(0, columns - 1))
    return values, Window(
        row_start,
        draw(st.integers(row_start + 1, rows)),
        column_start,
        draw(st.integers(column_start + 1, columns)),
        draw(st.integers(1, 9)),
        draw(st.integers(1, 9)),
        "f32",
    )


@pytest.fixture(scope="module")
def small_overviews(tmp_path_factory):
    """Overviews of tiny matrices too, so that coarse windows come from them and fine ones from the cells."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pyramids, "DIRECT_CELLS", 16)
        patch.setattr(pyramids, "SIDE", 5)
        patch.setattr(planes, "CHUNK_CELLS", 40)
        yield tmp_path_factory.mktemp("pyramids")


@given(matrix_and_window(), st.sampled_from(sorted(NAIVE)))
def test_any_window_of_any_matrix_equals_the_naive_reduction(small_overviews, case, reducer):
    values, window = case
    picture = Picture(values.tobytes().hex() + str(values.shape), "m", Numbers(values), reducer)
    made = tile(Pyramids(small_overviews, ArrayCache()), picture, window)
    header = made.header
    np.testing.assert_allclose(numbers_of(made), naive(values, reducer, header), rtol=1e-5, atol=1e-6)
    assert header.height <= window.max_rows and header.width <= window.max_columns
    assert header.row_start <= window.row_start and header.column_start <= window.column_start
    assert header.row_start + header.height * header.row_block >= window.row_stop
    assert header.column_start + header.width * header.column_block >= window.column_stop


@given(matrix_and_window(), st.sampled_from([r for r in sorted(NAIVE) if "max" in r]))
def test_maxima_lose_at_most_half_a_step_to_the_screen(small_overviews, case, reducer):
    values, window = case
    values = np.abs(values) if reducer is Reducer.MAX_IMPORTANCE else values
    picture = Picture(values.tobytes().hex() + str(values.shape), "m", Numbers(values), reducer)
    store = Pyramids(small_overviews, ArrayCache())
    exact, coarse = tile(store, picture, window), tile(store, picture, window._replace(format="u8"))
    step = (coarse.header.high - coarse.header.low) / 255
    shown = coarse.header.low + np.frombuffer(coarse.content, np.uint8) * step
    assert np.abs(shown - numbers_of(exact).ravel()).max() <= step / 2 + 1e-6


@given(matrix_and_window())
def test_a_byte_of_a_log_scale_is_within_half_a_step(small_overviews, case):
    values, window = case
    values = np.abs(values) * np.float32(10) ** -np.arange(values.shape[1], dtype=np.float32)
    picture = Picture(values.tobytes().hex() + str(values.shape) + "log", "m", Numbers(values), Reducer.MAX_IMPORTANCE)
    store = Pyramids(small_overviews, ArrayCache())
    exact, made = tile(store, picture, window), tile(store, picture, window._replace(format="l8"))
    told, shown = numbers_of(exact), tile_values(made.content, made.header)
    counts = told >= made.header.low * 1.0001
    step = (made.header.high / made.header.low) ** (1 / 254)
    np.testing.assert_array_less(np.abs(np.log(shown[counts] / told[counts])), np.log(step) / 2 + 1e-3)
    assert not shown[told < made.header.low * 0.9999].any()


def test_colours_do_not_jump_while_panning(small_overviews):
    values = np.random.default_rng(1).standard_normal((40, 40)).astype(np.float32)
    store = Pyramids(small_overviews, ArrayCache())
    for reducer in NAIVE:
        picture = Picture("pan", "m", Numbers(np.abs(values) if "density" in reducer else values), reducer)
        windows = [Window(start, start + 16, 0, 16, 4, 4) for start in (0, 8, 16)]
        assert len({(tile(store, picture, w).header.low, tile(store, picture, w).header.high) for w in windows}) == 1


def test_broken_weights_are_shown_not_hidden(small_overviews):
    values = np.ones((4, 4), np.float32)
    values[1, 2] = np.nan
    picture = Picture("nan", "m", Numbers(values), Reducer.MAX_ABS_WEIGHT)
    made = tile(Pyramids(small_overviews, ArrayCache()), picture, Window(max_rows=2, max_columns=2, format="f32"))
    assert np.isnan(numbers_of(made)).sum() == 1
    assert made.header.high == 1


@pytest.mark.parametrize("start,stop", [(5, 5), (0, 13), (12, None), (7, 3)])
def test_a_window_outside_names_the_range(start, stop):
    with pytest.raises(KnownError) as caught:
        snapped("row", start, stop, 12, 512)
    problem = caught.value.problem
    assert problem.code == "window_out_of_range"
    assert "rows 0 to 12" in problem.detail
    assert problem.field in ("row_start", "row_stop")


def test_an_overview_is_kept_on_disk_and_made_again_when_it_is_cut_off(small_overviews, tmp_path):
    values = np.arange(400, dtype=np.float32).reshape(20, 20)
    picture = Picture("kept", "m", Numbers(values), Reducer.MAX_ABS_WEIGHT)
    first = tile(Pyramids(tmp_path, ArrayCache()), picture, Window(max_rows=4, max_columns=4, format="f32"))
    stored = list(tmp_path.glob("*.npy"))
    assert len(stored) == 1
    unread = picture._replace(plane=Numbers(np.zeros_like(values)))
    from_disk = tile(Pyramids(tmp_path, ArrayCache()), unread, Window(max_rows=4, max_columns=4, format="f32"))
    assert from_disk.content == first.content
    stored[0].write_bytes(stored[0].read_bytes()[:40])
    again = tile(Pyramids(tmp_path, ArrayCache()), picture, Window(max_rows=4, max_columns=4, format="f32"))
    assert again.content == first.content


def test_a_full_disk_costs_speed_not_the_picture(small_overviews, tmp_path):
    (tmp_path / "file").write_text("in the way")
    picture = Picture("full", "m", Numbers(np.ones((20, 20), np.float32)), Reducer.MEAN_WEIGHT)
    made = tile(Pyramids(tmp_path / "file", ArrayCache()), picture, Window(max_rows=4, max_columns=4, format="f32"))
    assert np.all(numbers_of(made) == 1)
