"""Differences and shared colours against the naive picture, for weights, importances and regions, through the API."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from backend.artifacts.models import fingerprint
from backend.client import Client
from backend.contracts.problems import KnownError
from backend.results import compare, planes, pyramids
from backend.settings import Settings
from tests.backend.atlas_folder import AtlasFolder, write_safetensors
from tests.backend.servers import running_api

TWIN = "twin"


@pytest.fixture
def twin(atlas: AtlasFolder) -> dict[str, np.ndarray]:
    """A second model of the same shape with other numbers; gives its canonical matrices."""
    entry = atlas.models.named("tiny")
    rng = np.random.default_rng(9)
    folder = atlas.layout.root / "twin"
    folder.mkdir()
    names = [view.name for view in entry.matrices]
    values = {view.name: rng.standard_normal(view.shape).astype(np.float32) for view in entry.matrices}
    write_safetensors(folder / "model.safetensors", {name: ("F32", values[name]) for name in names})
    plain = {"dtype": "F32", "fold": None, "axis": 0, "pick": 0, "transposed": False}
    views = tuple(view.model_copy(update={"tensor": view.name, **plain}) for view in entry.matrices)
    changes = {"name": TWIN, "folder": str(folder), "weights_hash": "c" * 64, "matrices": views}
    atlas.models.save(entry.model_copy(update=changes | {"fingerprint": fingerprint(folder)}))
    return values


@pytest.fixture
def client(settings: Settings) -> Iterator[Client]:
    with running_api(settings) as url, Client(url) as client:
        yield client


def extreme(block: np.ndarray) -> float:
    return max(block.ravel().tolist(), key=lambda value: (abs(value), value))


def flat(values: np.ndarray) -> np.ndarray:
    return values.reshape(1, -1) if values.ndim == 1 else values


@pytest.mark.parametrize("matrix", ["0.attn.q", "0.mlp.up", "0.mlp.down", "0.norm.input"])
def test_the_difference_of_two_models_is_left_minus_right(client, atlas, twin, matrix) -> None:
    values, header = client.difference_tile("tiny", TWIN, matrix=matrix, reducer="signed_max_weight")
    assert np.allclose(values, flat(atlas.weights[matrix]) - flat(twin[matrix]), atol=1e-6)
    assert header.exact and header.low == -header.high
    back, _ = client.difference_tile(TWIN, "tiny", matrix=matrix, reducer="max_abs_weight")
    assert np.allclose(back, -values, atol=1e-6)


@pytest.mark.parametrize("direct", [2**20, 4])
def test_a_pixel_shows_the_largest_or_the_mean_change_below_it(client, atlas, twin, monkeypatch, direct) -> None:
    monkeypatch.setattr(pyramids, "DIRECT_CELLS", direct)  # with overviews and without
    monkeypatch.setattr(pyramids, "SIDE", 8)
    monkeypatch.setattr(planes, "CHUNK_CELLS", 16)
    change = atlas.weights["0.mlp.up"] - twin["0.mlp.up"]
    for reducer, naive in (("signed_max_weight", extreme), ("mean_weight", np.mean)):
        found, header = client.difference_tile(
            "tiny", TWIN, matrix="0.mlp.up", reducer=reducer, max_rows=5, max_columns=3
        )
        blocks = [[naive(change[2 * i : 2 * i + 2, 4 * j : 4 * j + 4]) for j in range(3)] for i in range(5)]
        assert (header.row_block, header.column_block) == (2, 4)
        assert np.allclose(found, blocks, atol=1e-6)


@pytest.mark.parametrize("direct", [2**20, 4])
def test_the_tiles_of_one_gesture_are_those_asked_one_by_one(client, atlas, twin, monkeypatch, direct) -> None:
    monkeypatch.setattr(pyramids, "DIRECT_CELLS", direct)
    monkeypatch.setattr(pyramids, "SIDE", 8)
    monkeypatch.setattr(planes, "CHUNK_CELLS", 16)
    matrix, subjects = "0.mlp.up", ["tiny", TWIN]
    asked = {"matrix": matrix, "max_rows": 5, "max_columns": 3}
    for reducer in ("signed_max_weight", "mean_weight", "max_abs_weight"):
        for window in ({}, {"rows": (2, 9), "columns": (1, 12)}):
            found, told = client.compared_tiles(subjects, [(0,), (1,), (1, 0)], reducer=reducer, **asked, **window)
            rows, columns = window.get("rows", (0, None)), window.get("columns", (0, None))
            span = {"row_start": rows[0], "row_stop": rows[1], "column_start": columns[0], "column_stop": columns[1]}
            alone = [client.tile(model=name, reducer=reducer, **asked, **span) for name in subjects]
            alone.append(client.difference_tile(TWIN, "tiny", reducer=reducer, **asked, **window))
            for values, header, (naive, told_alone) in zip(found, told.tiles, alone, strict=True):
                assert header == told_alone and np.array_equal(values, naive)
            level = {"row_block": told.tiles[0].row_block, "column_block": told.tiles[0].column_block}
            assert told.scale == client.shared_scale(subjects, matrix=matrix, reducer=reducer, **level)


def test_every_subject_of_a_gesture_is_read_once(client, atlas, twin, monkeypatch) -> None:
    read, original = [], planes.WeightPlane.read
    monkeypatch.setattr(planes.WeightPlane, "read", lambda plane, *at: read.append(plane) or original(plane, *at))
    window = {"rows": (0, 8), "columns": (0, 8)}
    asked = {"matrix": "0.mlp.up", "reducer": "signed_max_weight"}
    client.compared_tiles(["tiny", TWIN], [(0,), (1,), (1, 0), (0, 1)], **asked, **window)  # ranges are kept
    read.clear()
    client.compared_tiles(["tiny", TWIN], [(0,), (1,), (1, 0), (0, 1)], **asked, **window)
    assert len(read) == 2


def test_pictures_that_nobody_has_are_refused(client, atlas, twin) -> None:
    asked = {"matrix": "0.attn.q", "reducer": "mean_weight"}
    for pictures in ([], [(2,)], [(0, 2)], [(0, 1, 0)]):
        with pytest.raises(KnownError) as refused:
            client.compared_tiles(["tiny", TWIN], pictures, **asked)
        assert refused.value.problem.code == "bad_pictures"
    entry = atlas.models.named(TWIN)
    cut = entry.matrices[0].model_copy(update={"shape": (4, 12)})
    atlas.models.save(entry.model_copy(update={"matrices": (cut, *entry.matrices[1:])}))
    with pytest.raises(KnownError, match="is not the same part of them"):
        client.compared_tiles(["tiny", TWIN], [(0,), (1,)], **asked)


def test_importances_and_regions_are_subtracted_too(client, atlas) -> None:
    de, en = atlas.keys["de"], atlas.keys["en"]
    found, header = client.difference_tile(de, en, matrix="0.attn.k", reducer="max_importance")
    assert np.allclose(found, atlas.scores["de"]["0.attn.k"] - atlas.scores["en"]["0.attn.k"], atol=1e-6)
    assert header.reducer == "signed_difference"
    region = atlas.keys["region"]
    nothing, header = client.difference_tile(region, region, matrix="0.attn.k", reducer="density")
    assert not nothing.any() and header.reducer == "mean_difference"


def test_one_scale_holds_every_subject(client, atlas, twin) -> None:
    scale = client.shared_scale(["tiny", TWIN], matrix="0.attn.q", reducer="signed_max_weight")
    alone = [client.shared_scale([name], matrix="0.attn.q", reducer="signed_max_weight") for name in ("tiny", TWIN)]
    assert scale.low == -scale.high and scale.n_subjects == 2
    assert scale.high == max(one.high for one in alone)
    largest = max(np.abs(atlas.weights["0.attn.q"]).max(), np.abs(twin["0.attn.q"]).max())
    assert 0.8 * largest < scale.high <= largest
    density = client.shared_scale([atlas.keys["region"]], matrix="0.attn.q", reducer="density", row_block=4)
    assert density.low == 0.0 and 0 < density.high <= 1
    logarithmic = client.shared_scale([atlas.keys["de"]], matrix="0.attn.q", reducer="max_importance")
    assert 0 < logarithmic.low < logarithmic.high


def test_a_quantile_leaves_outliers_out_and_nothing_is_not_a_range() -> None:
    values = np.linspace(0, 1, 10_001, dtype=np.float32)
    low, high = compare._quantiles(np.append(values, 1000), compare.Reducer.MAX_ABS_WEIGHT)
    assert high == pytest.approx(0.999, abs=1e-3) and low == pytest.approx(0.001, abs=1e-3)
    assert compare._quantiles(np.zeros(5, np.float32), compare.Reducer.SIGNED_DIFFERENCE) == (-1.0, 1.0)
    assert compare._quantiles(np.zeros(0, np.float32), compare.Reducer.MAX_IMPORTANCE) == (1e-6, 1.0)


def test_what_cannot_be_compared_is_said(client, atlas, twin) -> None:
    entry = atlas.models.named(TWIN)
    cut = entry.matrices[0].model_copy(update={"shape": (4, 12)})
    atlas.models.save(entry.model_copy(update={"matrices": (cut, *entry.matrices[1:])}))
    for given, code in (
        ({"left": "tiny", "right": TWIN, "matrix": "0.attn.q", "reducer": "mean_weight"}, "shapes_differ"),
        ({"left": "tiny", "right": "nobody", "matrix": "0.attn.q", "reducer": "mean_weight"}, "unknown_model"),
        ({"left": "tiny", "right": TWIN, "matrix": "9.attn.q", "reducer": "mean_weight"}, "unknown_matrix"),
        ({"left": "tiny", "right": TWIN, "matrix": "0.attn.k", "reducer": "density"}, "unknown_reducer"),
        (dict.fromkeys(("left", "right"), atlas.keys["similarity"]) | {"matrix": "whole", "reducer": "similarity"},
         "not_comparable"),
    ):  # fmt: skip
        with pytest.raises(KnownError) as refused:
            client.difference_tile(**given)
        assert refused.value.problem.code == code
    with pytest.raises(KnownError, match="0 subjects"):
        client.shared_scale([], matrix="0.attn.q", reducer="density")


def test_a_browser_keeps_a_difference_until_a_model_changes(api, atlas, twin) -> None:
    asked = {"left": "tiny", "right": TWIN, "matrix": "0.attn.q", "reducer": "mean_weight"}
    first = api.get("/compare/tile", params=asked)
    assert first.headers["Cache-Control"] == "private, no-cache"
    again = api.get("/compare/tile", params=asked, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("matrix", ["0.mlp.up", "0.norm.input"])
def test_profiles_of_a_difference_say_which_rows_and_columns_moved(client, atlas, twin, matrix) -> None:
    change = np.atleast_2d(atlas.weights[matrix] - twin[matrix])
    found = client.difference_marginals("tiny", TWIN, matrix=matrix, reducer="signed_max_weight")
    by_axis = [np.sqrt((change**2).sum(axis=axis)) for axis in ((0,) if matrix == "0.norm.input" else (1, 0))]
    for profile, naive in zip(found.profiles, by_axis, strict=True):
        assert np.allclose(profile.values, naive, rtol=1e-5) and profile.measure == "L2 norm of the change"
        assert profile.top[0].index == int(naive.argmax())


def test_profiles_of_two_regions_count_what_only_one_holds(client, atlas) -> None:
    region = atlas.keys["region"]
    found = client.difference_marginals(region, region, matrix="0.attn.k", reducer="density")
    assert not any(found.profiles[0].values) and found.profiles[0].measure == "parameters that only one holds"


def test_one_cell_is_read_in_every_model_or_said_to_be_missing(client, atlas, twin) -> None:
    asked = {"matrix": "0.mlp.up", "reducer": "signed_max_weight"}
    here, there = client.compared_cell(["tiny", TWIN], **asked, row=1, column=2).cells
    assert here.cell.weight == pytest.approx(atlas.weights["0.mlp.up"][1, 2])
    assert there.cell.weight == pytest.approx(twin["0.mlp.up"][1, 2])
    change = np.abs(twin["0.mlp.up"] - atlas.weights["0.mlp.up"])[:4, :4]
    found = client.compared_cell(
        ["tiny", TWIN], **asked, row=0, column=0, row_stop=4, column_stop=4, of=TWIN, minus="tiny"
    )
    assert (found.row, found.column) == np.unravel_index(change.argmax(), change.shape)
    entry = atlas.models.named(TWIN)
    atlas.models.save(entry.model_copy(update={"matrices": entry.matrices[:1]}))
    here, there = client.compared_cell(["tiny", TWIN], **asked, row=1, column=2).cells
    assert here.cell and there.cell is None and "0.mlp.up" in there.reason
    with pytest.raises(KnownError) as refused:
        client.compared_cell(["tiny"], **asked, row=1, column=2, of="nobody")
    assert refused.value.problem.code == "unknown_subject"


def test_a_vector_is_clicked_as_the_row_it_is_painted_as(client, twin) -> None:
    found = client.compared_cell(
        ["tiny", TWIN], matrix="0.norm.input", reducer="signed_max_weight", row=0, column=1, column_stop=4,
        row_stop=1, of=TWIN, minus="tiny",
    )  # fmt: skip
    assert found.column == 0 and 1 <= found.row < 4
