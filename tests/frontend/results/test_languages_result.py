"""What is shown of a similarity result: maps of several results of one question, orders, curves, pairs."""

from __future__ import annotations

import pytest
from dash import no_update

from backend.contracts.requests import LayerRange, SimilarityRequest
from backend.contracts.results import LanguageMeans, LayerScore, Manifest, SimilaritySummary
from backend.contracts.vocabulary import Bos, JobState
from backend.demo import plan
from frontend.choices.languages_view import MapView
from frontend.results import languages as results
from frontend.results import languages_handlers as handlers
from frontend.views.languages_figures import curves, others_of
from frontend.views.languages_maps import maps_of
from tests.frontend import samples
from tests.frontend.fake_api import MODEL, FakeApi
from tests.frontend.pages.test_regions_page import text

REQUEST = next(request for request in plan(MODEL) if isinstance(request, SimilarityRequest))
RANGE = REQUEST.model_copy(update={"layers": LayerRange(first=0, last=1)})
LARGE = SimilaritySummary(
    languages=("ar", "en", "fr"),
    n_lines=4,
    scores=tuple(
        LayerScore(layer=layer, lrds=0.1, sads=0.2, lrds_interval=(0.05, 0.15), sads_interval=(0.1, 0.3))
        for layer in (None, 0, 1, 2)
    ),
    maps=("whole",),
)
MEANS = LanguageMeans(
    matrix="whole",
    languages=("ar", "en", "fr"),
    same_meaning=((1, 0.1, 0.2), (0.1, 1, 0.3), (0.2, 0.3, 1)),
    different_meaning=((0.9, 0, 0), (0, 0.8, 0.5), (0, 0.5, 0.7)),
    clustered=("fr", "en", "ar"),
)


@pytest.fixture
def api() -> FakeApi:
    return FakeApi(views={"table": "\\begin{tabular}", "language_means": MEANS})


@pytest.fixture
def large(api: FakeApi) -> Manifest:
    """A result whose maps of single layers are not stored."""
    return api.result_with(REQUEST, LARGE)


def test_results_of_other_layers_of_the_same_question_are_its_maps(api: FakeApi, large: Manifest) -> None:
    assert maps_of(large, api).places == {"all": (large.key, "whole")}
    part = api.result_with(RANGE, samples.similarity().model_copy(update={"maps": ("whole", "layer.1")}))
    api.result_with(RANGE.model_copy(update={"bos": Bos.ALWAYS}), samples.similarity())
    for opened in (large, part):
        maps = maps_of(opened, api)
        assert maps.whole == large and maps.n_layers == 3
        assert maps.places == {"all": (large.key, "whole"), "0-1": (part.key, "whole"), "1": (part.key, "layer.1")}
        assert (maps.scores["0-1"].lrds, maps.scores["1"].lrds, maps.scores["all"].lrds) == (0.2, 0.1, 0.1)


def test_results_of_other_weights_are_not_mixed_in(api: FakeApi, large: Manifest) -> None:
    part = api.result_with(RANGE, samples.similarity())
    changed = part.provenance.model_copy(update={"weights_hash": "v" * 64})
    api.stored[part.key] = part.model_copy(update={"provenance": changed})
    assert set(maps_of(large, api).places) == {"all"}


def test_a_result_of_a_range_opens_on_it(api: FakeApi) -> None:
    part = api.result_with(RANGE, samples.similarity().model_copy(update={"maps": ("whole",)}))
    assert "Layers 0 to 1" in text(results.result(part, MapView(), api))


def test_a_map_that_is_not_stored_is_offered_asked_for_and_followed(api: FakeApi, large: Manifest) -> None:
    spec = results.spec_of(large, maps_of(large, api))
    scores, offer = handlers.look((1, 1), spec, api)
    assert "0.05" in text(scores) and "Compare layer 1" in text(offer)
    followed, problem = handlers.ask((0, 1), large.key, api)
    assert problem is None and api.job(followed["key"]).request == RANGE and not followed["done"]
    part = api.result_with(RANGE, samples.similarity())
    assert handlers.made({"key": part.key, "state": JobState.FAILED}, spec, api) is no_update
    spec = handlers.made({"key": part.key, "state": JobState.DONE}, spec, api)
    assert spec["maps"]["0-1"] == [part.key, "whole"]
    assert handlers.look((0, 1), spec, api)[1] is None


def test_an_order_is_given_by_family_or_by_likeness(api: FakeApi, large: Manifest) -> None:
    orders = {order: handlers.ordered(order, large.key, api) for order in ("given", "family", "clustered")}
    assert orders == {
        "given": ["ar", "en", "fr"],
        "family": ["en", "fr", "ar"],
        "clustered": ["fr", "en", "ar"],
    }


def test_pairs_follow_map_and_order_and_wait_for_a_map(api: FakeApi, large: Manifest) -> None:
    spec = results.spec_of(large, maps_of(large, api))
    shown = {"order": ["fr", "ar", "en"], "beside": None}
    drawn = handlers.figure("different", large.key, None, spec, shown, dark=True, api=api).data[0]
    assert list(map(list, drawn.z)) == [[0.7, 0, 0.5], [0, 0.9, 0], [0.5, 0, 0.8]] and list(drawn.x) == shown["order"]
    assert not handlers.figure("same", large.key, (0, 0), spec, shown, dark=True, api=api).data


def test_curves_stand_alone_or_beside_others_by_depth(api: FakeApi, large: Manifest) -> None:
    other = api.result_with(REQUEST.model_copy(update={"bos": Bos.ALWAYS}), samples.similarity())
    alone = curves(large, (), None, dark=False, api=api)
    assert [list(trace.x) for trace in alone.data if trace.mode == "lines+markers"] == [[0, 1, 2]] * 2
    both = curves(large, (other.key, "gone"), None, dark=False, api=api)
    assert [list(trace.x) for trace in both.data if trace.mode == "lines+markers"] == [[0, 0.5, 1]] * 2 + [[0, 1]] * 2
    told = text(results.table(large, (other.key,), api))
    assert "with BOS" in told and "0.0500 to 0.1500" in told and "–" in told
    assert [row.key for row in others_of(large, api)] == [other.key]


def test_a_clicked_point_is_a_layer() -> None:
    assert handlers.clicked_layer([{"points": [{"x": 0.5, "customdata": [1, None, None]}]}]) == (1, "one")
    assert handlers.clicked_layer([None]) == handlers.clicked_layer([{"points": [{"x": 1}]}]) == (no_update, no_update)


def test_sentences_that_are_not_what_they_seem_are_told(api: FakeApi, large: Manifest) -> None:
    rules = {"repeated": "ar: lines 1 and 2", "cut": "en: 3"}
    doubtful = large.model_copy(update={"provenance": large.provenance.model_copy(update={"rules": rules})})
    shown = text(results.result(doubtful, MapView(), api))
    assert "ar: lines 1 and 2" in shown and "en: 3" in shown
    assert "what they seem" not in text(results.result(large, MapView(), api))
