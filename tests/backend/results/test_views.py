"""Marginals, cells, grids, manifests, files and deletion over HTTP, against the numbers that were written."""

from __future__ import annotations

import base64
import json

import numpy as np
import pytest

from backend.contracts.problems import KnownError
from backend.contracts.requests import RegionRequest
from backend.contracts.vocabulary import Selection
from backend.results.arrays import tensors
from tests.backend.atlas_folder import IN_LAYERS, REGION, VIEWS, put


def ok(response):
    assert response.status_code == 200, response.text
    return response.json()


def test_a_tile_travels_as_bytes_with_its_header(api, atlas):
    params = {"matrix": "0.attn.q", "reducer": "signed_max_weight", "format": "f32", "row_start": 2, "row_stop": 5}
    response = api.get(f"/results/{atlas.keys['opened']}/tile", params=params)
    header = json.loads(response.headers["X-Tile"])
    assert response.headers["content-type"] == "application/octet-stream"
    assert (header["height"], header["width"], header["row_start"], header["exact"]) == (3, 12, 2, True)
    shown = np.frombuffer(response.content, "<f4").reshape(3, 12)
    np.testing.assert_array_equal(shown, atlas.weights["0.attn.q"][2:5])


def test_a_browser_asks_for_the_same_tile_once(api, atlas):
    for path, caching in ((f"/results/{atlas.keys['region']}", "immutable"), ("/models/tiny", "no-cache")):
        params = {"matrix": "0.attn.q", "reducer": "mean_weight"}
        first = api.get(f"{path}/tile", params=params)
        assert caching in first.headers["cache-control"]
        known = {"If-None-Match": first.headers["etag"]}
        assert api.get(f"{path}/tile", params=params, headers=known).status_code == 304
        assert api.get(f"{path}/tile", params=params | {"max_rows": 4}, headers=known).status_code == 200
        assert api.get(f"{path}/grid?reducer=mean_weight", headers=known).status_code == 200


@pytest.mark.parametrize(
    "key,reducer,held",
    [
        ("region", "density", lambda atlas, name, axis: atlas.masks[name].sum(axis)),
        (
            "region",
            "max_importance",
            lambda atlas, name, axis: (atlas.scores["de"][name] + atlas.scores["en"][name]).sum(axis),
        ),
        ("opened", "mean_weight", lambda atlas, name, axis: np.linalg.norm(atlas.weights[name], axis=axis)),
    ],
)
def test_marginals_of_both_sides(api, atlas, key, reducer, held):
    params = {"matrix": "0.attn.q", "reducer": reducer}
    rows, columns = ok(api.get(f"/results/{atlas.keys[key]}/marginals", params=params))["profiles"]
    assert (rows["side"], columns["side"], rows["size"], columns["size"]) == ("head", "residual", 8, 12)
    np.testing.assert_allclose(rows["values"], held(atlas, "0.attn.q", 1), rtol=1e-5)
    np.testing.assert_allclose(columns["values"], held(atlas, "0.attn.q", 0), rtol=1e-5)
    best = rows["top"][0]
    assert best["index"] == int(np.argmax(rows["values"]))
    assert best["label"] == f"head {best['index'] // 4} channel {best['index'] % 4}"


def test_a_vector_has_one_profile(api, atlas):
    params = {"matrix": "0.norm.input", "reducer": "max_abs_weight"}
    (profile,) = ok(api.get("/models/tiny/marginals", params=params))["profiles"]
    np.testing.assert_allclose(profile["values"], np.abs(atlas.weights["0.norm.input"]), rtol=1e-6)
    assert profile["top"][0]["label"].startswith("residual dimension ")


def test_a_cell_says_all_that_is_known(api, atlas):
    params = {"matrix": "0.mlp.up", "row": 7, "column": 3}
    cell = ok(api.get(f"/results/{atlas.keys['region']}/cell", params=params))
    assert cell["weight"] == pytest.approx(atlas.weights["0.mlp.up"][7, 3])
    assert cell["importance"] == pytest.approx(
        atlas.scores["de"]["0.mlp.up"][7, 3] + atlas.scores["en"]["0.mlp.up"][7, 3]
    )
    assert cell["in_region"] is bool(atlas.masks["0.mlp.up"][7, 3])
    assert (cell["row_label"], cell["column_label"]) == ("neuron 7", "residual dimension 3")
    bare = ok(api.get("/models/tiny/cell", params=params))
    assert (bare["importance"], bare["in_region"]) == (None, None)


