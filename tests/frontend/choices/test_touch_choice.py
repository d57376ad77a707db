from __future__ import annotations

import pytest

from backend.contracts.problems import KnownError
from backend.contracts.requests import DimensionTarget, LayerRange, ScalarTarget
from backend.contracts.vocabulary import EditAction, MatrixKind
from frontend.choices.prompts import PROMPTS
from frontend.choices.touch import EVERYWHERE, KIND, LAYERS, MATRIX, TouchForm, edit_words, written_prompts
from frontend.urls import link, split
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


def through_the_address(form: TouchForm, drawn: TouchForm | None = None) -> TouchForm:
    _, query = split(link("touch", model=form.model, **form.changes(drawn or FORM)))
    return TouchForm.of_query(query, SAMPLE, drawn)


FORMS = (
    {"target": "scalar", "matrix": "1.mlp.down", "row": 3, "column": 7, "action": "set", "value": -0.5},
    {"side": "neuron", "dimension": 40, "spread": MATRIX, "matrix": "1.mlp.down", "action": "scale", "factor": 10.0},
    {"side": "head", "dimension": 0, "spread": KIND, "matrix": "1.attn.q"},
    {"dimension": 9, "spread": LAYERS, "first": 1, "last": 1, "action": "random", "edit_seed": 4},
    {"prompts": (("en", "Hello; you: there, all"), ("de", PROMPTS["de"]), ("fa", "")), "evaluated": ("ar",)},
    {"prompts": (), "evaluated": (), "length": 60, "sampling": "sampled", "temperature": 1.5, "seed": 9},
)


@pytest.mark.parametrize("changes", FORMS)
def test_the_whole_form_goes_through_the_address(changes):
    form = FORM._replace(**changes)
    assert through_the_address(form).state() == form.state()


@pytest.mark.parametrize("changes", FORMS)
def test_so_does_a_form_on_a_page_that_shows_an_attempt(changes):
    for other in FORMS:
        drawn, form = FORM._replace(**other), FORM._replace(**changes)
        assert through_the_address(form, drawn).state() == form.state()


def test_a_usual_form_leaves_no_trace():
    assert not any(value is not None for value in FORM.changes(FORM).values())
    assert written_prompts(FORM.prompts) == "en;de;ru;ar;zh"
