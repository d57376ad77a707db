"""The view of the Compare page survives the address; questions are carried from one model to another."""

from __future__ import annotations

import pytest

from backend.contracts.regions import ImportRegionRequest
from backend.contracts.requests import (
    ImportanceRequest,
    PerplexityRequest,
    RegionRequest,
    RegionSpec,
    RemoveRegion,
    ScoreSpec,
)
from backend.contracts.specs import EvaluationSpec
from backend.contracts.vocabulary import Reducer
from frontend import urls
from frontend.choices.compare import CompareChoice, answered, asked_of, counterpart, is_movable, questions
from tests.frontend import samples
from tests.frontend.fake_api import FakeApi


def region(model: str, fraction: float = 0.01) -> RegionRequest:
    return RegionRequest(region=RegionSpec(scores=ScoreSpec(model=model), languages=("de",), fraction=fraction))


def test_a_view_comes_back_from_its_address() -> None:
    choice = CompareChoice(
        models=("a", "b@main"), section="movement", matrix="3.attn.q", reducer=Reducer.MEAN_WEIGHT, rows=(8, 16),
        region="0" * 20, measure="largest",
    )  # fmt: skip
    address = choice.link()
    assert address.startswith("/compare?models=a,b%40main&section=movement")
    assert CompareChoice.of_query(urls.parse(address.partition("?")[2])) == choice


def test_what_cannot_be_read_is_left_out() -> None:
    found = CompareChoice.of_query({"models": "a,b,a,c,d", "section": "nowhere", "reducer": "loud", "rows": "9-2"})
    assert found == CompareChoice(models=("a", "b", "c", "d"))
    assert CompareChoice.of_query({"model": "chosen"}).models == ("chosen",)


def test_more_models_than_fit_are_stepped_through() -> None:
    found = CompareChoice.of_query({"models": "a,b,c,d,e"})
    assert (found.models, found.steps) == (("a", "b"), ("a", "b", "c", "d", "e"))


def test_a_question_is_asked_of_another_model_down_to_its_regions() -> None:
    asked = PerplexityRequest(
        model="a", evaluation=EvaluationSpec(languages=("de",)), change=RemoveRegion(region=region("a"))
    )
    there = asked_of(asked, "b")
    assert isinstance(there, PerplexityRequest) and there.model == "b"
    assert there.change == RemoveRegion(region=region("b"))
    assert asked_of(there, "a") == asked


def test_answers_to_one_question_find_each_other() -> None:
    api = FakeApi(models=("a", "b"))
    for request in (region("a"), region("b"), region("b", 0.05)):
        api.result_with(request, samples.region())
    rows = api.results()
    mine = next(row for row in rows if row.model == "a")
    found = counterpart(mine.request, "b", answered(rows))
    assert found and found.request == region("b")
    assert counterpart(region("b", 0.05), "a", answered(rows)) is None
    stored = questions(rows, ("a", "b"))
    assert [row.request for row in stored] == [region("a"), region("b", 0.05)]


@pytest.mark.parametrize(
    ("request_", "moves"),
    [
        (ImportanceRequest(scores=ScoreSpec(model="a"), language="de"), True),
        (ImportRegionRequest(model="a", title="t", file="0" * 64), False),
    ],
)
def test_an_uploaded_file_belongs_to_its_model(request_, moves) -> None:
    assert is_movable(request_) is moves
