"""The choice of BOS: in the address, in the request, back from the request into the form."""

from __future__ import annotations

import pytest

from backend.contracts.requests import EvaluationSpec, ScoreSpec
from backend.contracts.vocabulary import Bos
from frontend.choices.estimators import EstimatorsChoice
from frontend.choices.measured import Measured
from frontend.choices.regions import RegionsChoice
from frontend.choices.scores import ScoresChoice


@pytest.mark.parametrize("bos", list(Bos))
def test_scores_and_perplexities_take_the_choice_and_give_it_back(bos: Bos) -> None:
    spec = ScoresChoice(bos=bos.value).spec("m")
    assert spec.bos is bos and ScoresChoice.of_spec(spec).bos == bos.value
    measured = Measured(evaluated=("de",), bos=bos.value).spec()
    assert measured.bos is bos and Measured.of_spec(measured).bos == bos.value


def test_the_tokenizer_decides_where_nothing_is_said() -> None:
    assert ScoresChoice().spec("m") == ScoreSpec(model="m", lines=ScoresChoice().spec("m").lines)
    assert Measured(evaluated=("de",)).spec().bos is EvaluationSpec(languages=("de",)).bos is Bos.TOKENIZER


def test_one_choice_of_the_removal_form_is_that_of_its_scores_and_its_perplexities() -> None:
    usual = RegionsChoice("m", languages=("de",), evaluated=("de",))
    choice = RegionsChoice.of_query({"bos": "never"}, usual)
    request = choice.removal_request()
    assert request.region.scores.bos is request.evaluation.bos is Bos.NEVER
    assert choice.state()["bos"] == "never"
    assert RegionsChoice.of_request(request).removal_request() == request


def test_a_check_of_estimators_takes_the_choice_and_gives_it_back() -> None:
    request = EstimatorsChoice.of_query({"bos": "always"}, EstimatorsChoice("m")).request()
    assert {spec.bos for spec in request.estimators} == {Bos.ALWAYS}
    assert EstimatorsChoice.of_request(request).request() == request