@pytest.mark.parametrize("place", [{"row": 0, "column": 9}, {"row": 9, "column": 0}])
def test_a_vector_may_be_asked_as_shown_or_by_index(api, atlas, place):
    cell = ok(api.get("/models/tiny/cell", params={"matrix": "0.norm.input", **place}))
    assert (cell["row"], cell["column"], cell["row_label"]) == (9, 0, "residual dimension 9")
    assert cell["weight"] == pytest.approx(atlas.weights["0.norm.input"][9])


def test_a_block_gives_its_largest_cell(api, atlas):
    block = {"matrix": "0.mlp.down", "row": 2, "column": 1, "row_stop": 9, "column_stop": 8}
    values = np.abs(atlas.weights["0.mlp.down"][2:9, 1:8])
    row, column = np.unravel_index(values.argmax(), values.shape)
    cell = ok(api.get(f"/results/{atlas.keys['region']}/cell", params=block | {"reducer": "max_abs_weight"}))
    assert (cell["row"], cell["column"]) == (2 + row, 1 + column)
    total = (atlas.scores["de"]["0.mlp.down"] + atlas.scores["en"]["0.mlp.down"])[2:9, 1:8]
    chosen = ok(api.get(f"/results/{atlas.keys['region']}/cell", params=block | {"reducer": "density"}))
    selected = atlas.masks["0.mlp.down"][2:9, 1:8]
    assert chosen["importance"] == pytest.approx(float((total * selected).max()))


def test_a_similarity_cell_names_both_sentences(api, atlas):
    cell = ok(api.get(f"/results/{atlas.keys['similarity']}/cell", params={"matrix": "whole", "row": 1, "column": 5}))
    assert (cell["row_label"], cell["column_label"]) == ("de line 3", "en line 4")
    assert cell["similarity"] == pytest.approx(float(atlas.similarity[1, 5]))


def test_the_grid_of_weights_compares_layers_of_one_kind(api, atlas):
    for _ in range(2):  # made, then from the kept file
        tiles = ok(api.get("/models/tiny/grid?reducer=max_abs_weight"))["tiles"]
        assert [tile["matrix"] for tile in tiles] == [view.name for view in VIEWS]
        for tile in tiles:
            shown = np.frombuffer(base64.b64decode(tile["data"]), np.uint8).reshape(tile["height"], tile["width"])
            values = np.abs(atlas.weights[tile["matrix"]]).reshape(shown.shape)
            expected = np.clip(values / tile["high"], 0, 1) * 255
            assert np.abs(shown - expected).max() <= 0.51


def test_the_grid_of_scores_has_what_was_scored(api, atlas):
    tiles = ok(api.get(f"/results/{atlas.keys['de']}/grid?reducer=max_importance"))["tiles"]
    assert [tile["matrix"] for tile in tiles] == [view.name for view in IN_LAYERS]


def test_the_grid_of_a_region_has_its_matrices_and_shares(api, atlas):
    tiles = ok(api.get(f"/results/{atlas.keys['region']}/grid?reducer=density"))["tiles"]
    assert [tile["matrix"] for tile in tiles] == [view.name for view in IN_LAYERS]
    for tile in tiles:
        mask = atlas.masks[tile["matrix"]]
        assert tile["density"] == pytest.approx(mask.mean())
        shown = np.frombuffer(base64.b64decode(tile["data"]), np.uint8)
        np.testing.assert_array_equal(shown > 0, mask.ravel())


def test_the_grid_of_a_similarity_result_has_every_layer(api, atlas):
    tiles = ok(api.get(f"/results/{atlas.keys['similarity']}/grid?reducer=similarity"))["tiles"]
    assert [(tile["matrix"], tile["layer"]) for tile in tiles] == [("whole", None), ("layer.0", 0)]


def problem_of(response, status: int, code: str) -> dict:
    problem = response.json()
    assert response.headers["content-type"] == "application/problem+json"
    assert (response.status_code, problem["status"], problem["code"]) == (status, status, code)
    return problem


def test_an_unknown_matrix_names_those_near_it(api):
    response = api.get("/models/tiny/tile", params={"matrix": "0.mlp.dwn", "reducer": "mean_weight"})
    assert "0.mlp.down" in problem_of(response, 404, "unknown_matrix")["detail"]


def test_a_reducer_the_result_lacks_names_those_it_has(api, atlas):
    response = api.get(f"/results/{atlas.keys['de']}/grid", params={"reducer": "density"})
    assert "max_importance" in problem_of(response, 422, "unknown_reducer")["detail"]


