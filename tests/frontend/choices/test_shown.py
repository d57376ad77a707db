"""Which model a page is about."""

from __future__ import annotations

import pytest

from backend.contracts.problems import KnownError
from backend.contracts.requests import RegionRequest, RegionSpec, ScoreSpec
from frontend.choices.shown import wanted_model
from tests.frontend import samples
from tests.frontend.fake_api import MODEL, FakeApi


def test_the_model_of_the_address_else_the_newest_else_none():
    api = FakeApi(models=(MODEL, "older"))
    assert wanted_model({"model": "older"}, api) == "older"
    assert wanted_model({}, api) == MODEL
    assert wanted_model({}, FakeApi(models=())) is None


def test_a_name_that_nothing_here_knows_is_told_so():
    api = FakeApi()
    with pytest.raises(KnownError, match="'gone'; there are gemma-3-270m"):
        wanted_model({"model": "gone"}, api)
    assert wanted_model({"model": "gone", "result": "0" * 20}, api) == "gone"
    region = RegionSpec(scores=ScoreSpec(model="gone"), languages=("ru",), fraction=0.01)
    api.result_with(RegionRequest(region=region), samples.region())
    assert wanted_model({"model": "gone"}, api) == "gone"
