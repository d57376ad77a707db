"""Views of what the real handlers leave behind, on a tiny model of each way to store attention."""

from __future__ import annotations

import base64

import numpy as np
import pytest
from safetensors.torch import load_file

from backend.contracts.requests import ImportanceRequest, Lines, RegionRequest, RegionSpec, ScoreSpec
from backend.contracts.results import Manifest
from backend.contracts.specs import ALL_KINDS
from backend.contracts.vocabulary import Reducer
from backend.results import subjects
from backend.results.service import ResultViews
from backend.results.tiles import Window
from tests.workers.handlers.shop import Shop
from workers.families import family_of

ARCHITECTURES = ("llama", "gpt2", "gpt_neox", "bloom", "gemma3_text")


@pytest.fixture(scope="module", params=ARCHITECTURES)
def shop(request, tmp_path_factory) -> Shop:
    return Shop(tmp_path_factory.mktemp(request.param), request.param)


@pytest.fixture(scope="module")
def views(shop) -> ResultViews:
    return ResultViews(shop.context.store, shop.context.models, shop.context.layout.pyramids)


def shown(views: ResultViews, subject, matrix: str, reducer: Reducer) -> np.ndarray:
    made = views.tile(subject, matrix, reducer, Window(format="f32"))
    assert made.header.exact
    return np.frombuffer(made.content, "<f4").reshape(made.header.height, made.header.width)


def with_weights_hash(shop: Shop, key: str) -> Manifest:
    """The shop leaves out what the queue's task fills in."""
    manifest = shop.context.store.manifest(key)
    known = {"weights_hash": shop.context.models.named(shop.model).weights_hash}
    return manifest.model_copy(update={"provenance": manifest.provenance.model_copy(update=known)})


def test_every_matrix_is_shown_as_the_worker_sees_it(shop, views):
    held = shop.context.host.load(shop.model)
    parameters = dict(held.model.named_parameters())
    canonical = {
        view.name: view.canonical(parameters[view.tensor]).detach().float().numpy()
        for view in family_of(held.model.config).views(held.model.config)
    }
    subject = views.of_model(shop.model)
    assert set(subject.names(Reducer.MEAN_WEIGHT)) == set(canonical)
    for name, values in canonical.items():
        np.testing.assert_array_equal(
            shown(views, subject, name, Reducer.SIGNED_MAX_WEIGHT), values.reshape(-1, values.shape[-1])
        )


def test_a_region_is_shown_where_it_was_selected(shop, views):
    spec = ScoreSpec(model=shop.model, lines=Lines(corpus="small", start=0, stop=2))
    request = RegionRequest(region=RegionSpec(scores=spec, languages=("de", "fr"), fraction=0.05, kinds=ALL_KINDS))
    for language in request.region.languages:
        shop.answer(ImportanceRequest(scores=spec, language=language))
    shop.answer(request)
    subject = subjects.of_result(with_weights_hash(shop, shop.key(request)), shop.context.store, shop.context.models)
    stored = {
        language: load_file(
            shop.context.store.path(shop.key(ImportanceRequest(scores=spec, language=language))) / "scores.safetensors"
        )
        for language in ("de", "fr")
    }
    tiles = {tile.matrix: tile for tile in views.grid(subject, Reducer.DENSITY).tiles}
    assert list(tiles) == list(subject.names(Reducer.DENSITY))
    for name, tile in tiles.items():
        total = (stored["de"][name] + stored["fr"][name]).numpy()
        plane = total.reshape(-1, total.shape[-1])
        np.testing.assert_allclose(shown(views, subject, name, Reducer.MAX_IMPORTANCE), plane, rtol=1e-6)
        selected = shown(views, subject, name, Reducer.DENSITY)
        assert selected.sum() == round(0.05 * total.size)
        assert plane[selected == 1].min(initial=np.inf) >= plane[selected == 0].max()
        thumbnail = np.frombuffer(base64.b64decode(tile.data), np.uint8)
        assert thumbnail.size == tile.height * tile.width
        assert (thumbnail > 0).any() == selected.any()
        assert tile.density == pytest.approx(selected.mean())