def test_a_random_region_has_no_importance(api, atlas):
    summary = atlas.store.manifest(atlas.keys["region"]).summary
    key = put(atlas.store, RegionRequest(region=REGION, selection=Selection.RANDOM), summary)
    problem = problem_of(api.get(f"/results/{key}/grid?reducer=max_importance"), 422, "unknown_reducer")
    assert "density" in problem["detail"] and "importance" not in problem["detail"].split("there are")[1]


def test_what_lies_outside_names_the_range(api):
    params = {"matrix": "0.attn.q", "reducer": "mean_weight", "row_start": 4, "row_stop": 99}
    assert (
        "rows 0 to 8" in problem_of(api.get("/models/tiny/tile", params=params), 422, "window_out_of_range")["detail"]
    )
    params = {"matrix": "0.attn.q", "row": 8, "column": 0}
    assert "rows 0 to 7" in problem_of(api.get("/models/tiny/cell", params=params), 422, "cell_out_of_range")["detail"]


def test_results_without_matrices_and_models_that_vanished(api, atlas):
    path = f"/results/{atlas.keys['removal']}/grid?reducer=density"
    problem_of(api.get(path), 422, "nothing_to_show")
    (atlas.layout.root / "weights").rename(atlas.layout.root / "moved")
    region = f"/results/{atlas.keys['region']}"
    problem_of(api.get(f"{region}/grid?reducer=mean_weight"), 409, "model_vanished")
    problem_of(api.get("/models/tiny/grid?reducer=mean_weight"), 409, "model_vanished")
    ok(api.get(f"{region}/grid?reducer=density"))  # the region itself is still there
    cell = ok(api.get(f"{region}/cell", params={"matrix": "0.attn.q", "row": 0, "column": 0}))
    assert cell["weight"] is None
    assert cell["importance"] is not None


def test_scores_that_were_deleted_give_a_clear_problem(api, atlas):
    assert api.delete(f"/results/{atlas.keys['en']}").status_code == 204
    params = {"matrix": "0.attn.q", "reducer": "max_importance"}
    problem = problem_of(api.get(f"/results/{atlas.keys['region']}/tile", params=params), 409, "file_vanished")
    assert atlas.keys["en"] in problem["detail"]


def test_a_file_that_was_cut_off_is_no_crash(api, atlas):
    path = atlas.store.path(atlas.keys["similarity"]) / "similarity.safetensors"
    path.write_bytes(path.read_bytes()[:-4])
    response = api.get(f"/results/{atlas.keys['similarity']}/tile?matrix=whole&reducer=similarity")
    assert "similarity.safetensors is" in problem_of(response, 409, "damaged_result")["detail"]
    other = atlas.layout.root / "other.safetensors"  # of a model: no manifest tells its size
    for content, word in ((path.read_bytes(), "cut off"), (bytes([17, *[0] * 7]) + b'{"whole": [1, 2]}', "header")):
        other.write_bytes(content)
        with pytest.raises(KnownError, match=word) as caught:
            tensors(other)
        assert caught.value.problem.code == "unreadable_file"


def test_results_are_listed_filtered_read_and_deleted(api, atlas):
    keys = {row["key"] for row in ok(api.get("/results"))["results"]}
    assert keys == set(atlas.keys.values())
    rows = ok(api.get("/results?kind=importance&model=tiny"))["results"]
    assert {row["key"] for row in rows} == {atlas.keys["de"], atlas.keys["en"]}
    assert ok(api.get("/results?model=other"))["results"] == []
    key = atlas.keys["similarity"]
    assert ok(api.get(f"/results/{key}"))["summary"]["kind"] == "similarity"
    assert api.delete(f"/results/{key}").status_code == 204
    problem_of(api.get(f"/results/{key}"), 404, "unknown_key")
    problem_of(api.delete(f"/results/{key}"), 404, "unknown_key")
    problem_of(api.get(f"/results/{key}/grid?reducer=similarity"), 404, "unknown_key")
    assert key not in {row["key"] for row in ok(api.get("/results"))["results"]}


def test_only_listed_files_are_given(api, atlas):
    key = atlas.keys["region"]
    given = api.get(f"/results/{key}/files/mask.safetensors")
    assert given.content == (atlas.store.path(key) / "mask.safetensors").read_bytes()
    assert "attachment" in given.headers["content-disposition"]
    assert api.get(f"/results/{key}/files/manifest.json").json()["key"] == key
    for name in ("passwd", "..%2F..%2Fweights%2Fmodel.safetensors", "%2e%2e"):
        assert api.get(f"/results/{key}/files/{name}").status_code == 404
