from __future__ import annotations

import pytest

from backend.contracts.problems import KnownError
from backend.contracts.requests import DimensionTarget, LayerRange, ScalarTarget
from backend.contracts.vocabulary import EditAction, MatrixKind
from frontend.choices.touch import EVERYWHERE, KIND, LAYERS, MATRIX, TouchForm, edit_words
from tests.frontend.fake_api import MODEL
from tests.frontend.model_sample import description

SAMPLE = description(MODEL)
FORM = TouchForm.of_query({}, SAMPLE)


def target(**changes: object):
    return FORM._replace(**changes).request(SAMPLE).edits[0].where


def test_a_cell_in_the_address_fills_in_the_form():
    form = TouchForm.of_query({"matrix": "1.mlp.down", "index": "3,7"}, SAMPLE)
    assert form.request(SAMPLE).edits[0].where == ScalarTarget(matrix="1.mlp.down", index=(3, 7))


def test_a_neuron_in_the_address_means_the_neuron_of_that_matrix():
    form = TouchForm.of_query({"matrix": "1.mlp.down", "side": "neuron", "dimension": "40"}, SAMPLE)
    expected = DimensionTarget(
        side="neuron", index=40, kinds=(MatrixKind.MLP_DOWN,), layers=LayerRange(first=1, last=1)
    )
    assert form.request(SAMPLE).edits[0].where == expected


def test_a_vector_has_one_index():
    assert target(target="scalar", matrix="0.norm.input", row=9, column=4).index == (9,)


def test_how_far_a_dimension_reaches():
    assert target(spread=EVERYWHERE, dimension=5) == DimensionTarget(index=5)
    assert target(spread=KIND, matrix="1.attn.q").kinds == (MatrixKind.ATTN_Q,)
    assert target(spread=LAYERS, first=0, last=1).layers == LayerRange(first=0, last=1)
    assert target(spread=MATRIX, matrix="1.attn.q").layers == LayerRange(first=1, last=1)


@pytest.mark.parametrize("spread", [EVERYWHERE, KIND, LAYERS, MATRIX])
def test_a_request_comes_back_as_the_form_that_asks_it(spread):
    request = FORM._replace(spread=spread, matrix="1.attn.q", action="scale", factor=10.0, last=1).request(SAMPLE)
    assert TouchForm.of_request(request, SAMPLE).request(SAMPLE) == request


def test_a_matrix_without_the_side_is_refused_before_it_is_queued():
    with pytest.raises(KnownError, match=r"0\.attn\.q has no neuron side; it has: head side and residual side"):
        target(spread=KIND, matrix="0.attn.q", side="neuron")


def test_layers_the_wrong_way_round_are_named():
    with pytest.raises(KnownError, match="first=1"):
        target(spread=LAYERS, first=1, last=0)


def test_an_empty_number_is_named():
    with pytest.raises(KnownError) as refused:
        target(dimension=None)
    assert refused.value.problem.field == "index"


def test_empty_prompts_are_left_out():
    request = FORM._replace(prompts=(("en", "Fudan"), ("de", "  "))).request(SAMPLE)
    assert [prompt.text for prompt in request.prompts] == ["Fudan"]


@pytest.mark.parametrize("action", list(EditAction))
def test_every_action_is_a_valid_request_and_has_words(action):
    edit = FORM._replace(action=action.value).request(SAMPLE).edits[0]
    assert edit.action is action
    assert "residual dimension 0 everywhere" in edit_words(edit)
