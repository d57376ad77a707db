"""Uploads, overlaps, previews, exports and pictures of regions that real handlers made, through the API."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load, load_file
from starlette.testclient import TestClient

from backend.app import create_app
from backend.artifacts.layout import Layout
from backend.client import Client
from backend.contracts.problems import KnownError
from backend.contracts.regions import (
    CombinedRegionRequest,
    Complement,
    Difference,
    Expression,
    ImportRegionRequest,
    Intersection,
    RankedLeaf,
    RegionRequest,
    Union_,
)
from backend.contracts.requests import ImportanceRequest, Lines, RegionSpec, Request, ScoreSpec
from backend.contracts.results import ExpressionPreview, Overlap, OverlapByMatrix
from backend.contracts.vocabulary import Scope, Selection
from backend.settings import Settings
from tests.backend.servers import running_api
from tests.workers.handlers.shop import Shop


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return Shop(tmp_path_factory.mktemp("regions"))


@pytest.fixture(scope="module")
def api(shop: Shop, redis_url: str) -> Iterator[TestClient]:
    settings = Settings(redis_url=redis_url, layout=Layout(shop.context.layout.root), max_import_bytes=100_000)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


def drawn(shop: Shop, seed: int, fraction: float = 0.3, **changes: object) -> RankedLeaf:
    spec = {"scores": ScoreSpec(model=shop.model), "languages": ("de",), "fraction": fraction, **changes}
    region = RegionRequest(region=RegionSpec.model_validate(spec), selection=Selection.RANDOM, seed=seed)
    return RankedLeaf(region=region)


def stored(shop: Shop, request: Request) -> str:
    if not shop.context.store.has(shop.key(request)):
        shop.answer(request)
    return shop.key(request)


def cells(shop: Shop, key: str) -> set[tuple[str, int]]:
    masks = load_file(shop.context.store.path(key) / "mask.safetensors")
    return {(name, int(cell)) for name, bits in masks.items() for cell in np.flatnonzero(np.unpackbits(bits))}


def test_overlap_is_that_of_sets(shop: Shop, api: TestClient) -> None:
    keys = [stored(shop, drawn(shop, seed, scope=Scope.GLOBAL).region) for seed in (1, 2)]
    keys.append(stored(shop, CombinedRegionRequest(expression=Union_(of=(drawn(shop, 1), drawn(shop, 3))))))
    found = Overlap.model_validate_json(api.get("/overlap", params={"keys": ",".join(keys)}).content)
    sets = [cells(shop, key) for key in keys]
    assert found.keys == tuple(keys) and found.sizes == tuple(map(len, sets))
    assert found.labels[:2] == ("random 30 % de [seed 1, global]", "random 30 % de [seed 2, global]")
    for i, left in enumerate(sets):
        for j, right in enumerate(sets):
            assert found.shared[i][j] == len(left & right)
            assert found.jaccard[i][j] == pytest.approx(len(left & right) / len(left | right))
    assert found.expected[0][1] == pytest.approx(found.jaccard[0][1], abs=0.02)  # both are random
    assert found.jaccard[0][0] == 1


def test_overlap_by_matrix_adds_up(shop: Shop, api: TestClient) -> None:
    left, right = (stored(shop, drawn(shop, seed).region) for seed in (1, 2))
    params = {"left": left, "right": right}
    found = OverlapByMatrix.model_validate_json(api.get("/overlap/matrices", params=params).content)
    assert sum(one.shared for one in found.matrices) == len(cells(shop, left) & cells(shop, right))
    by_name = {one.matrix: one for one in found.matrices}
    assert (by_name["1.mlp.up"].layer, by_name["1.mlp.up"].kind, by_name["1.mlp.up"].total) == (1, "mlp.up", 48 * 32)


def test_a_matrix_of_one_region_alone_has_nothing_in_common(shop: Shop, api: TestClient) -> None:
    inside = stored(shop, drawn(shop, 1).region)
    outside = stored(shop, drawn(shop, 1, scores=ScoreSpec(model=shop.model, outside_layers=True)).region)
    params = {"left": inside, "right": outside}
    found = OverlapByMatrix.model_validate_json(api.get("/overlap/matrices", params=params).content)
    head = next(one for one in found.matrices if one.matrix == "embed.token")
    assert (head.left, head.shared, head.layer) == (0, 0, None) and head.right > 0


def test_what_cannot_be_compared_says_so(shop: Shop, api: TestClient) -> None:
    opened = api.get("/results", params={"kind": "open_model"}).json()["results"][0]["key"]
    assert api.get("/overlap", params={"keys": opened}).json()["code"] == "no_region"
    assert api.get("/overlap", params={"keys": "0" * 20}).json()["code"] == "unknown_key"
    assert api.get("/overlap", params={"keys": " , "}).json()["code"] == "bad_keys"


def preview(api: TestClient, expression: Expression) -> ExpressionPreview:
    answer = api.post("/regions/preview", json=expression.model_dump(mode="json"))
    assert answer.status_code == 200, answer.text
    return ExpressionPreview.model_validate_json(answer.content)


def test_a_preview_is_what_the_region_becomes(shop: Shop, api: TestClient) -> None:
    a, b, c = (drawn(shop, seed) for seed in (11, 12, 13))
    for leaf in (a, b, c):
        stored(shop, leaf.region)
    for expression in (Difference(of=(a, b, c)), Union_(of=(a, Complement(of=Intersection(of=(b, c)))))):
        before = preview(api, expression)
        assert not before.stored and all(leaf.stored for leaf in before.leaves)
        key = stored(shop, CombinedRegionRequest(expression=expression, title="a title changes no key"))
        assert before.key == key and before.n_selected == len(cells(shop, key))
        after = preview(api, expression)
        assert after.stored and after.model_copy(update={"stored": False}) == before
        sizes = [len(cells(shop, leaf.key) & cells(shop, key)) for leaf in before.leaves]
        assert before.overlap and list(before.overlap.shared[-1]) == [*sizes, before.n_selected]
        assert before.overlap.labels[-1] == before.formula
        whole = api.get("/overlap", params={"keys": ",".join(before.overlap.keys)}).json()
        assert whole["shared"] == [list(row) for row in before.overlap.shared]


def test_a_preview_names_the_leaves_that_are_missing(shop: Shop, api: TestClient) -> None:
    stored(shop, drawn(shop, 1).region)
    found = preview(api, Union_(of=(drawn(shop, 1), drawn(shop, 77))))
    assert [(leaf.label, leaf.stored) for leaf in found.leaves] == [
        ("random 30 % de [seed 1]", True), ("random 30 % de [seed 77]", False)
    ]  # fmt: skip
    assert (found.n_selected, found.overlap, found.leaves[1].n_selected) == (None, None, None)
    assert found.n_total == shop.context.store.manifest(found.leaves[0].key).summary.n_total


def test_an_expression_over_two_models_is_refused(shop: Shop, api: TestClient) -> None:
    other = drawn(shop, 1, scores=ScoreSpec(model="other"))
    problem = api.post("/regions/preview", json=Union_(of=(drawn(shop, 1), other)).model_dump(mode="json")).json()
    assert (problem["code"], problem["status"]) == ("bad_expression", 422)
    assert "one model" in problem["detail"]


@pytest.mark.parametrize("bits", ["packed", "bool"])
def test_an_export_comes_back_bit_by_bit(shop: Shop, api: TestClient, bits: str) -> None:
    key = stored(shop, drawn(shop, 5, 0.1).region)
    sent = api.get(f"/results/{key}/region.safetensors", params={"bits": bits})
    assert sent.headers["content-length"] == str(len(sent.content))
    n_header = int.from_bytes(sent.content[:8], "little")
    told = json.loads(sent.content[8 : 8 + n_header])["__metadata__"]
    assert told["formula"] == "random 10 % de [seed 5]" and told["key"] == key
    assert json.loads(told["shapes"])["1.mlp.up"] == [48, 32]
    assert told["weights_hash"] == shop.context.models.named(shop.model).weights_hash
    assert load(sent.content)["1.mlp.up"].dtype == (np.uint8 if bits == "packed" else np.bool_)
    kept = api.post("/imports", content=sent.content).json()
    assert (kept["form"], kept["size_bytes"]) == ("masks", len(sent.content))
    again = stored(shop, ImportRegionRequest(model=shop.model, title="again", file=kept["sha256"]))
    files = [shop.context.store.path(one) / "mask.safetensors" for one in (key, again)]
    before, after = map(load_file, files)
    assert before.keys() == after.keys()
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_an_upload_whose_lists_mean_two_things_is_asked_about(api: TestClient) -> None:
    triples = api.post("/imports", content=b"[[0, 1, 2]]").json()
    assert triples["code"] == "ambiguous_import" and "form=coordinates" in triples["hint"]
    assert api.post("/imports?form=coordinates", content=b"[[0, 1, 2]]").json()["form"] == "coordinates"
    assert api.post("/imports?form=neurons", content=b"[[0, 1, 2]]").json()["form"] == "neurons"
    assert api.post("/imports?form=rows", content=b"[[0, 1, 2]]").status_code == 422


def test_uploads_are_named_by_content_and_refused_with_a_reason(shop: Shop, api: TestClient) -> None:
    content = json.dumps({"0": [1, 2]}).encode()
    first, second = (api.post("/imports", content=content).json() for _ in range(2))
    assert first == second and first["form"] == "neurons"
    before = sorted(path.name for path in shop.context.layout.imports.iterdir())
    assert api.post("/imports", content=pickle.dumps([1])).json()["code"] == "pickle_refused"
    assert api.post("/imports", content=b"").json()["code"] == "empty_import"
    too_large = api.post("/imports", content=iter([b"[" * 60_000, b"[" * 60_000]))
    assert (too_large.status_code, too_large.json()["code"]) == (413, "body_too_large")
    assert sorted(path.name for path in shop.context.layout.imports.iterdir()) == before


@pytest.mark.parametrize("kind", ["region", "combined_region", "import_region"])
def test_every_kind_of_region_shows_in_the_atlas(shop: Shop, api: TestClient, kind: str) -> None:
    leaf = drawn(shop, 21)
    sha256 = api.post("/imports", content=json.dumps({"1": [3]}).encode()).json()["sha256"]
    request: Request = {
        "region": leaf.region,
        "combined_region": CombinedRegionRequest(expression=Difference(of=(leaf, drawn(shop, 22)))),
        "import_region": ImportRegionRequest(model=shop.model, title="one neuron", file=sha256),
    }[kind]
    key = stored(shop, request)
    mask = {(name, cell) for name, cell in cells(shop, key) if name == "1.mlp.down"}
    _, cell = min(mask)
    row, column = divmod(cell, 48)
    of = {"matrix": "1.mlp.down", "reducer": "density"}
    place = {"matrix": "1.mlp.down", "row": row, "column": column}
    assert api.get(f"/results/{key}/cell", params=place).json()["in_region"] is True
    tile = api.get(f"/results/{key}/tile", params={**of, "format": "f32"})
    assert np.frombuffer(tile.content, "<f4").sum() == len(mask)
    profiles = api.get(f"/results/{key}/marginals", params=of).json()["profiles"]
    assert sum(profiles[0]["values"]) == len(mask)
    grid = api.get(f"/results/{key}/grid", params={"reducer": "density"}).json()["tiles"]
    assert {one["matrix"]: one["density"] for one in grid}["1.mlp.down"] == pytest.approx(len(mask) / (32 * 48))
    assert key in [row["key"] for row in api.get("/results", params={"kind": kind}).json()["results"]]


def test_a_region_of_a_snapshot_shows_the_scores_of_that_snapshot(shop: Shop, api: TestClient) -> None:
    scores = ScoreSpec(model=shop.model, lines=Lines(corpus="small", start=0, stop=4), snapshots=(2,))
    spec = RegionSpec(scores=scores, languages=("de",), fraction=0.1, snapshot=2)
    scored = ImportanceRequest(scores=scores, language="de")
    key, of_scores = stored(shop, RegionRequest(region=spec)), stored(shop, scored)
    file = shop.context.store.path(of_scores) / "scores-2.safetensors"
    cell = api.get(f"/results/{key}/cell", params={"matrix": "0.mlp.up", "row": 3, "column": 5}).json()
    assert cell["importance"] == pytest.approx(float(load_file(file)["0.mlp.up"][3, 5]))


def test_the_client_knows_every_route(shop: Shop, redis_url: str, tmp_path: Path) -> None:
    settings = Settings(redis_url=redis_url, layout=Layout(shop.context.layout.root))
    keys = [stored(shop, drawn(shop, seed).region) for seed in (1, 2)]
    with running_api(settings) as url, Client(url) as client:
        assert client.overlap(keys).keys == tuple(keys)
        by_matrix = client.overlap_by_matrix(*keys)
        assert sum(one.shared for one in by_matrix.matrices) == client.overlap(keys).shared[0][1]
        assert client.preview(Union_(of=(drawn(shop, 1), drawn(shop, 2)))).n_selected == len(
            cells(shop, keys[0]) | cells(shop, keys[1])
        )
        content = client.region_file(keys[0], "bool")
        (tmp_path / "region.safetensors").write_bytes(content)
        assert client.upload(tmp_path / "region.safetensors") == client.upload(content)
        with pytest.raises(KnownError) as caught:
            client.upload(pickle.dumps([1]))
        assert caught.value.problem.code == "pickle_refused"
